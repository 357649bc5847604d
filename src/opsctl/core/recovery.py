"""Taking up what others left: a process that died, a lid that was closed, a deadline that passed.

Nothing here runs an operation again. It asks the platform what is true and closes the operation as what happened.
"""

import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from datetime import datetime

from opsctl.core.context import Context
from opsctl.core.errors import ActionFailed, Conflict, OpsctlError, StoreUnusable, Undecided, UsageError
from opsctl.core.facts import Note
from opsctl.core.holder import Holder, living, what_became_of
from opsctl.core.journal import Entry
from opsctl.core.lease import Lease, is_held
from opsctl.core.operation import STANDING, Operation, State
from opsctl.core.store import Transaction
from opsctl.core.transition import move, note, outcome

GRACE_SECONDS = 10.0
"""How long a program that is ended may take to put things in order."""


def take_up(context: Context) -> Iterator[Note]:
    """Close what nobody serves any more; yields a note for each, also for what cannot be closed now."""
    unfinished = (*STANDING, State.REQUESTED, State.RUNNING)
    try:
        over = {lock.operation for lock in context.store.locks() if lock.is_over}
        for operation in sorted(over):
            yield from recover(context, operation)
        for left in context.store.operations(states=unfinished, limit=None):
            if left.state is not State.RUNNING or left.id not in over:
                yield from take_up_one(context, left)
    except StoreUnusable as error:
        # Who only reads is answered all the same; a change meets this error itself, before anything is changed.
        yield Note(error.happened, means="What others left open could not be closed.", do=error.do)


def take_up_one(context: Context, operation: Operation) -> Iterator[Note]:
    """Close one operation, where nobody serves it any more."""
    if operation.state is State.RUNNING:
        yield from recover(context, operation.id)
    elif operation.state is State.REQUESTED:
        yield from _close_where_dead(context, operation)
    elif operation.state in STANDING:
        yield from _expire_where_overdue(context, operation)


def recover(context: Context, operation: str) -> Iterator[Note]:
    """Close an operation whose lease is over as what the platform says happened; does nothing while it is held.

    The lock stays, and the note says so, where the platform is out of reach. A lock that was taken for an operation
    that never started is only given back.
    """
    held = next((lock for lock in context.store.locks() if lock.operation == operation), None)
    if held is not None and not held.is_over:
        return
    holder = held.holder if held else ""
    abandoned = context.store.write(lambda tx: _take_over(context, tx, operation))
    if abandoned is None:
        return
    try:
        with Lease(context, abandoned):
            if (yield from _cancelled(context, abandoned)):
                return
            holds = what_is_true(context, abandoned)
    except StoreUnusable:
        raise
    except OpsctlError as error:
        context.store.write(lambda tx: _give_back(context, tx, abandoned, holder))
        yield Note(
            _left(abandoned, holder),
            means=f"What became of it can't be found out now: {error.happened} Its lock stays.",
            do=_once_mended(operation, error, living(holder)),
        )
        return
    died = _died(abandoned, holds)
    state = State.SUCCEEDED if holds else State.INTERRUPTED
    with suppress(Conflict):  # its process was not gone, only late, and has closed it meanwhile
        close(context, abandoned, state, error=None if holds else died, reason=died.reason, recovered=True)
        yield Note(_left(abandoned, holder), died.means)


def _left(operation: Operation, holder: str) -> str:
    return f"{operation.id} ({operation.command}) was left running: its process {what_became_of(holder)}."


def _once_mended(operation: str, error: OpsctlError, pid: int | None) -> str:
    if pid:
        return f"Wake it (kill -CONT {pid}) or end it (kill -KILL {pid}), then: opsctl run {operation}"
    return (error.do if isinstance(error, Undecided) else "") or f"When that is mended: opsctl run {operation}"


def _give_back(context: Context, tx: Transaction, operation: Operation, holder: str) -> None:
    """In the name of who had it, with a lease of no length: the lock stays, and whoever comes next may look at once."""
    if is_held(context, tx, operation):
        tx.release(operation.lock, operation.id)
        tx.take(operation.lock, operation.id, holder or context.holder, 0)


def _take_over(context: Context, tx: Transaction, operation: str) -> Operation | None:
    now = tx.operation(operation)
    if now is None:
        return None
    lock = tx.lock(now.lock)
    if lock is not None and (lock.operation != operation or not lock.is_over):
        return None
    tx.release(now.lock, operation)
    if now.state is not State.RUNNING:
        return None
    tx.take(now.lock, operation, context.holder, context.lease_seconds)
    return now


def _cancelled(context: Context, operation: Operation) -> Generator[Note, None, bool]:
    """End what a dead process left at work, where somebody asked to cancel it; whether that closed the operation."""
    entries = context.store.entries(operation.id)
    asked = next((entry.facts for entry in entries if entry.kind == "cancel_asked"), None)
    from opsctl.core.left_behind import end, left_behind  # every read comes by this file, and few by here

    leader = left_behind(entries) if asked else None
    if asked is None or leader is None:
        return False
    end(operation.id, leader, GRACE_SECONDS)
    ended = ActionFailed(
        f"The program that {operation.id} ran was ended; the process that had started it was gone.",
        left="whatever it did before it ended",
    )
    close(context, operation, State.CANCELLED, by=asked["person"], reason=asked["reason"] or "cancelled", error=ended)
    yield Note(ended.happened, ended.means)
    return True


def what_is_true(context: Context, operation: Operation) -> bool | None:
    """Whether what a running operation wanted is true, asked from its platform once that is idle.

    None where nobody can tell, also since the site knows its command no longer. Raises Unreachable, and Undecided
    where a program that it started is still at work, where the platform is not idle soon, or where this process is
    told to stop waiting.
    """
    assert operation.plan is not None
    from opsctl.core.left_behind import left_behind, still_at_work

    leader = left_behind(context.store.entries(operation.id))
    if leader is not None:
        raise still_at_work(operation.id, leader)
    site = context.site(operation)
    if operation.service and operation.environment:
        deployer = site.deployer(operation.service, operation.environment)
        # Without a fencing token, a call of the dead process may still be at work on the platform's side.
        give_up_at = time.monotonic() + context.patience_seconds
        while deployer.state().is_busy:
            if context.interruption.wait(context.poll_seconds) or time.monotonic() > give_up_at:
                raise Undecided(f"The platform of {operation.id} is still at work.")
    try:
        change = context.change(operation, site)
    except UsageError:
        return None
    from opsctl.core.ports import Cause  # nothing was left behind for most who look

    return change.holds(site, operation.plan, Cause(operation.id, operation.person))


def _died(operation: Operation, holds: bool | None) -> ActionFailed:
    found = {
        True: "The platform shows that it was carried out to its end.",
        False: "The platform shows that it was not carried out to its end.",
        None: "The platform can't tell how far it came.",
    }[holds]
    return ActionFailed(
        f"The process that carried out {operation.id} died.",
        means=found,
        do="Look at what is there (opsctl status), then ask for the change again if you still want it.",
        reason="outcome_unknown" if holds is None else "process_died",
    )


def _close_where_dead(context: Context, operation: Operation) -> Iterator[Note]:
    holder = Holder.parse(operation.holder)
    if holder is None or not holder.is_dead():
        return
    died = ActionFailed(
        "The process that asked for it died before it could be planned.",
        means="Nothing was changed.",
        do="Ask for the change again if you still want it.",
        reason="process_died",
    )
    facts = outcome(operation, State.INTERRUPTED, by="", error=died)
    with suppress(Conflict):
        context.store.write(lambda tx: move(tx, operation, State.INTERRUPTED, facts))
        yield Note(f"{operation.id} ({operation.command}) never got a plan: its process died.", died.means)


def _expire_where_overdue(context: Context, operation: Operation) -> Iterator[Note]:
    if operation.deadline is None or not context.store.has_passed(operation.deadline):
        return  # so whoever looks need not write
    waited_for = {
        State.AWAITING_CONFIRMATION: "not_confirmed_in_time",
        State.AWAITING_APPROVAL: "not_approved_in_time",
        State.APPROVED: "not_run_in_time",
    }[operation.state]

    def work(tx: Transaction) -> bool:
        now = tx.operation(operation.id)
        if now is None or now.state is not operation.state or now.deadline is None or not tx.has_passed(now.deadline):
            return False
        move(tx, now, State.EXPIRED, outcome(now, State.EXPIRED, by="", reason=waited_for))
        return True

    if context.store.write(work):
        yield Note(f"{operation.id} ({operation.command}) expired: {waited_for.replace('_', ' ')}.")


def close(
    context: Context,
    operation: Operation,
    state: State,
    *,
    by: str = "",
    reason: str = "",
    error: OpsctlError | None = None,
    since: float | None = None,
    recovered: bool = False,
) -> Entry:
    """End a running operation; returns its last entry.

    `since` is when it started on time.monotonic(), None where another process did. Raises Conflict where another
    process has closed it.
    """
    # A dashboard shows what runs somewhere.
    known = context.published().services.get(operation.service or "") if operation.environment else None

    def work(tx: Transaction) -> Entry:
        duration = time.monotonic() - since if since is not None else _elapsed(tx, operation)
        facts = outcome(
            operation,
            state,
            by=by,
            error=error,
            reason=reason,
            duration_seconds=max(0, round(duration)),
            dashboard=(known.dashboard or "") if known else "",
            recovered=recovered,
        )
        return move(tx, operation, state, facts)[1]

    return context.store.write(work)


def ask_cancel(context: Context, operation: str, person: str, because: str) -> Entry | None:
    """Ask the process that runs an operation to cancel it; returns the entry that asks, None where it runs no more."""

    def work(tx: Transaction) -> Entry | None:
        now = tx.operation(operation)
        if now is None or now.state is not State.RUNNING:
            return None
        return note(tx, now, "cancel_asked", {"person": person, "reason": because})

    return context.store.write(work)


def _elapsed(tx: Transaction, operation: Operation) -> float:
    started = next((entry.at for entry in tx.entries(operation.id) if entry.kind == State.RUNNING), None)
    return (tx.now - datetime.fromisoformat(started)).total_seconds() if started else 0.0
