"""`kill -9` at every write while an incident is opened, told about, resolved: nothing half made, nothing done twice."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from tests.core.payments import brought, newest, payments_at, seen
from tests.core.team import Colleagues
from tests.real.crash_incident import INCIDENT_STEPS
from tests.real.crash_points import EVERY, carry_out
from tests.real.killer import KILLED, Killer
from tests.soak import IS_SOAK

from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.core.courier import DUTY
from opsctl.core.incident import Outcome
from opsctl.core.operation import STANDING, State

FIRST = EVERY.index(INCIDENT_STEPS[0])


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, int]]:
    """A folder as it is before each step, and how many points the step has: found by carrying it out undisturbed."""
    folder = tmp_path_factory.mktemp("night")
    payments_at(folder).store.close()
    found = []
    for number, step in enumerate(INCIDENT_STEPS, FIRST):
        before = tmp_path_factory.mktemp("before")
        shutil.copytree(folder, before, dirs_exist_ok=True)
        found.append((before, carry_out(folder, number)))
        store = SqliteStore.open(folder / "store" / "opsctl.db")
        assert store.operations()[0].state is step.leaves, step.name
        store.close()
    assert sum(points for _, points in found) > 150
    return found


@pytest.mark.parametrize("number", range(len(INCIDENT_STEPS)), ids=[step.name for step in INCIDENT_STEPS])
def test_whenever_a_terminal_dies_the_next_one_makes_up_for_it(
    number: int, nights: list[tuple[Path, int]], killer: Killer, tmp_path: Path
) -> None:
    before, points = nights[number]
    told = [0, 0]
    # A write has three points; a stride that three does not divide comes by all kinds of them.
    for point in range(1, points + 1, 1 if IS_SOAK else 4):
        folder = tmp_path / str(point)
        shutil.copytree(before, folder)
        assert killer.kill(folder, FIRST + number, point) == KILLED, f"point {point} of {points} was not reached"
        team = Colleagues(SqliteStore.open(folder / "store" / "opsctl.db"))
        told[check_afterwards(team, folder, number)] += 1
        team.store.close()
        shutil.rmtree(folder)
    assert min(told) > 0, "some died before it counted, some after"


def check_afterwards(team: Colleagues, folder: Path, number: int) -> bool:
    """Nothing is half made; returns whether the word that was cut short counted."""
    team.ask("@erin", "operations")
    for row in team.store.operations(states=STANDING):
        team.ask("@oncall", f"run {row.id}")  # what was approved stands, for the relay or its requester to go on with
    brought(team)
    rows = team.store.operations()
    assert {row.state for row in rows} <= {State.SUCCEEDED, State.INTERRUPTED}
    succeeded = [row.id for row in rows if row.state is State.SUCCEEDED]
    assert len(succeeded) in (number, number + 1)
    check_steps(team, folder, succeeded)
    assert [lock for lock in team.store.locks() if lock.key != DUTY] == []
    assert team.store.outbox() == []
    assert team.store.verify().faults == ()
    return len(succeeded) == number + 1


def check_steps(team: Colleagues, folder: Path, succeeded: list[str]) -> None:
    """What counted is told once and done outside once; what did not count left no trace outside."""
    numbers = team.store.incidents.newest(10)
    assert len(numbers) == (1 if succeeded else 0)
    messages = Counter(one.key for one in team.store.room.changes(0, limit=1000))
    assert all(times == 1 for times in messages.values())
    pages = seen(team, "#ops", "📟")
    assert len(pages) == len(numbers)
    if not numbers:
        assert not [one for one in team.store.room.channels() if one.name.startswith("#inc-")]
        return
    incident = newest(team)
    assert {one.operation for one in incident.updates} == set(succeeded)
    assert {one.outcome for one in incident.steps} == {Outcome.DONE}
    page = (folder / "store" / "status" / "index.html").read_text()
    assert incident.updates[-1].text in page
    assert (folder / "store" / "incidents" / "inc-1" / "postmortem.ics").exists() is not incident.is_open
