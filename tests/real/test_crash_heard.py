"""`kill -9` of a relay at every write while it carries out what it heard: the next relay makes up for all of it."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from tests.core.file_platform import FileAdapters
from tests.core.payments import a_payment_site, payments_at
from tests.core.team import Colleagues
from tests.real.crash_heard import CHANNEL, HEARD_STEPS, agreed_to, until_over
from tests.real.crash_points import EVERY, carry_out, platforms_in
from tests.real.killer import KILLED, Killer
from tests.real.test_crash_incident import check_steps
from tests.relay.at_work import Room, at_work
from tests.soak import IS_SOAK

from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.core.courier import DUTY
from opsctl.core.operation import Operation, State
from opsctl.core.ports import Cause
from opsctl.core.room import OPSCTL, Message

FIRST = EVERY.index(HEARD_STEPS[0])
DEPLOY = len(HEARD_STEPS) - 1


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, int]]:
    """A folder as it is before each step, and about how many points the step has: threads differ a little."""
    folder = tmp_path_factory.mktemp("night")
    payments_at(folder, a_payment_site()).store.close()
    platform = FileAdapters(folder / "platform").platform("order-service", "production")
    list(platform.deploy("v2.4.0", Cause("op-given0", "@bob")))
    found = []
    for number, step in enumerate(HEARD_STEPS, FIRST):
        before = tmp_path_factory.mktemp("before")
        shutil.copytree(folder, before, dirs_exist_ok=True)
        found.append((before, carry_out(folder, number)))
        team = team_in(folder)
        assert team.store.operations()[0].state is step.leaves, step.name
        team.store.close()
    return found


@pytest.mark.parametrize("number", range(len(HEARD_STEPS)), ids=[step.name for step in HEARD_STEPS])
def test_whenever_a_relay_dies_the_next_one_makes_up_for_it(
    number: int, nights: list[tuple[Path, int]], killer: Killer, tmp_path: Path
) -> None:
    before, points = nights[number]
    assert points > 50
    codes, ends = Counter[int](), Counter[str]()
    # A write has three points; a stride that three does not divide comes by all kinds of them.
    for point in range(1, points + 1, 1 if IS_SOAK else 7):
        folder = tmp_path / str(point)
        shutil.copytree(before, folder)
        codes[killer.kill(folder, FIRST + number, point)] += 1
        team = team_in(folder)
        with at_work(team):
            agreed_to(Room(team, CHANNEL)) if number == DEPLOY and was_said(team, number) else None
            until_over(Room(team, CHANNEL))
        ends[check_afterwards(team, folder, number)] += 1
        team.store.close()
        shutil.rmtree(folder)
    assert codes[KILLED] > codes.total() * 0.8, codes
    assert {"not said", State.SUCCEEDED} <= set(ends), ends


def team_in(folder: Path) -> Colleagues:
    return Colleagues(SqliteStore.open(folder / "store" / "opsctl.db"), platforms_in(folder))


def was_said(team: Colleagues, number: int) -> bool:
    """Whether the line of that step, the one in which the relay died, is in the store."""
    said = [one for one in messages(team) if one.author != OPSCTL]
    return len(said) == number + 1


def messages(team: Colleagues) -> list[Message]:
    return list(team.store.room.changes(0, limit=1000))


def check_afterwards(team: Colleagues, folder: Path, number: int) -> str:
    """Nothing is lost, done twice or pending; returns what became of the line."""
    rows = team.store.operations()
    assert len(rows) == number + was_said(team, number), "one operation for each line that was said"
    assert {row.state for row in rows} <= {State.SUCCEEDED, State.INTERRUPTED}
    assert team.store.outbox() == []
    assert [lock for lock in team.store.locks() if lock.key != DUTY] == []
    assert team.store.verify().faults == ()
    check_told_once(team, rows)
    if number == DEPLOY:
        check_deployed_once(team, rows)
    else:
        check_steps(team, folder, [row.id for row in rows if row.state is State.SUCCEEDED])
    return rows[0].state if was_said(team, number) else "not said"


def check_told_once(team: Colleagues, rows: list[Operation]) -> None:
    """One message an operation; who asked is called where it was interrupted."""
    keys = Counter(one.key for one in messages(team) if one.key)
    assert set(keys.values()) <= {1}
    for row in rows:
        assert keys[f"{row.id}/main"] == 1
        failures = [one for one in messages(team) if one.key == f"{row.id}/failure"]
        assert [one.post.calls for one in failures] == ([(row.person,)] if row.state is State.INTERRUPTED else [])


def check_deployed_once(team: Colleagues, rows: list[Operation]) -> None:
    calls = Counter(team.adapters.platform("order-service", "production").calls())
    assert set(calls.values()) == {1}
    done = [row for row in rows if row.command.startswith("/deploy") and row.state is State.SUCCEEDED]
    assert [call for call in calls if call.startswith("switch v2.4.1")] == [f"switch v2.4.1 {row.id}" for row in done]
    assert all(team.record(row.id)["approved_by"] == "@bob" for row in done)
