"""A terminal on a Slack site with no relay anywhere: it asks, hears the answer, and goes on."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.core.team import wait_until
from tests.doubles.slack.orders import Broken, RateLimited
from tests.doubles.slack.server import APP_TOKEN, TOKEN, SlackDouble
from tests.doubles.slack.workspace import TEAM, Message, User, words_of

from opsctl.adapters.deployers.local import stop_everything

OPSCTL = Path(sys.executable).parent / "opsctl"
MORE = f"""
[people.bob]
slack = "U0BOB"

[slack]
team = "{TEAM}"
"""


class Terminal:
    """A machine with opsctl on it, set up as its user would, and a workspace that it talks in."""

    def __init__(self, folder: Path, slack: SlackDouble) -> None:
        self.folder, self.slack = folder, slack
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("OPSCTL_")},
            **{f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in ("CONFIG", "CACHE", "STATE")},
            "OPSCTL_SECRET_SLACK_TOKEN": TOKEN,
            "OPSCTL_SECRET_SLACK_APP_TOKEN": APP_TOKEN,
        }
        assert self.run("init", "--yes").returncode == 0
        config = folder / "config/opsctl"
        chat = f'\n[chat]\nkind = "slack"\n[slack]\nurl = "{slack.url}"\n'
        (config / "opsctl.toml").write_text((config / "opsctl.toml").read_text() + chat)
        site = (config / "site.toml").read_text()
        site = site.replace("\nuid =", '\nslack = "U0ME"\nuid =', 1).replace('\nleads = ["', '\nleads = ["@bob", "')
        (config / "site.toml").write_text(site + MORE)
        published = self.run("site", "publish", str(config / "site.toml"))
        assert published.returncode == 0, published.stderr

    def start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [OPSCTL, *words], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        process = self.start(*words)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def messages(self) -> list[Message]:
        return self.slack.workspace.called("#ops").messages

    def saying(self, *words: str) -> list[Message]:
        return [one for one in self.messages() if all(word in words_of(one.blocks) for word in words)]

    def keys(self) -> list[str]:
        """What opsctl calls the messages that everybody sees: each stands there once, or it was posted twice."""
        return [one.metadata["event_payload"]["key"] for one in self.messages() if one.metadata]

    def request(self) -> Message:
        """The request for approval, once it stands in the channel."""
        wait_until(lambda: bool(self.saying("React with")), 20)
        return self.saying("React with")[-1]

    def waiting(self) -> str:
        """The operation that waits."""
        lines = self.run("operations", "--open", "--output", "json").stdout.splitlines()
        (operation,) = (row["id"] for line in map(json.loads, lines) for row in line.get("rows", ()))
        return str(operation)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    with SlackDouble() as slack:
        for user in ("U0ME", "U0BOB"):
            slack.workspace.join(User(user, user.lower()))
        slack.workspace.open("ops", "U0ME", "U0BOB")
        terminal = Terminal(tmp_path, slack)
        yield terminal
        stop_everything(tmp_path / "config/opsctl/local")
        assert slack.violations == []


def test_a_deploy_is_asked_for_in_slack_approved_there_and_carried_out(terminal: Terminal) -> None:
    deploy = terminal.start("deploy", "my-service", "v1", "production")
    request = terminal.request()
    terminal.slack.workspace.react(request, "U0ME", "white_check_mark")  # which counts for nothing
    terminal.slack.workspace.react(request, "U0BOB", "white_check_mark")
    out, err = deploy.communicate(timeout=60)
    assert deploy.returncode == 0, err
    assert "✓ Approved by @bob." in out + err
    (main,) = terminal.saying("Asked for by", "Deploy my-service v1 to production")
    assert "✅ Deploy complete." in words_of(main.blocks)
    assert "Approved by @bob" in words_of(request.blocks)
    whispers = [words_of(one.blocks) for one in terminal.messages() if one.seen_by == "U0ME"]
    assert len(whispers) == 1
    assert "You asked for" in whispers[0]


def test_a_no_in_slack_ends_it_with_exit_3(terminal: Terminal) -> None:
    deploy = terminal.start("deploy", "my-service", "v1", "production")
    terminal.slack.workspace.react(terminal.request(), "U0BOB", "x")
    _, err = deploy.communicate(timeout=60)
    assert deploy.returncode == 3, err


def test_a_slack_that_is_away_holds_nothing_back_and_is_told_later_in_order(terminal: Terminal) -> None:
    terminal.slack.always("*", Broken(503))
    away = terminal.run("deploy", "my-service", "v1", "staging")
    assert away.returncode == 0, away.stderr
    assert "Slack is not well" in away.stdout + away.stderr
    assert "<html>" not in away.stdout + away.stderr
    told = len(terminal.messages())
    terminal.slack.always("*", None)
    terminal.slack.next("chat.postMessage", RateLimited(1))
    terminal.run("operations")
    terminal.run("operations")
    texts = [words_of(one.blocks) for one in terminal.messages()[told:]]
    assert len(texts) == len(set(texts))
    assert texts[0].startswith("🚀 Deploy my-service v1 to staging")
    assert "✅ Deploy complete." in texts[0]


def test_two_processes_that_wait_for_it_carry_it_out_once(terminal: Terminal) -> None:
    first = terminal.start("deploy", "my-service", "v1", "production")
    request = terminal.request()
    operation = terminal.waiting()
    second = terminal.start("run", operation)
    terminal.slack.workspace.react(request, "U0BOB", "white_check_mark")
    for process in (first, second):
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    kinds = [line for line in terminal.run("audit", "show", operation).stdout.splitlines() if "running" in line]
    assert len(kinds) == 1, kinds
    assert len(terminal.keys()) == len(set(terminal.keys()))


def test_a_terminal_killed_while_it_waits_leaves_one_request_that_another_hears(terminal: Terminal) -> None:
    deploy = terminal.start("deploy", "my-service", "v1", "production")
    request = terminal.request()
    os.kill(deploy.pid, signal.SIGKILL)
    deploy.communicate()
    terminal.slack.workspace.react(request, "U0BOB", "white_check_mark")
    operation = terminal.waiting()
    on = terminal.run("run", operation)
    assert on.returncode == 0, on.stderr
    assert len(terminal.keys()) == len(set(terminal.keys()))


def test_a_relay_that_comes_back_in_the_middle_takes_nothing_twice(terminal: Terminal, tmp_path: Path) -> None:
    deploy = terminal.start("deploy", "my-service", "v1", "production")
    request = terminal.request()
    operation = terminal.waiting()
    relay = terminal.start("relay", "--listen", f"unix:{tmp_path}/relay.sock")
    try:
        wait_until(lambda: (tmp_path / "relay.sock").exists(), 20)
        terminal.slack.workspace.react(request, "U0BOB", "white_check_mark")
        _, err = deploy.communicate(timeout=60)
        assert deploy.returncode == 0, err
        wait_until(lambda: bool(terminal.saying("Deploy my-service v1 to production", "✅ Deploy complete.")), 20)
    finally:
        relay.send_signal(signal.SIGTERM)
        relay.communicate(timeout=60)
    ran = [line for line in terminal.run("audit", "show", operation).stdout.splitlines() if "running" in line]
    assert len(ran) == 1, ran
    assert len(terminal.keys()) == len(set(terminal.keys()))


def test_a_relay_takes_up_what_a_killed_terminal_asked_for(terminal: Terminal, tmp_path: Path) -> None:
    deploy = terminal.start("deploy", "my-service", "v1", "production")
    request = terminal.request()
    os.kill(deploy.pid, signal.SIGKILL)
    deploy.communicate()
    terminal.slack.workspace.react(request, "U0BOB", "white_check_mark")
    relay = terminal.start("relay", "--listen", f"unix:{tmp_path}/relay.sock")
    try:
        wait_until(lambda: bool(terminal.saying("Deploy my-service v1 to production", "✅ Deploy complete.")), 30)
    finally:
        relay.send_signal(signal.SIGTERM)
        relay.communicate(timeout=60)
    assert len(terminal.keys()) == len(set(terminal.keys()))


def test_an_incident_gets_its_channel_with_its_people_in_it(terminal: Terminal) -> None:
    created = terminal.run("incident", "create", "Payments fail in my-service", "--severity", "sev1")
    assert created.returncode == 0, created.stderr
    (channel,) = [one for one in terminal.slack.workspace.channels.values() if one.name.startswith("inc-")]
    assert channel.topic == "inc-1 SEV1: Payments fail in my-service"
    assert {"U0ME", "U0BOB"} <= channel.members
    assert "Incident commander: <@U0ME>" in words_of(channel.messages[0].blocks)
    (page,) = terminal.saying("is needed in")
    assert "<@U0ME> <@U0BOB>" in words_of(page.blocks)


def test_what_only_reads_does_not_load_slack(terminal: Terminal) -> None:
    for words in (("operations",), ("audit",), ("approvals",)):
        script = (
            "import sys; from opsctl.terminal.app import run; import os; "
            f"run({words!r}, os.environ); print([name for name in sys.modules if name.startswith('slack_sdk')])"
        )
        ran = subprocess.run(
            [sys.executable, "-c", script], env=terminal.environment, capture_output=True, text=True, check=True
        )
        assert ran.stdout.splitlines()[-1] == "[]"
