"""What fails around the engine: platforms that do not answer, a journal that cannot be written, migrations."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.core.team import (
    Colleagues,
    Mortal,
    a_site,
    last,
    operation_of,
    publish,
    story,
    wait_until,
)

from opsctl.core.errors import StoreUnusable, Unreachable
from opsctl.core.events import (
    Finished,
    LeftRunning,
    Started,
)
from opsctl.core.facts import Records
from opsctl.core.operation import State

DEPLOYED = ["- starting", "- waiting", "- switching", "succeeded"]


def unreachable(step: str) -> None:
    raise Unreachable(f"The platform does not answer ({step}).")


def test_a_plan_that_the_platform_does_not_answer_for_fails_as_unreachable(team: Colleagues) -> None:
    team.platform("staging").on_step = unreachable
    events = team.ask("@alice", "deploy order-service v2.4.1 staging")
    assert story(events)[1:] == ["failed unreachable"]
    assert last(events, Finished).exit_code == 5


def test_a_lost_answer_is_not_repeated_but_asked_after(team: Colleagues) -> None:
    """The platform did it, and only its answer was lost."""
    platform = team.platform("staging").has("v2.4.0")

    def lose_the_answer(step: str) -> None:
        if step == "switch":
            platform.has("v2.4.1", because_of=team.store.operations()[0].id)
            platform.on_step = lambda _: None
            unreachable(step)

    platform.on_step = lose_the_answer
    events = team.ask("@alice", "deploy order-service v2.4.1 staging")
    assert story(events)[-1] == "succeeded answer_lost"
    assert platform.done == []


def test_a_lost_answer_to_what_was_not_done_is_a_failure(team: Colleagues) -> None:
    platform = team.platform("staging").has("v2.4.0")

    def lose_the_call(step: str) -> None:
        if step == "switch":
            platform.on_step = lambda _: None
            unreachable(step)

    platform.on_step = lose_the_call
    events = team.ask("@alice", "deploy order-service v2.4.1 staging")
    assert story(events)[-1] == "failed unreachable"
    assert last(events, Finished).exit_code == 5


def test_a_platform_that_still_works_on_the_lost_call_is_waited_for(team: Colleagues) -> None:
    platform = team.platform("staging").has("v2.4.0")

    def lose_the_answer(step: str) -> None:
        if step == "switch":
            platform.busy_for = 4
            platform.on_step = finish_late
            unreachable(step)

    def finish_late(_step: str) -> None:
        if platform.busy_for == 2:
            platform.has("v2.4.1", because_of=team.store.operations()[0].id)

    platform.on_step = lose_the_answer
    assert story(team.ask("@alice", "deploy order-service v2.4.1 staging"))[-1] == "succeeded answer_lost"


def test_a_platform_that_stays_away_leaves_it_running_with_its_lock(team: Colleagues) -> None:
    platform = team.platform("staging").has("v2.4.0")

    def go_away(step: str) -> None:
        if step == "switch":
            platform.on_step = unreachable
            unreachable(step)

    platform.on_step = go_away
    events = team.ask("@alice", "deploy order-service v2.4.1 staging")
    assert isinstance(events[-1], LeftRunning)
    operation = operation_of(events)
    assert team.state(operation) is State.RUNNING
    assert [lock.operation for lock in team.store.locks()] == [operation]


def test_an_error_of_our_own_is_never_recorded_as_success(team: Colleagues) -> None:
    broken = team.elsewhere(adapters=object())
    with pytest.raises(AttributeError):
        broken.ask("@alice", "status")
    (record,) = (one for one in team.audit("audit --limit 100") if one["command"] == "/status")
    assert (record["result"], record["reason"]) == ("failure", "internal")


class Failing:
    """A store whose nth write fails, as on a full disk; everything else is the real one."""

    def __init__(self, store: object, fails: set[int]) -> None:
        self._store = store
        self._fails = fails
        self.writes = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def close(self) -> None:
        self._store.close()  # type: ignore[attr-defined]

    def write(self, work: object) -> object:
        self.writes += 1
        if self.writes in self._fails:
            raise StoreUnusable("The disk is full.", means="Nothing was recorded.")
        return self._store.write(work)  # type: ignore[attr-defined]


def test_when_the_journal_fails_anywhere_nothing_is_lost_doubled_or_locked_for_ever(tmp_path: Path) -> None:
    """A write fails at each place in turn; the next command finds out what is true and closes it."""
    counted = Failing(Colleagues.at(tmp_path / "clean").store, set())
    assert story(Colleagues(counted).ask("@alice", "deploy order-service v2.4.1 staging"))[-1] == "succeeded"
    assert counted.writes >= 8
    counted.close()
    for nth in range(1, counted.writes + 1):
        team, mortal = Colleagues.at(tmp_path / str(nth)), Mortal()
        platform = team.platform("staging").has("v2.4.0")
        failing = team.elsewhere(store=Failing(team.store, {nth}), holder=mortal.holder)
        events = failing.ask("@alice", "deploy order-service v2.4.1 staging")
        assert isinstance(events[-1], StoreUnusable)
        assert not [event for event in events if isinstance(event, Finished)]
        if any(isinstance(event, Started) for event in events):
            # To say that nothing was done would be a lie from here on.
            assert events[-1].means.startswith(f"{operation_of(events)} stands as running")
        mortal.die()
        team.ask("@bob", "operations")
        assert team.store.locks() == []
        states = {State.SUCCEEDED} if platform.version == "v2.4.1" else {State.INTERRUPTED, State.APPROVED}
        assert {row.state for row in team.store.operations()} <= states
        assert len(platform.done) <= 1
        assert team.store.verify().faults == ()
        assert story(team.ask("@bob", "deploy order-service v2.4.2 staging"))[-1] == "succeeded"
        team.store.close()


def test_a_read_is_answered_although_it_cannot_be_recorded(team: Colleagues) -> None:
    events = team.elsewhere(store=Failing(team.store, {1, 2})).ask("@erin", "audit")
    assert [type(event) for event in events] == [Records, StoreUnusable]


def test_a_read_is_answered_although_what_others_left_cannot_be_closed(team: Colleagues) -> None:
    team.approval_seconds = 0.0
    team.ask("@alice", "deploy order-service v2.4.1 production")
    events = team.elsewhere(store=Failing(team.store, {1, 2})).ask("@erin", "audit")
    assert story(events) == ["note: The disk is full.", "Records", "StoreUnusable: journal"]


def test_the_last_lines_of_a_migration_that_failed_are_kept(team: Colleagues) -> None:
    publish(team.store, a_site(migrate=("sh", "-c", "seq 1 30; echo $OPSCTL_SERVICE >&2; exit 3")))
    finished = last(team.ask("@alice", "migrate order-service staging"), Finished)
    assert (finished.state, finished.reason) == (State.FAILED, "exit_code")
    assert finished.log_tail == (*(str(number) for number in range(12, 31)), "order-service")


def test_a_migration_that_is_cancelled_ends_with_all_that_it_started(team: Colleagues, tmp_path: Path) -> None:
    publish(team.store, a_site(migrate=("sh", "-c", f"sleep 60 & echo $! > {tmp_path}/pid; wait")))
    with ThreadPoolExecutor() as pool:
        migrating = pool.submit(team.ask, "@alice", "migrate order-service staging")
        wait_until(lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text()))
        team.interruption.ask("Ctrl-C")
        assert story(migrating.result())[-1] == "cancelled by @alice Ctrl-C"
    child = int((tmp_path / "pid").read_text())
    wait_until(lambda: not Path(f"/proc/{child}").exists() or " Z " in Path(f"/proc/{child}/stat").read_text())
