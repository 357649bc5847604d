"""Carrying out an approved operation: lock, plan again, run, close truthfully."""

import time
from collections.abc import Callable, Generator, Iterator
from datetime import datetime
from functools import partial

from opsctl.core.approval import check_unaltered, proven_approvers
from opsctl.core.canonical import JSON
from opsctl.core.context import Context
from opsctl.core.errors import (
    ActionFailed,
    CancelRequested,
    Conflict,
    Denied,
    LeaseLost,
    OpsctlError,
    StoreUnusable,
    Undecided,
    Unreachable,
)
from opsctl.core.events import Event, Finished, LeftRunning, Locked, events_of
from opsctl.core.gate import gate_for, pass_on
from opsctl.core.journal import Entry
from opsctl.core.lease import Lease, is_held
from opsctl.core.operation import FINAL, Operation, State, check_arrow
from opsctl.core.recovery import ask_cancel, close, recover, what_is_true
from opsctl.core.steps import drive
from opsctl.core.store import Lock, Transaction
from opsctl.core.transition import move, outcome


def run(context: Context, operation: str) -> Iterator[Event]:
    """Carry out an approved operation; ends in `Finished`, in a question when its plan changed, or in `LeftRunning`.

    What its failure causes is told before its own outcome, which is the last event.
    Does nothing where it is not approved, or another process has taken it. Raises Undecided where it is interrupted
    while it waits for the lock, and LeaseLost where another process took the operation over.
    """
    approved = yield from _acquire(context, operation)
    if approved is None:
        return
    failed: Finished | None = None
    try:
        with Lease(context, approved) as lease:
            ready = yield from _plan_again(context, approved)
            for event in _carry_out(context, ready, lease) if ready is not None else ():
                if isinstance(event, Finished) and event.state is State.FAILED and event.left:
                    failed = event
                else:
                    yield event
    except Conflict:
        yield from ended_by_others(context, operation)
    if failed is not None:
        from opsctl.core.remedy import remedied  # which carries out what it asks for by this file

        yield (yield from remedied(context, failed))


def _acquire(context: Context, operation: str) -> Generator[Event, None, Operation | None]:
    told: str | None = None
    noted: Event | None = None
    while True:
        taken, lock, expired = context.store.write(lambda tx: _try_lock(context, tx, operation))
        if expired is not None:
            yield from events_of(expired)
        if taken is None or lock is None:
            return taken
        if lock.is_over:
            for found in recover(context, lock.operation):
                if found != noted:
                    noted = found
                    yield found
        elif lock.operation == taken.overrides:
            # Asked until it is heard: an operation that holds its lock may not have started yet.
            yield from _ask_to_make_way(context, taken, lock)
        elif lock.operation != told:
            told = lock.operation
            yield from _told_of(context, taken, lock)
        _pause(context, operation)


def _try_lock(context: Context, tx: Transaction, operation: str) -> tuple[Operation | None, Lock | None, Entry | None]:
    now = tx.operation(operation)
    if now is not None:
        check_unaltered(now, tx.entries(operation))
    if now is None or now.state is not State.APPROVED:
        return None, None, None
    if now.deadline and tx.has_passed(now.deadline):
        facts = outcome(now, State.EXPIRED, by="", reason="not_run_in_time")
        return None, None, move(tx, now, State.EXPIRED, facts)[1]
    lock = tx.lock(now.lock)
    if lock is not None and lock.operation == operation and lock.holder != context.holder:
        if not lock.is_over:
            return None, None, None
        tx.release(now.lock, operation)
        lock = None
    if lock is None or lock.operation == operation:
        tx.take(now.lock, operation, context.holder, context.lease_seconds)
        return now, None, None
    return now, lock, None


def _ask_to_make_way(context: Context, operation: Operation, lock: Lock) -> Iterator[Event]:
    entries = context.store.entries(lock.operation)
    if not any(entry.kind == "cancel_asked" for entry in entries):
        entry = ask_cancel(context, lock.operation, operation.person, f"overridden by {operation.id}")
        yield from events_of(entry) if entry else ()


def _told_of(context: Context, operation: Operation, lock: Lock) -> Iterator[Event]:
    other = context.store.operation(lock.operation)
    if other is not None:
        yield Locked(operation.id, other.id, other.command, other.person, _started_at(context, other))


def _started_at(context: Context, operation: Operation) -> datetime:
    entries = context.store.entries(operation.id)
    at = next((entry.at for entry in entries if entry.kind == State.RUNNING), None)
    return datetime.fromisoformat(at) if at else operation.requested_at


def _pause(context: Context, operation: str) -> None:
    if context.interruption.wait(context.poll_seconds):
        raise Undecided(
            f"{operation} is approved and waits for its turn.",
            means="It stands: nothing was changed, and it may still be run until it expires.",
            do=f"Go on: opsctl run {operation}   Give it up: opsctl cancel {operation}",
        )


def _plan_again(context: Context, operation: Operation) -> Generator[Event, None, Operation | None]:
    assert operation.plan is not None
    was = operation.plan
    try:
        site = context.site(operation)
        change, entitled = context.change(operation, site), context.entitled()
        gate = gate_for(site, entitled, operation.id, operation.command, operation.person, change)
    except OpsctlError as error:
        to = State.DENIED if isinstance(error, Denied) else State.FAILED
        facts = outcome(operation, to, by="", error=error)
        yield from events_of(context.store.write(lambda tx: move(tx, operation, to, facts)[1]))
        return None
    if gate.plan.digest == was.digest:
        return operation

    def work(tx: Transaction) -> tuple[Operation, Entry]:
        after, entry = pass_on(context, tx, operation, gate, was)
        if after.state is not State.APPROVED:
            tx.release(after.lock, after.id)
        return after, entry

    after, entry = context.store.write(work)
    yield from events_of(entry)
    return after if after.state is State.APPROVED else None


def _carry_out(context: Context, operation: Operation, lease: Lease) -> Iterator[Event]:
    running, entry = context.store.write(lambda tx: _start(context, tx, operation, lease))
    yield from events_of(entry)
    try:
        yield from _to_its_end(context, running, lease)
    except StoreUnusable as error:
        raise StoreUnusable(
            error.happened,
            means=f"{running.id} stands as running, and what it did so far stays: the next command finds out how far it"
            " came, and closes it.",
            do=error.do,
            reason=error.reason,
        ) from error


def _to_its_end(context: Context, running: Operation, lease: Lease) -> Iterator[Event]:
    finish = partial(close, context, running, since=time.monotonic())
    try:
        yield from drive(context, running, lease)
    except (LeaseLost, StoreUnusable):
        # Nobody knows how far it came, or it can't be written down: the next to come asks the platform, and closes it.
        raise
    except CancelRequested as cancelled:
        reason = cancelled.because or "cancelled"
        yield from events_of(finish(State.CANCELLED, by=cancelled.by, reason=reason, error=_not_put_back(cancelled)))
    except Unreachable as error:
        yield from _after_lost_answer(context, running, error, finish)
    except OpsctlError as error:
        yield from events_of(finish(State.FAILED, error=error))
    else:
        yield from events_of(finish(State.SUCCEEDED))


def _not_put_back(cancelled: CancelRequested) -> ActionFailed | None:
    if not cancelled.left:
        return None
    return ActionFailed("It was stopped; not all that it had changed could be put back.", left=cancelled.left)


def _start(context: Context, tx: Transaction, operation: Operation, lease: Lease) -> tuple[Operation, Entry]:
    assert operation.plan is not None
    now = tx.operation(operation.id)
    if now is not None:
        check_arrow(now.id, now.state, State.RUNNING)
    if not is_held(context, tx, operation):
        raise lease.lost("It ran out before it was started, and the lock may be somebody else's now.")
    by = proven_approvers(operation, tx.entries(operation.id))
    facts: dict[str, JSON] = {
        "plan": operation.plan.as_json(),
        "executed_by": context.executed_by,
        "by": list(by),
    }
    return move(tx, operation, State.RUNNING, facts, executed_by=context.executed_by)


def _after_lost_answer(
    context: Context, operation: Operation, error: Unreachable, finish: Callable[..., Entry]
) -> Iterator[Event]:
    """A call that was sent and not answered is never repeated: the platform is asked what is true."""
    try:
        holds = what_is_true(context, operation)
    except (Unreachable, Undecided):
        yield LeftRunning(operation.id, error.happened)
        return
    if holds:
        yield from events_of(finish(State.SUCCEEDED, reason="answer_lost"))
    else:
        yield from events_of(finish(State.FAILED, error=error))


def ended_by_others(context: Context, operation: str) -> Iterator[Event]:
    """How it ended, where somebody else was faster: cancelled just before it started, or closed while this was late."""
    for entry in context.store.entries(operation):
        if entry.kind in FINAL:
            yield from events_of(entry)
