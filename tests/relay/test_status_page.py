"""The status page as the relay serves it: for everybody, and while the store is out of reach too."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from tests.core.payments import a_payment_site, brought, payments_at
from tests.core.team import Colleagues, publish

from opsctl.core.operation import State
from opsctl.relay.status_page import FRESH_SECONDS, PATHS, routes

CREATE = 'incident create "Payment processing failures: ask @alice" --severity sev2'


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Colleagues]:
    colleagues = payments_at(tmp_path)
    yield colleagues
    colleagues.store.close()


class Browser:
    """Asks the routes, as a browser does, and follows where they send it."""

    def __init__(self, team: Colleagues) -> None:
        self._app = Starlette(routes=routes(team.context("@oncall")))

    def get(self, path: str, **headers: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://x", follow_redirects=True) as client:
                return await client.get(path, headers=headers)

        return asyncio.run(ask())


def browser(team: Colleagues) -> Browser:
    return Browser(team)


def test_every_part_is_served_with_its_type(team: Colleagues) -> None:
    client = Browser(team)
    for path in PATHS:
        answer = client.get("/status/" if path == "index.html" else f"/status/{path}")
        assert answer.status_code == 200
        kind = {"html": "text/html", "atom": "application/atom+xml", "json": "application/json"}[
            path.rpartition(".")[2]
        ]
        assert answer.headers["content-type"].partition(";")[0] == kind


def test_the_page_is_found_without_its_slash_too(team: Colleagues) -> None:
    answer = Browser(team).get("/status")
    assert answer.url.path == "/status/"
    assert "<h1>acme status</h1>" in answer.text


def test_what_happens_is_shown_with_nothing_private_in_it(team: Colleagues) -> None:
    operation = team.ask("@oncall", CREATE)[0].operation  # type: ignore[union-attr]
    team.ask("@alice", 'incident update "Identified by @bob" --incident inc-1')
    team.ask("@oncall", "incident assign @bob")
    assert team.state(operation) is State.SUCCEEDED
    client = Browser(team)
    for path in ("", *PATHS[1:]):
        text = client.get(f"/status/{path}").text
        for private in ("@alice", "@bob", "@oncall", operation, "/incident", "#inc-", "payment-team", "sev2"):
            assert private not in text, (path, private)
    page = client.get("/status/").text
    assert "Payment processing failures: ask a colleague" in page
    assert "Identified by a colleague" in page


def test_it_is_strict_about_what_a_browser_may_do(team: Colleagues) -> None:
    headers = Browser(team).get("/status/").headers
    assert headers["content-security-policy"].startswith("default-src 'none'; base-uri 'none'; form-action 'none'")
    assert headers["content-security-policy"].endswith("frame-ancestors 'none'")
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")


def test_what_did_not_change_is_not_sent_again(team: Colleagues) -> None:
    client = Browser(team)
    first = client.get("/status/api/v2/status.json")
    again = client.get("/status/api/v2/status.json", **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_files_hold_what_the_relay_serves(team: Colleagues, tmp_path: Path) -> None:
    team.ask("@oncall", CREATE)
    brought(team)
    client = Browser(team)
    for path in PATHS:
        assert (
            client.get(f"/status/{'' if path == 'index.html' else path}").content
            == (tmp_path / "store" / "status" / path).read_bytes()
        )


def test_it_is_readable_while_the_store_is_out_of_reach(team: Colleagues) -> None:
    team.ask("@oncall", CREATE)
    brought(team)
    client = Browser(team)
    team.store.close()
    assert "Payment processing failures" in client.get("/status/").text
    assert json.loads(client.get("/status/api/v2/summary.json").content)["status"]["indicator"] == "major"


def test_where_nothing_was_ever_written_it_says_so(team: Colleagues) -> None:
    client = Browser(team)
    team.store.close()
    answer = client.get("/status/")
    assert (answer.status_code, answer.text) == (503, "There is no status page yet.\n")


def test_many_readers_are_one_look_at_the_store(team: Colleagues) -> None:
    client = Browser(team)
    before = client.get("/status/").text
    team.ask("@oncall", CREATE)
    assert client.get("/status/").text == before
    time.sleep(FRESH_SECONDS)
    assert "Payment processing failures" in client.get("/status/").text


def test_a_published_site_changes_its_components(team: Colleagues) -> None:
    publish(team.store, a_payment_site(services={}))
    assert json.loads(Browser(team).get("/status/api/v2/components.json").content)["components"] == []
