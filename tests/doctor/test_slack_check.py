"""`slack check`: what is wrong with Slack is found, part after part, with what to do; a round trip proves the rest."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.core.team import wait_until
from tests.doubles.slack.orders import Broken
from tests.doubles.slack.payloads import event
from tests.doubles.slack.posting import Posting
from tests.doubles.slack.server import APP_TOKEN, SCOPES, TOKEN, SlackDouble
from tests.doubles.slack.sockets import SocketServer
from tests.doubles.slack.workspace import TEAM, User

from opsctl.chat.slack_manifest import SCOPES as WANTED
from opsctl.core.errors import UsageError
from opsctl.core.setup_facts import Condition, Examined
from opsctl.doctor.slack import examine_slack

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
OPSCTL = (sys.executable, "-m", "opsctl")


@pytest.fixture
def slack() -> Iterator[SlackDouble]:
    with SlackDouble() as double, SocketServer() as server:
        double.open_connection = server.url
        double.on_event = lambda inner: server.bring(event(inner), f"e-{len(double.asked)}")
        double.workspace.join(User("U0ALICE", "alice"))
        double.workspace.open("ops", "U0ALICE")
        yield double
        assert double.violations == []


@pytest.fixture
def site(tmp_path: Path, slack: SlackDouble) -> dict[str, str]:
    """The environment of a published site whose chat is Slack."""
    config = tmp_path / "opsctl.toml"
    environment = {
        **os.environ,
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "OPSCTL_CONFIG": str(config),
        "OPSCTL_RELAY_URL": "http://127.0.0.1:9",
        "OPSCTL_SECRET_SLACK_TOKEN": TOKEN,
        "OPSCTL_SECRET_SLACK_APP_TOKEN": APP_TOKEN,
        "OPSCTL_SLACK_URL": slack.url,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    subprocess.run([*OPSCTL, "init", "--yes", "--folder", str(tmp_path)], env=environment, check=True)
    content = (tmp_path / "site.toml").read_text()
    head = content.index("[people")
    lines = content[head:].split("\n")
    lines.insert(1, 'slack = "U0ALICE"')
    content = content[:head] + "\n".join(lines) + f'\n[slack]\nteam = "{TEAM}"\n'
    (tmp_path / "site.toml").write_text(content)
    subprocess.run([*OPSCTL, "site", "publish", str(tmp_path / "site.toml")], env=environment, check=True)
    return environment | {"OPSCTL_CHAT_KIND": "slack"}


def check(site: dict[str, str]) -> dict[str, Examined]:
    return {one.part: one for one in examine_slack(site, "", seconds=3.0)}


def test_all_is_well_and_the_round_trip_proves_it(site: dict[str, str], slack: SlackDouble) -> None:
    found = check(site)
    assert {part: one.condition for part, one in found.items()} == dict.fromkeys(
        ("token", "scopes", "socket", "channels", "people", "round trip"), Condition.WELL
    ), found
    assert "Slack told of a reaction" in found["round trip"].found
    assert slack.calls("reactions.remove")


def test_as_its_user_sees_it(site: dict[str, str]) -> None:
    done = subprocess.run([*OPSCTL, "slack", "check"], env=site, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [line.split()[1] for line in done.stdout.splitlines() if line.startswith("✓")] == [
        "token",
        "scopes",
        "socket",
        "channels",
        "people",
        "round",
    ]


def test_a_scope_that_is_missing_is_named_with_what_it_is_for(site: dict[str, str], slack: SlackDouble) -> None:
    slack.methods.scopes = set(SCOPES) - {"files:write"}
    found = check(site)["scopes"]
    assert found.condition is Condition.DOWN
    assert f"files:write (to {WANTED['files:write']})" in found.found


def test_a_token_that_slack_does_not_take_ends_the_look(site: dict[str, str], slack: SlackDouble) -> None:
    slack.tokens.clear()
    found = check(site)
    assert list(found) == ["token"]
    assert "invalid_auth" in found["token"].found
    assert "opsctl secrets set slack-token" in found["token"].do


def test_a_token_that_is_not_there_is_told_with_how_to_give_it(site: dict[str, str]) -> None:
    del site["OPSCTL_SECRET_SLACK_TOKEN"]
    found = check(site)["tokens"]
    assert "OPSCTL_SECRET_SLACK_TOKEN" in f"{found.found} {found.do}"


def test_a_channel_that_is_not_there_is_named(site: dict[str, str], slack: SlackDouble) -> None:
    slack.workspace.called("ops").name = "operations"
    assert "#ops" in check(site)["channels"].found


def test_somebody_who_may_not_act_is_named_with_why(site: dict[str, str], slack: SlackDouble) -> None:
    slack.workspace.users["U0ALICE"].is_guest = True
    found = check(site)["people"]
    assert found.condition is Condition.DOWN
    assert "a guest" in found.found


def test_a_slack_that_tells_nothing_is_noticed(site: dict[str, str], slack: SlackDouble) -> None:
    slack.on_event = lambda _: None
    found = check(site)["round trip"]
    assert found.condition is Condition.DOWN
    assert "told nothing" in found.found


@pytest.mark.parametrize("status", [500, 200])  # 200: the page of a proxy in between
def test_a_slack_that_is_away_is_told_as_such(status: int, site: dict[str, str], slack: SlackDouble) -> None:
    slack.always("*", Broken(status))
    found = check(site)["token"]
    assert (found.condition, found.found) == (Condition.DOWN, "Slack does not answer.")


def test_where_the_chat_is_the_room_it_says_so(site: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="another chat"):
        check(site | {"OPSCTL_CHAT_KIND": "room"})


def test_a_manifest_names_no_address_that_slack_would_not_take(site: dict[str, str]) -> None:
    words = [*OPSCTL, "slack", "manifest"]
    posted = {**site, "OPSCTL_SLACK_RECEIVE": "http"}
    found = subprocess.run(words, env=posted, capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (2, "")
    assert "https:// alone" in found.stderr
    posted["OPSCTL_RELAY_URL"] = "https://ops.example.com"
    assert "https://ops.example.com/slack/events" in subprocess.check_output(words, env=posted, text=True)
    assert "127.0.0.1" not in subprocess.check_output(words, env=site, text=True)


@contextmanager
def relay(site: dict[str, str]) -> Iterator[str]:
    """`opsctl relay` at work, at that address."""
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        port = attempt.getsockname()[1]
    site["OPSCTL_RELAY_URL"] = base = f"http://127.0.0.1:{port}"
    words = [*OPSCTL, "relay", "--listen", f"127.0.0.1:{port}"]
    process = subprocess.Popen(words, env=site, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert '"listening"' in process.stderr.readline()
    try:
        wait_until(lambda: httpx.get(f"{base}/readyz", trust_env=False).json()["slack"] == "ok", 15)
        yield base
        process.terminate()
        assert process.wait(15) == 0
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("receive", ["socket", "http"])
def test_a_relay_at_work_is_asked_and_proves_that_it_hears(
    site: dict[str, str], slack: SlackDouble, receive: str
) -> None:
    site |= {"OPSCTL_SLACK_RECEIVE": receive, "OPSCTL_SECRET_SLACK_SIGNING_SECRET": SECRET}
    with relay(site) as base:
        if receive == "http":
            slack.on_event = lambda inner: Posting(base, SECRET).post(event(inner))
        found = examine_slack(site, "", seconds=8.0)
        trip = next(one for one in found if one.part == "round trip")
        assert (trip.condition, trip.found) == (
            Condition.WELL,
            "the relay was told of a reaction to a message of opsctl's",
        )
        slack.on_event = lambda _: None
        deaf = next(one for one in examine_slack(site, "", seconds=4.0) if one.part == "round trip")
        assert deaf.condition is Condition.DOWN


def test_doctor_says_how_slack_is_and_counts_ghosts(site: dict[str, str], slack: SlackDouble) -> None:
    server = slack.open_connection.__self__  # type: ignore[union-attr]
    server.ghosts = 2
    with relay(site) as base:
        readyz = lambda: httpx.get(f"{base}/readyz", trust_env=False).json()  # noqa: E731
        wait_until(lambda: readyz()["slack_connections"] == 3, 15)
        told = subprocess.run([*OPSCTL, "doctor"], env=site, capture_output=True, text=True, check=False).stdout
        assert "@opsctl in acme" in told
        assert "3 connections" in " ".join(told.split())
