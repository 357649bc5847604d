"""The relay killed with -9 in the middle of each conversation in Slack: nothing lost, nothing told or done twice."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.core.file_platform import FileAdapters
from tests.core.team import Colleagues, publish, wait_until
from tests.doubles.slack.server import SlackDouble
from tests.doubles.slack.sockets import SocketServer
from tests.doubles.slack.workspace import words_of
from tests.real.killer import ROOT
from tests.relay.slack.office import Office, furnish, slack_site

from opsctl.core.operation import FINAL, State
from opsctl.core.ports import Cause


class Relays:
    """Starts relays on one store, one after the other, and kills them."""

    def __init__(self, folder: Path, slack: SlackDouble, server: SocketServer) -> None:
        self._words = [sys.executable, "-m", "tests.relay.slack.relay_process", str(folder), slack.url]
        self._server = server
        self.alive: list[subprocess.Popen[str]] = []

    def start(self, step_seconds: float = 0.0) -> None:
        words = [*self._words, str(step_seconds)]
        process = subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.alive.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"

    def kill(self) -> None:
        for process in self.alive:
            process.kill()
            process.communicate()
        self.alive.clear()
        self._server.until(lambda: not self._server.connections)

    def kill_and_start(self, step_seconds: float = 0.0) -> None:
        self.kill()
        self.start(step_seconds)


@pytest.fixture
def at(tmp_path: Path) -> Iterator[tuple[Office, Relays]]:
    """Slack, and nobody at work yet; the team's platform is on disk."""
    team = Colleagues.at(tmp_path)
    publish(team.store, slack_site())
    team.adapters = FileAdapters(tmp_path / "platform")
    for environment in ("production", "staging"):
        list(team.adapters.platform("order-service", environment).deploy("v2.4.0", Cause("op-given0", "@bob")))
    with SlackDouble() as slack, SocketServer() as server:
        furnish(slack)
        slack.open_connection = server.url
        relays = Relays(tmp_path, slack, server)
        yield Office(team, slack, server.deliver), relays
        relays.kill()
        assert slack.violations == []
    team.store.close()


Scene = tuple[Office, Relays]


def check_nothing_is_left(at: Office) -> None:
    """All is dealt with, told once, over, done once on the platform, and the journal holds."""
    at.settle()
    team = at.team
    assert [one for one in team.store.operations(limit=None) if one.state not in FINAL] == []
    keys = Counter(one.metadata["event_payload"]["key"] for one in at.all() if one.metadata)
    assert [key for key, times in keys.items() if times > 1] == []
    for environment in ("staging", "production"):
        calls = Counter(team.adapters.platform("order-service", environment).calls())
        assert [call for call, times in calls.items() if times > 1] == []
    assert team.store.verify().faults == ()


def test_killed_after_every_word_of_a_deploy(at: Scene) -> None:
    office, relays = at
    relays.start()
    office.say("@alice", "/deploy order-service v2.4.1 production")
    relays.kill_and_start()
    operation = office.new(set(), State.AWAITING_APPROVAL)
    request = office.request()
    relays.kill_and_start()
    office.react("@bob", request, "white_check_mark")
    relays.kill_and_start()
    wait_until(lambda: office.team.state(operation.id) in FINAL, 30)
    check_nothing_is_left(office)
    # Killed while it ran, it is closed as what the platform says, and never simply run again.
    assert office.team.state(operation.id) in (State.SUCCEEDED, State.INTERRUPTED)
    requested = [entry for entry in office.team.store.journal() if entry.kind == "requested"]
    assert len([entry for entry in requested if entry.operation == operation.id]) == 1


def test_an_answer_that_came_while_nobody_was_at_work_is_brought_again_and_counts(at: Scene) -> None:
    office, relays = at
    relays.start()
    operation = office.asked("@alice", "/deploy order-service v2.4.1 production", State.AWAITING_APPROVAL)
    request = office.request()
    relays.kill()
    deliver, office.deliver = office.deliver, lambda _: None  # nobody hears; Slack keeps it, and tries again
    yes = office.react("@bob", request, "white_check_mark")
    relays.start()
    office.deliver = deliver
    office.bring(yes)
    office.bring(yes)
    office.until(operation, State.SUCCEEDED)
    check_nothing_is_left(office)
    assert office.team.record(operation.id)["approved_by"] == "@bob"


def test_killed_while_the_window_is_open(at: Scene) -> None:
    office, relays = at
    relays.start()
    operation = office.asked("@alice", "/deploy order-service v2.4.1 production", State.AWAITING_APPROVAL)
    office.press("@bob", office.request(), "reject")
    wait_until(lambda: len(office.slack.workspace.views) == 1, 3.0)
    relays.kill_and_start()
    office.send_off("@bob", office.slack.workspace.views[0], "not on a Friday")
    relays.kill_and_start()
    office.until(operation, State.REJECTED)
    assert office.team.record(operation.id)["reason"] == "not on a Friday"
    check_nothing_is_left(office)


def test_killed_while_a_deploy_runs(at: Scene) -> None:
    office, relays = at
    relays.start(step_seconds=30.0)
    operation = office.asked("@alice", "/deploy order-service v2.4.1 staging", State.RUNNING)
    calls = office.team.adapters.platform("order-service", "staging").calls
    wait_until(lambda: "start v2.4.1" in str(calls()), 15)
    relays.kill_and_start()
    office.until(operation, State.INTERRUPTED)
    check_nothing_is_left(office)
    assert "<@U0ALICE>" in words_of(office.message("died").blocks)


def test_killed_after_every_word_of_an_incident(at: Scene) -> None:
    office, relays = at
    relays.start()
    for line, told in (
        ('/incident create "Order processing failures" --severity sev1', "Incident Created"),
        ('/incident update "Root cause identified: API key expired"', "Update posted"),
        ('/incident resolve "API key rotated, orders flowing"', "Incident resolved"),
    ):
        office.say("@alice", line)
        relays.kill_and_start()
        office.message(told)
    check_nothing_is_left(office)
    names = [one.name for one in office.slack.workspace.channels.values() if one.name.startswith("inc-")]
    assert len(names) == 1
    commands = [one.command.split()[:2] for one in reversed(office.team.store.operations())]
    assert commands == [["/incident", "create"], ["/incident", "update"], ["/incident", "resolve"]]
