"""What others left: found by whoever comes next, held against the platform, closed truthfully, never run again."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.core.team import Colleagues, Mortal, collected, last, operation_of, story, until, wait_until

from opsctl.core.errors import LeaseLost, Unreachable
from opsctl.core.events import Approved, Finished, LeftRunning, Requested, Started, Stepped
from opsctl.core.facts import Note, Operations
from opsctl.core.holder import Holder
from opsctl.core.lease import Lease
from opsctl.core.operation import State
from opsctl.core.recovery import close
from opsctl.core.store import Store, Transaction

DEPLOY = "deploy order-service v2.4.1 staging"


def unreachable(step: str) -> None:
    raise Unreachable(f"The platform does not answer ({step}).")


def abandoned(team: Colleagues, mortal: Mortal, kind: type[object] = Started, line: str = DEPLOY) -> str:
    """A process that dies as soon as its stream came to that event."""
    dying = team.elsewhere(holder=mortal.holder)
    events = dying.asking("@alice", line)
    until(events, kind)
    operation = dying.store.operations()[0].id
    mortal.die()
    events.close()  # type: ignore[attr-defined]
    return operation


def test_a_process_that_dies_before_the_plan_leaves_an_interrupted_request(team: Colleagues, mortal: Mortal) -> None:
    operation = abandoned(team, mortal, Requested)
    events = team.ask("@erin", "operations")
    assert story(events)[0].startswith(f"note: {operation}")
    record = team.record(operation)
    assert (record["result"], record["reason"], record["duration_seconds"]) == ("interrupted", "process_died", 0)


def test_a_request_whose_process_lives_is_left_alone(team: Colleagues) -> None:
    events = team.elsewhere().asking("@alice", DEPLOY)
    operation = until(events, Requested).operation
    assert [type(event) for event in team.ask("@erin", "operations")] == [Operations]
    assert team.state(operation) is State.REQUESTED
    assert story(collected(events))[-1] == "succeeded"


def test_the_request_is_on_disk_before_what_others_left_is_looked_after(team: Colleagues, mortal: Mortal) -> None:
    abandoned(team, mortal)
    states: list[State] = []
    team.platform("staging").on_step = lambda _: states.append(team.store.operations()[0].state)
    team.ask("@bob", "deploy order-service v2.4.2 staging")
    assert states[0] is State.REQUESTED


def test_what_was_carried_out_is_closed_as_succeeded(team: Colleagues, mortal: Mortal) -> None:
    operation = abandoned(team, mortal)
    team.platform("staging").has("v2.4.1", because_of=operation)
    events = team.ask("@erin", "operations")
    assert last(events, Operations).rows[0].state is State.SUCCEEDED
    record = team.record(operation)
    assert (record["result"], record["reason"]) == ("success", "process_died")
    assert team.platform("staging").done == []
    assert team.store.locks() == []


def test_a_release_that_somebody_else_brought_is_not_taken_for_its_own(team: Colleagues, mortal: Mortal) -> None:
    """Deployed again, and dead before the call: the version stands there, but not because of this operation."""
    operation = abandoned(team, mortal)
    team.platform("staging").has("v2.4.1")
    team.ask("@erin", "operations")
    assert team.state(operation) is State.INTERRUPTED


def test_what_was_not_carried_out_is_closed_as_interrupted_and_never_run_again(
    team: Colleagues, mortal: Mortal
) -> None:
    team.platform("staging").has("v2.4.0")
    operation = abandoned(team, mortal, Stepped)
    events = team.ask("@bob", "deploy order-service v2.4.2 staging")
    assert story(events)[1].startswith(f"note: {operation}")
    assert story(events)[-1] == "succeeded"
    assert team.record(operation)["result"] == "interrupted"
    assert [one.split()[0] for one in team.platform("staging").done] == ["v2.4.2"]


def test_where_nobody_can_tell_the_outcome_is_unknown_and_says_so(team: Colleagues, mortal: Mortal) -> None:
    operation = abandoned(team, mortal, line="migrate order-service staging")
    team.ask("@erin", "operations")
    record = team.record(operation)
    assert (record["result"], record["reason"]) == ("interrupted", "outcome_unknown")


def test_a_publishing_that_was_done_is_closed_as_done(team: Colleagues, mortal: Mortal) -> None:
    team.store.locks()
    text = team.store.published()
    assert text is not None
    document = team.store.write(lambda tx: tx.keep(text))
    asked = operation_of(team.ask("@alice", f"site publish {document}"))
    team.ask("@bob", f"approve {asked}")
    dying = team.elsewhere(holder=mortal.holder)
    events = dying.asking("@alice", f"run {asked}")
    until(events, Started)
    mortal.die()
    events.close()  # type: ignore[attr-defined]
    team.ask("@erin", "operations")
    assert team.state(asked) is State.SUCCEEDED


def test_a_lock_whose_operation_never_started_is_given_back_and_the_operation_stands(
    team: Colleagues, mortal: Mortal
) -> None:
    operation = abandoned(team, mortal, Approved)
    assert [lock.is_over for lock in team.store.locks()] == [True]
    assert story(team.ask("@bob", "deploy order-service v2.4.2 staging"))[-1] == "succeeded"
    assert team.state(operation) is State.APPROVED
    assert team.store.locks() == []
    assert story(team.ask("@alice", f"run {operation}"))[-1] == "succeeded"


def test_a_lock_of_an_operation_that_is_over_does_not_stay(team: Colleagues) -> None:
    operation = team.deployed("v2.4.0", "staging")
    team.store.write(lambda tx: tx.take("order-service/staging", operation, team.holder, 0))
    assert story(team.ask("@bob", DEPLOY))[-1] == "succeeded"


def test_a_lease_that_runs_out_is_found_although_its_process_lives(team: Colleagues) -> None:
    team.platform("staging").has("v2.4.0")
    sleeping = team.elsewhere(lease_seconds=0.05)
    events = sleeping.asking("@alice", DEPLOY)
    operation = until(events, Started).operation

    def is_found() -> bool:
        # Its process lives, and may renew the lease in between.
        team.store.write(lambda tx: tx.take("order-service/staging", operation, sleeping.holder, 0))
        team.ask("@erin", "operations")
        return team.state(operation) is State.INTERRUPTED

    wait_until(is_found)
    assert team.record(operation)["result"] == "interrupted"
    woken = collected(events)
    assert last(woken, LeaseLost).exit_code == 130
    assert team.platform("staging").done == []


def test_who_lost_the_lease_before_the_start_does_not_start(team: Colleagues) -> None:
    """Suspended while it planned again; meanwhile its lock went to somebody else."""
    platform = team.platform("staging").has("v2.4.0")
    sleeper = team.elsewhere()

    def sleep(_step: str) -> None:
        row = team.store.operations()[0]
        if row.state is State.APPROVED:
            platform.on_step = lambda _: None
            team.store.write(lambda tx: tx.take(row.lock, row.id, sleeper.holder, 0))
            assert story(team.ask("@bob", "deploy order-service v2.4.2 staging"))[-1] == "succeeded"

    platform.on_step = sleep
    events = sleeper.ask("@alice", DEPLOY)
    operation = operation_of(events)
    assert last(events, LeaseLost).reason == "lease_lost"
    assert team.state(operation) is State.APPROVED
    assert platform.version == "v2.4.2"
    assert story(team.ask("@alice", f"run {operation}"))[:2] == [
        "no longer v2.4.0 → v2.4.1",
        "approved by nobody: v2.4.2 → v2.4.1",
    ]
    assert platform.version == "v2.4.1"


def test_a_running_operation_whose_lease_is_renewed_is_left_alone(team: Colleagues) -> None:
    events = team.elsewhere(lease_seconds=0.15).asking("@alice", DEPLOY)
    operation = until(events, Started).operation
    first = team.store.locks()[0]
    for _ in range(6):
        team.ask("@erin", "operations")
        time.sleep(0.05)
    assert team.state(operation) is State.RUNNING
    assert team.store.locks() == [first]
    assert story(collected(events))[-1] == "succeeded"


def test_who_lost_the_lease_and_ends_late_is_told_how_it_was_closed(team: Colleagues) -> None:
    """Suspended in its last outside call; by the time it wakes up, somebody has closed the operation."""
    platform = team.platform("staging").has("v2.4.0")

    def sleep(step: str) -> None:
        if step == "switch":
            platform.on_step = lambda _: None
            operation = team.store.operations()[0].id
            team.store.write(lambda tx: tx.take("order-service/staging", operation, "another process", 0))
            team.ask("@erin", "operations")

    platform.on_step = sleep
    events = team.elsewhere().ask("@alice", DEPLOY)
    assert story(events)[-1] == "interrupted process_died"
    assert team.store.locks() == []


def test_renewing_a_lease_never_brings_back_a_lock_that_was_given_back(team: Colleagues) -> None:
    events = team.asking("@alice", DEPLOY)
    operation = until(events, Approved).operation
    row = team.row(operation)
    team.lease_seconds = 0.03
    with Lease(team.context("@alice"), row) as lease:
        team.store.write(lambda tx: tx.release(row.lock, operation))
        wait_until(lambda: lease.loss() is not None)
    assert team.store.locks() == []


def test_a_platform_out_of_reach_keeps_the_lock_and_says_so(team: Colleagues, mortal: Mortal) -> None:
    platform = team.platform("staging").has("v2.4.0")
    operation = abandoned(team, mortal)
    platform.on_step = unreachable
    events = team.ask("@erin", "operations")
    note = events[0]
    assert isinstance(note, Note)
    assert "Its lock stays" in note.means
    assert last(events, Operations).rows[0].state is State.RUNNING
    refused = team.ask("@bob", "scale order-service 3 staging")
    assert story(refused)[-1] in ("failed unreachable", "denied locked")
    assert [lock.operation for lock in team.store.locks()] == [operation]
    waited_for = team.ask("@alice", f"run {operation}")
    assert isinstance(waited_for[-1], LeftRunning)
    platform.on_step = lambda _: None
    assert story(team.ask("@alice", f"run {operation}"))[0].startswith(f"note: {operation}")
    assert team.record(operation)["result"] == "interrupted"
    assert team.store.locks() == []


def test_who_meets_the_lock_of_the_dead_is_told_that_nobody_could_look(team: Colleagues, mortal: Mortal) -> None:
    platform = team.platform("staging").has("v2.4.0")
    abandoned(team, mortal)

    def answer_from_the_second_time_on(step: str) -> None:
        platform.on_step = lambda _: None
        unreachable(step)

    platform.on_step = answer_from_the_second_time_on
    events = team.ask("@bob", "deploy order-service v2.4.2 staging")
    assert story(events)[-1] == "denied locked"
    assert "Its process is gone, and its platform could not be asked" in events[-1].happened  # type: ignore[union-attr]


def test_a_process_that_is_stopped_is_named_and_not_called_gone(team: Colleagues, mortal: Mortal) -> None:
    """Its platform is still at work for it, so nothing can be concluded; who asks twice is told the same."""
    platform = team.platform("staging").has("v2.4.0")
    stopped = team.elsewhere(holder=mortal.holder)
    until(stopped.asking("@alice", DEPLOY), Started)
    operation = team.store.operations()[0].id
    team.store.write(lambda tx: tx.take("order-service/staging", operation, mortal.holder, 0))
    platform.on_step = unreachable
    pid = Holder.parse(mortal.holder).pid  # type: ignore[union-attr]
    for _ in range(2):
        (note,) = (event for event in team.ask("@erin", "operations") if isinstance(event, Note))
        assert note.happened.endswith(f"its process ({pid}) lives but does not answer.")
        assert note.do == f"Wake it (kill -CONT {pid}) or end it (kill -KILL {pid}), then: opsctl run {operation}"

    def answer_from_the_second_time_on(step: str) -> None:
        platform.on_step = lambda _: None
        unreachable(step)

    platform.on_step = answer_from_the_second_time_on
    refused = last(team.ask("@bob", "deploy order-service v2.4.2 staging"), Finished)
    assert f"Its process ({pid}) lives but does not answer" in refused.happened
    mortal.die()
    (note,) = (event for event in team.ask("@erin", "operations") if isinstance(event, Note))
    assert note.happened.endswith("its process is gone.")


def test_a_platform_that_is_still_busy_is_waited_for(team: Colleagues, mortal: Mortal) -> None:
    """Without a fencing token, a call of the dead process may still be at work on the platform's side."""
    platform = team.platform("staging").has("v2.4.0")
    operation = abandoned(team, mortal)
    platform.busy_for = 4

    def finish_late(_step: str) -> None:
        if platform.busy_for == 2:
            platform.has("v2.4.1", because_of=operation)

    platform.on_step = finish_late
    team.ask("@erin", "operations")
    assert team.state(operation) is State.SUCCEEDED


def test_nothing_is_concluded_about_a_busy_platform_when_the_wait_is_interrupted(
    team: Colleagues, mortal: Mortal
) -> None:
    platform = team.platform("staging").has("v2.4.0")
    operation = abandoned(team, mortal)
    platform.busy_for = 1000
    team.interruption.hang_up()
    events = team.ask("@erin", "operations")
    assert "still at work" in events[0].means  # type: ignore[union-attr]
    assert team.state(operation) is State.RUNNING
    assert [lock.operation for lock in team.store.locks()] == [operation]


def test_two_who_find_the_same_operation_close_it_once(team: Colleagues, mortal: Mortal) -> None:
    platform = team.platform("staging").has("v2.4.0")
    operation = abandoned(team, mortal)

    def look_too(_step: str) -> None:
        platform.on_step = lambda _: None
        assert [type(event) for event in team.elsewhere().ask("@bob", "operations")] == [Operations]
        other = team.store.operation(operation)
        assert other is not None
        assert other.state is State.RUNNING

    platform.on_step = look_too
    team.ask("@erin", "operations")
    assert team.kinds(operation).count("interrupted") == 1


def test_a_reader_is_not_bothered_when_the_process_was_only_late(team: Colleagues, mortal: Mortal) -> None:
    """It closes its operation in the moment in which another has taken it over."""
    platform = team.platform("staging").has("v2.4.0")
    operation = abandoned(team, mortal)

    def close_it(_step: str) -> None:
        platform.on_step = lambda _: None
        close(team.context("@alice"), team.row(operation), State.SUCCEEDED)

    platform.on_step = close_it
    events = team.ask("@erin", "operations")
    assert [type(event) for event in events] == [Operations]
    assert team.state(operation) is State.SUCCEEDED


@pytest.mark.parametrize("kind", [Requested, Approved, Started, Stepped])
def test_the_next_deploy_works_wherever_the_last_one_died(team: Colleagues, mortal: Mortal, kind: type[object]) -> None:
    abandoned(team, mortal, kind)
    assert story(team.ask("@bob", "deploy order-service v2.4.2 staging"))[-1] == "succeeded"
    assert team.store.verify().faults == ()


class CountingStore:
    """The store; counts the transactions that write."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.writes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def write(self, work: Callable[[Transaction], Any]) -> Any:
        self.writes += 1
        return self._store.write(work)


def test_who_looks_writes_nothing_for_what_may_still_wait(team: Colleagues) -> None:
    counts = []
    for number in range(2):
        counting = CountingStore(team.store)
        replace(team, store=counting).ask("@erin", "operations")  # type: ignore[arg-type]  # it is the store, counted
        counts.append(counting.writes)
        if number == 0:
            for _ in range(5):
                team.ask("@alice", "deploy order-service v2.4.1 production")
    assert counts[0] == counts[1]
    assert {one.state for one in team.store.operations()} == {State.AWAITING_APPROVAL}
