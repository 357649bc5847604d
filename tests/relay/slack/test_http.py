"""Slack over HTTP: nothing is believed unsigned, nothing acknowledged before it is stored, nothing stored twice."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from tests.core.team import Colleagues
from tests.doubles.slack.payloads import Payload, button, event, mention, slash
from tests.doubles.slack.posting import Posting, body_of, signature

from opsctl.relay.log import Log
from opsctl.relay.receiving import Receiver
from opsctl.relay.slack.arrival import Arrival
from opsctl.relay.slack.routes import routes

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


@dataclass
class App:
    """The relay's three addresses, served."""

    team: Colleagues
    slack: Posting
    arrived: list[Arrival] = field(default_factory=list)

    @property
    def stored(self) -> list[tuple[str, str]]:
        return [(one.id, one.body) for one in self.team.store.deliveries.open()]


@pytest.fixture
def app(team: Colleagues) -> Iterator[App]:
    arrived: list[Arrival] = []
    parts = routes(Receiver(team.store), SECRET, arrived.append, lambda _: False, Log())
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=parts), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield App(team, Posting(f"http://127.0.0.1:{port}", SECRET), arrived)
    server.should_exit = True
    thread.join(timeout=10)


@pytest.mark.parametrize(
    "payload", [slash("U1", "status"), mention("U1", "<@U0BOT> status"), button("U1", "approve", "op", "p", "C", "1.2")]
)
def test_what_is_acknowledged_is_stored_as_it_came(app: App, payload: Payload) -> None:
    answer = app.slack.post(payload)
    assert (answer.status_code, answer.content) == (200, b"")
    assert [body for _, body in app.stored] == [body_of(payload)]
    assert [one.id for one in app.arrived] == [app.stored[0][0]]


def test_a_delivery_that_comes_again_is_acknowledged_and_known(app: App) -> None:
    payload = mention("U1", "<@U0BOT> deploy order-service v2.4.1 staging")
    assert [app.slack.post(payload, retry=number).status_code for number in range(4)] == [200] * 4
    assert len(app.stored) == len(app.arrived) == 1


def test_two_equal_commands_are_two_commands(app: App) -> None:
    for _ in range(2):
        app.slack.post(slash("U1", "deploy order-service v2.4.1 staging"))
    assert len(app.stored) == 2


def test_a_first_delivery_that_carries_a_retry_header_is_not_dropped(app: App) -> None:
    app.slack.post(mention("U1", "<@U0BOT> status"), retry=2, reason="http_error")
    assert len(app.stored) == 1


def test_commands_that_come_together_are_all_stored(app: App) -> None:
    threads = [threading.Thread(target=app.slack.post, args=(slash("U1", "status"),)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(app.stored) == 20


@pytest.mark.parametrize("seconds", [-299, 299])
def test_a_clock_may_be_wrong_by_five_minutes(app: App, seconds: int) -> None:
    assert app.slack.post(slash("U1", "status"), at=time.time() + seconds).status_code == 200


@pytest.mark.parametrize("seconds", [-302, 302])
def test_what_was_signed_longer_ago_or_later_is_refused(app: App, seconds: int) -> None:
    assert app.slack.post(slash("U1", "status"), at=time.time() + seconds).status_code == 401
    assert app.stored == []


BODY = body_of(slash("U1", "status"))
NOW = str(int(time.time()))
FORGED = {
    "nothing": {},
    "no time": {"X-Slack-Signature": signature(SECRET, NOW, BODY)},
    "no signature": {"X-Slack-Request-Timestamp": NOW},
    "another secret": {"X-Slack-Request-Timestamp": NOW, "X-Slack-Signature": signature("other", NOW, BODY)},
    "another body": {"X-Slack-Request-Timestamp": NOW, "X-Slack-Signature": signature(SECRET, NOW, BODY + "&x=1")},
    "another time": {"X-Slack-Request-Timestamp": str(int(NOW) + 1), "X-Slack-Signature": signature(SECRET, NOW, BODY)},
    "another version": {
        "X-Slack-Request-Timestamp": NOW,
        "X-Slack-Signature": "v1" + signature(SECRET, NOW, BODY)[2:],
    },
    "no number": {"X-Slack-Request-Timestamp": "soon", "X-Slack-Signature": signature(SECRET, "soon", BODY)},
    "no ASCII": {"X-Slack-Request-Timestamp": NOW, "X-Slack-Signature": "v0=ä"},
    "digits of another script": {"X-Slack-Request-Timestamp": "١٢٣", "X-Slack-Signature": "v0="},
}


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED)
@pytest.mark.parametrize("body", [BODY, BODY + "&ssl_check=1", '{"type": "url_verification", "challenge": "x"}', "{"])
def test_nothing_is_done_for_whoever_can_not_sign(app: App, headers: dict[str, str], body: str) -> None:
    encoded = {name: value.encode() for name, value in headers.items()}
    for path in ("/slack/commands", "/slack/events", "/slack/interactivity"):
        if body != BODY or headers:
            answer = httpx.post(app.slack.base + path, content=body, headers=encoded, trust_env=False)
            assert (answer.status_code, answer.content) == (401, b"")
    assert app.stored == []


def test_slack_is_told_that_the_address_is_ours(app: App) -> None:
    answer = app.slack.raw("/slack/events", '{"type": "url_verification", "challenge": "3eZbrw1a", "token": "x"}')
    assert (answer.status_code, answer.text) == (200, "3eZbrw1a")


def test_a_look_at_the_certificate_is_answered_and_nothing_more(app: App) -> None:
    assert app.slack.raw("/slack/commands", "token=x&ssl_check=1").status_code == 200
    assert app.slack.raw("/slack/commands", "ssl_check=1&token=x").status_code == 200
    assert app.stored == []


def test_text_that_only_looks_like_one_is_a_command(app: App) -> None:
    app.slack.post(slash("U1", "logs order-service --grep &ssl_check=1"))
    app.slack.post(mention("U1", '<@U0BOT> logs order-service --grep "url_verification"'))
    assert len(app.stored) == 2


def test_slack_holding_events_back_is_no_delivery(app: App) -> None:
    held = event({}).body | {"type": "app_rate_limited", "minute_rate_limited": 1518467820}
    assert app.slack.post(Payload("events_api", held)).status_code == 200
    assert app.stored == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "{}",
        "text=x",
        "payload=%7B",
        '{"type": "event_callback"}',
        "{" + "[" * 9999,
        '{"type": ' + "[" * 99_999,
    ],
)
def test_what_can_not_be_read_is_refused_in_one_line(app: App, body: str) -> None:
    assert app.slack.raw("/slack/events", body).status_code == 400
    assert app.stored == []


def test_what_is_too_long_is_refused_before_all_of_it_came(app: App) -> None:
    assert app.slack.raw("/slack/events", "x" * (1024 * 1024 + 1)).status_code == 413


def test_bytes_that_are_no_text_are_refused(app: App) -> None:
    headers = {"X-Slack-Request-Timestamp": NOW, "X-Slack-Signature": "v0=" + "0" * 64}
    answer = httpx.post(app.slack.base + "/slack/events", content=b"\xff\xfe", headers=headers, trust_env=False)
    assert answer.status_code == 401


def test_a_store_that_is_away_is_told_to_who_typed_and_asks_slack_to_come_again(app: App) -> None:
    app.team.store.path.parent.chmod(0o500)  # type: ignore[attr-defined]  # it is the embedded one
    app.team.store.close()
    command = app.slack.post(slash("U1", "deploy order-service v2.4.1 staging"))
    assert command.status_code == 200
    assert "nothing was done" in command.json()["text"]
    assert command.json()["response_type"] == "ephemeral"
    assert app.slack.post(mention("U1", "<@U0BOT> status")).status_code == 503
    app.team.store.path.parent.chmod(0o700)  # type: ignore[attr-defined]
