"""Driving a running change from one outside call to the next, with the right to act checked before each."""

from collections.abc import Callable, Iterator
from functools import partial

from opsctl.core.canonical import JSON
from opsctl.core.context import Context
from opsctl.core.errors import ActionFailed, CancelRequested, LeaseLost
from opsctl.core.events import Event, events_of
from opsctl.core.journal import Entry
from opsctl.core.lease import Lease
from opsctl.core.operation import Operation
from opsctl.core.plan import Plan
from opsctl.core.ports import Cause, Progress
from opsctl.core.recovery import ask_cancel
from opsctl.core.site import Site
from opsctl.core.store import Transaction
from opsctl.core.transition import note


def drive(context: Context, operation: Operation, lease: Lease) -> Iterator[Event]:
    """Carry out the plan of a running operation, journalling each new step.

    Raises what ended it before it was done: CancelRequested once it was put back, LeaseLost at once, or any error of
    the platform.
    """
    assert operation.plan is not None
    cause = Cause(operation.id, operation.person)
    site = context.site(operation)
    _check_still_planned(operation, operation.plan, site)
    steps = context.change(operation, site).execute(site, operation.plan, cause)
    told: Progress | None = None
    is_cancelled = False
    go_on: Callable[[], Progress] = partial(next, steps)
    while True:
        try:
            progress = go_on()
        except StopIteration:
            return
        lost: LeaseLost | None = None
        if progress != told:
            told = progress
            entry, lost = context.store.write(partial(_journal, context, operation, progress, lease))
            yield from events_of(entry) if entry else ()
        if context.interruption.is_asked and not is_cancelled:
            asked = ask_cancel(context, operation.id, context.executed_by, context.interruption.reason)
            yield from events_of(asked) if asked else ()
        trouble = lost or (lease.loss() if is_cancelled else lease.trouble())
        is_cancelled = is_cancelled or isinstance(trouble, CancelRequested)
        go_on = partial(steps.throw, trouble) if trouble else partial(next, steps)


def _check_still_planned(operation: Operation, plan: Plan, site: Site) -> None:
    """The site may have been published anew since the plan was made again: another one was not agreed to."""
    assert plan.rule is not None
    now = plan.under(plan.rule, operation=operation.id, command=operation.command, site=site.digest)
    if now.digest != plan.digest:
        raise ActionFailed(
            f"The site was published anew just as {operation.id} began.",
            means="What was agreed to may not be what would run now. Nothing was changed.",
            do="Ask for it again.",
            reason="site_changed",
        )


def _journal(
    context: Context, operation: Operation, progress: Progress, lease: Lease, tx: Transaction
) -> tuple[Entry | None, LeaseLost | None]:
    lock = tx.lock(operation.lock)
    if lock is None or lock.operation != operation.id or lock.holder != context.holder or lock.is_over:
        return None, lease.lost("It ran out, and the lock may be somebody else's now.")
    facts: dict[str, JSON] = {
        "step": progress.step,
        "done": progress.done,
        "of": progress.of,
        "detail": progress.detail,
    }
    if progress.process:
        facts["process"] = progress.process
    return note(tx, operation, "step", facts), None
