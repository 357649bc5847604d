"""`kill -9` at every journal write and every deployer call: afterwards the record is true and the next deploy works."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from tests.core.file_platform import FileAdapters
from tests.core.team import Colleagues, last, operation_of, story
from tests.real.crash_points import carry_out
from tests.real.crash_scenario import NEW_SITE, STEPS
from tests.real.killer import KILLED, Killer

from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.core.facts import Operations
from opsctl.core.operation import STANDING, Operation, State
from opsctl.core.ports import Cause
from opsctl.core.transition import RESULTS


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, int]]:
    """A folder as it is before each step, and how many points the step has: found by carrying it out undisturbed."""
    folder = tmp_path_factory.mktemp("day")
    team = Colleagues.at(folder)
    team.store.close()
    for environment, versions in (("production", ("v2.3.9", "v2.4.0")), ("staging", ("v2.3.9",))):
        platform = FileAdapters(folder / "platform").platform("order-service", environment)
        for version in versions:
            list(platform.deploy(version, Cause(f"op-given-{version}", "@bob")))
    found = []
    for number, step in enumerate(STEPS):
        before = tmp_path_factory.mktemp("before")
        shutil.copytree(folder, before, dirs_exist_ok=True)
        found.append((before, carry_out(folder, number)))
        store = SqliteStore.open(folder / "store" / "opsctl.db")
        assert store.operations()[0].state is step.leaves, step.name
        store.close()
    assert sum(points for _, points in found) > 150
    return found


@pytest.mark.parametrize("number", range(len(STEPS)), ids=[step.name.replace(" ", "-") for step in STEPS])
def test_whenever_a_process_dies_the_record_is_true_and_the_next_deploy_works(
    number: int, days: list[tuple[Path, int]], killer: Killer, tmp_path: Path
) -> None:
    before, points = days[number]
    assert points >= 3
    for point in range(1, points + 1):
        folder = tmp_path / str(point)
        shutil.copytree(before, folder)
        assert killer.kill(folder, number, point) == KILLED, f"point {point} of {points} was not reached"
        check_afterwards(folder)


def test_who_finds_what_the_dead_left_may_die_of_it_too(
    days: list[tuple[Path, int]], killer: Killer, tmp_path: Path
) -> None:
    """The deploy dies around its switch; whoever looks next dies at every point of finding out."""
    before, points = days[0]
    looks = 0
    for point in range(points // 2, points - 1, 3):
        left = tmp_path / f"left-{point}"
        shutil.copytree(before, left)
        killer.kill(left, 0, point)
        undisturbed = tmp_path / f"undisturbed-{point}"
        shutil.copytree(left, undisturbed)
        for deadly in range(1, carry_out(undisturbed, len(STEPS)) + 1):
            folder = tmp_path / f"{point}-{deadly}"
            shutil.copytree(left, folder)
            assert killer.kill(folder, len(STEPS), deadly) == KILLED
            check_afterwards(folder)
            looks += 1
    assert looks > 30


def check_afterwards(folder: Path) -> None:
    team = Colleagues(SqliteStore.open(folder / "store" / "opsctl.db"), FileAdapters(folder / "platform"))
    check_record(team)
    finish_what_stands(team)
    check_next_deploys(team)
    check_record(team)
    check_nothing_ran_twice(team)
    team.store.close()


def check_record(team: Colleagues) -> None:
    """What `operations` and `audit` say is what the platform says; the journal verifies; nothing is locked."""
    rows = last(team.ask("@erin", "operations --limit 100"), Operations).rows
    results = {one["id"]: one["result"] for one in team.audit("audit --limit 100")}
    for row in rows:
        assert row.state.is_final or row.state in STANDING, row
        assert (row.state is State.SUCCEEDED) == was_done(team, row), row
        assert results.get(row.id) == (RESULTS.get(row.state, row.state.value) if row.state.is_final else None)
    assert team.store.locks() == []
    assert team.store.verify().faults == ()


def was_done(team: Colleagues, row: Operation) -> bool:
    """Whether the outside world shows that an operation was carried out."""
    if row.command.startswith("/site publish "):
        return team.store.published() == NEW_SITE.text
    assert row.service is not None
    assert row.environment is not None
    platform = team.adapters.platform(row.service, row.environment)
    if row.command.startswith("/scale "):
        return any(call.startswith("scale ") and call.endswith(row.id) for call in platform.calls())
    return any(release.operation == row.id for release in platform.releases())


def finish_what_stands(team: Colleagues) -> None:
    """What survived the crash can still be brought to its end, by others."""
    for row in team.store.operations(states=STANDING):
        match row.state:
            case State.AWAITING_CONFIRMATION:
                events = team.confirm("@alice", row.id)
            case State.AWAITING_APPROVAL:
                team.ask("@carol", f"approve {row.id}")
                events = team.ask("@carol", f"run {row.id}")
            case _:
                events = team.ask("@alice", f"run {row.id}")
        assert story(events)[-1] == "succeeded"


def check_next_deploys(team: Colleagues) -> None:
    for environment in ("staging", "production"):
        asked = team.ask("@alice", f"deploy order-service v2.4.2 {environment}")
        events = team.approve("@bob", operation_of(asked)) if environment == "production" else asked
        assert story(events)[-1] == "succeeded"
        assert team.adapters.platform("order-service", environment).state().release.version == "v2.4.2"


def check_nothing_ran_twice(team: Colleagues) -> None:
    for environment in ("staging", "production"):
        calls = Counter(team.adapters.platform("order-service", environment).calls())
        assert [call for call, times in calls.items() if times > 1] == []
    published = [entry.operation for entry in team.store.journal() if entry.kind == "site_published"]
    assert len(published) == len(set(published))
