"""Relays killed with -9 at whatever they do, and two on one store: nothing lost, done twice, or pending for ever."""

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.core.file_platform import FileAdapters
from tests.core.payments import payments_at
from tests.core.team import Colleagues, wait_until
from tests.real.crash_incident import INCIDENT_LINES
from tests.real.killer import ROOT
from tests.real.test_crash_incident import check_steps
from tests.relay.at_work import Room

from opsctl.core.operation import FINAL, State
from opsctl.core.ports import Cause

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """A room whose team's platform is on disk; nobody hears yet."""
    team = Colleagues.at(tmp_path)
    team.adapters = FileAdapters(tmp_path / "platform")
    for environment in ("production", "staging"):
        list(team.adapters.platform("order-service", environment).deploy("v2.4.0", Cause("op-given0", "@bob")))
    yield Room(team)
    team.store.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a relay, which hears from then on."""
    started: list[subprocess.Popen[str]] = []

    def begin(step_seconds: float = 0.0) -> "subprocess.Popen[str]":
        words = [sys.executable, "-m", "tests.relay.relay_process", str(tmp_path), str(step_seconds)]
        process = subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def die(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.wait()


def check_nothing_is_left(room: Room) -> None:
    """Everything said is dealt with, everything that happened is told, nothing is open, and the journal holds."""
    team = room.team
    wait_until(room.is_quiet, 30)
    assert [one for one in team.store.operations(limit=None) if one.state not in FINAL] == []
    assert team.store.locks() == [lock for lock in team.store.locks() if "/" not in lock.key]
    assert team.store.verify().faults == ()
    for environment in ("staging", "production"):
        calls = Counter(team.adapters.platform("order-service", environment).calls())
        assert [call for call, times in calls.items() if times > 1] == []
    for operation in team.store.operations(limit=None):
        mains = [one for one in all_messages(room) if one.key == f"{operation.id}/main"]
        assert len(mains) == 1, operation


def all_messages(room: Room) -> list:
    found, after = [], 0
    while page := room.team.store.room.changes(after):
        found += page
        after = page[-1].change
    return found


def test_killed_while_an_approval_waits(room: Room, start: Start) -> None:
    first = start()
    operation = room.asked("@alice", "/deploy order-service v2.4.1 production", State.AWAITING_APPROVAL)
    request = room.request(operation)
    die(first)
    room.react("@bob", request, "✅")
    start()
    room.until(operation, State.SUCCEEDED)
    check_nothing_is_left(room)
    assert room.team.record(operation.id)["approved_by"] == "@bob"


def test_killed_while_a_deploy_runs(room: Room, start: Start) -> None:
    first = start(step_seconds=30.0)
    operation = room.asked("@alice", "/deploy order-service v2.4.1 staging", State.RUNNING)
    wait_until(lambda: "start v2.4.1" in str(room.team.adapters.platform("order-service", "staging").calls()), 15)
    die(first)
    start()
    room.until(operation, State.INTERRUPTED)
    check_nothing_is_left(room)
    assert "died" in room.message(f"{operation.id}/failure").post.text
    assert room.message(f"{operation.id}/failure").post.calls == ("@alice",)
    room.asked("@alice", "/deploy order-service v2.4.2 staging", State.SUCCEEDED)


def test_killed_while_fifty_announcements_wait(room: Room, start: Start) -> None:
    for number in range(50):
        room.team.ask("@alice", f"scale order-service {number % 7 + 1} staging")
    assert len(room.team.store.outbox(limit=1000)) > 50
    dice = random.Random(1)
    for _ in range(3):
        process = start()
        time.sleep(dice.uniform(0.0, 0.4))
        die(process)
    start()
    check_nothing_is_left(room)
    firsts = [one.key for one in all_messages_in_order(room) if one.key.endswith("/main")]
    asked = sorted(room.team.store.operations(limit=None), key=lambda one: one.requested_at)
    assert firsts == [f"{one.id}/main" for one in asked]


def all_messages_in_order(room: Room) -> list:
    return sorted(all_messages(room), key=lambda one: one.id)


LINES = (
    "/deploy order-service v2.4.{} staging",
    "/approvals",
    "/scale order-service 3 staging",
    "/deplyo order-service",
    "/operations",
    "/deploy order-service v2.4.{} production",
)


def say_much(room: Room, dice: random.Random) -> Counter:
    said: Counter = Counter()
    for number in range(30):
        line = LINES[number % len(LINES)].format(dice.choice("12"))
        room.say(dice.choice(["@alice", "@bob", "@carol"]), line)
        said[line.split()[0]] += 1
    return said


def check_each_was_dealt_with_once(room: Room, said: Counter) -> None:
    """Every change is one operation, every question one record, everything else one private word."""
    team = room.team
    for operation in team.store.operations(states=[State.AWAITING_APPROVAL], limit=None):
        team.ask(operation.person, f"cancel {operation.id}")
    check_nothing_is_left(room)
    commands = Counter(one.command.split()[0] for one in team.store.operations(limit=None))
    assert commands == {name: count for name, count in said.items() if name in ("/deploy", "/scale")}
    records = Counter(one["command"].split()[0] for one in team.audit("audit --limit 1000"))
    assert records["/approvals"] == said["/approvals"]
    words = Counter(one.key.partition("/")[2] for one in all_messages(room) if one.audience)
    assert words["told"] == said["/approvals"] + said["/operations"] + said["/deplyo"]
    kinds = Counter((entry.operation, entry.kind) for entry in team.store.journal() if entry.kind == "requested")
    assert set(kinds.values()) == {1}


@pytest.mark.parametrize("seed", range(3))
def test_killed_again_and_again_in_the_middle_of_everything(room: Room, start: Start, seed: int) -> None:
    dice = random.Random(seed)
    said = say_much(room, dice)
    for _ in range(5):
        process = start(step_seconds=0.05)
        time.sleep(dice.uniform(0.02, 0.35))
        die(process)
    start()
    wait_until(lambda: not room.team.store.deliveries.open(), 30)
    wait_until(lambda: all(one.state in FINAL or one.state is State.AWAITING_APPROVAL for one in open_(room)), 30)
    check_each_was_dealt_with_once(room, said)


def test_two_relays_on_one_store_deal_with_each_delivery_once(room: Room, start: Start) -> None:
    for _ in range(2):
        start(step_seconds=0.02)
    said = say_much(room, random.Random(7)) + say_much(room, random.Random(8))
    wait_until(lambda: not room.team.store.deliveries.open(), 30)
    wait_until(lambda: all(one.state in FINAL or one.state is State.AWAITING_APPROVAL for one in open_(room)), 30)
    check_each_was_dealt_with_once(room, said)


def test_two_relays_on_one_store_do_each_outside_step_of_an_incident_once(tmp_path: Path, start: Start) -> None:
    team = payments_at(tmp_path)
    room = Room(team, "#ops")
    first, _ = start(), start()
    for number, line in enumerate(INCIDENT_LINES.values()):
        room.asked("@oncall", f"/{line}", State.SUCCEEDED)
        room.settle()
        if number == 1:
            die(first)  # the other one has it all from here on
    check_steps(team, tmp_path, [one.id for one in team.store.operations()])
    keys = Counter(one.key for one in all_messages(room) if one.key)
    assert set(keys.values()) == {1}
    assert not [one for one in all_messages(room) if one.audience], "nobody was told that something is amiss"
    assert team.store.verify().faults == ()
    team.store.close()


def open_(room: Room) -> list:
    return room.team.store.operations(limit=None)
