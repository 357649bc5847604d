"""A change on its way from its request to where nothing stands in its way: record, plan, rule, confirm.

execution.py goes on from there.
"""

from collections.abc import Iterator

from opsctl.core.approval import check_unaltered
from opsctl.core.canonical import JSON
from opsctl.core.command import Change
from opsctl.core.context import Context
from opsctl.core.errors import Conflict, Denied, OpsctlError, Undecided
from opsctl.core.events import (
    AwaitingApproval,
    AwaitingConfirmation,
    Event,
    Finished,
    LeftRunning,
    Planned,
    events_of,
)
from opsctl.core.execution import ended_by_others, run
from opsctl.core.gate import enter, gate_for
from opsctl.core.identity import TERMINAL, Caller
from opsctl.core.journal import Entry
from opsctl.core.operation import Operation, State
from opsctl.core.recovery import take_up
from opsctl.core.request import Request
from opsctl.core.store import Transaction
from opsctl.core.telling import request_facts
from opsctl.core.transition import move, outcome


def admit(context: Context, request: Request, change: Change) -> Iterator[Event]:
    """Record a change and take it as far as it goes without anybody else; ends as `engine.ask` says."""
    operation = _operation(context, request, change)
    yield from events_of(_record(context, operation))
    yield from take_up(context)
    try:
        site, entitled = context.site(operation), context.entitled()
        gate = gate_for(site, entitled, operation.id, request.text, operation.person, change)
    except OpsctlError as error:
        to = State.DENIED if isinstance(error, Denied) else State.FAILED
        facts = outcome(operation, to, by="", error=error)
        yield from events_of(context.store.write(lambda tx: move(tx, operation, to, facts)[1]))
        return
    after, entry = context.store.write(lambda tx: enter(context, tx, operation, gate))
    yield from events_of(entry)
    if after.state is State.APPROVED:
        yield from _carried_out(context, operation.id)


def dry_run(context: Context, request: Request, change: Change) -> Iterator[Event]:
    """What a change would come to: its plan under its rule. Raises any OpsctlError of the plan, and Denied."""
    site = context.site(_operation(context, request, change))
    gate = gate_for(site, context.entitled(), request.id, request.text, request.caller.handle, change)
    yield Planned(gate.plan, gate.approvers, gate.to)


def confirm(context: Context, operation: str, caller: Caller, plan: str = "", request: str = "") -> Iterator[Event]:
    """The requester confirms; the operation runs.

    `plan` is the digest that was seen, empty for the plan as it is now; `request` the id under which the answer came,
    where it has one. Raises Denied for anybody else, Conflict where it waits no more or is another plan by now.
    """

    def work(tx: Transaction) -> tuple[Operation, Entry]:
        now = _unconfirmed(tx, operation, caller, plan)
        if now.deadline and tx.has_passed(now.deadline):
            return move(tx, now, State.EXPIRED, outcome(now, State.EXPIRED, by="", reason="not_confirmed_in_time"))
        assert now.plan is not None
        asked = next(e for e in reversed(tx.entries(operation)) if e.kind == State.AWAITING_CONFIRMATION)
        facts: dict[str, JSON] = {
            "plan": now.plan.as_json(),
            "site": asked.facts["site"],
            "by": [],
            "confirmed_by": caller.handle,
            "request": request,
        }
        return move(tx, now, State.APPROVED, facts, deadline=tx.deadline(context.approval_seconds))

    after, entry = context.store.write(work)
    yield from events_of(entry)
    if after.state is State.APPROVED:
        yield from _carried_out(context, operation)


def decline(
    context: Context, operation: str, caller: Caller, reason: str = "not_confirmed", request: str = ""
) -> Iterator[Event]:
    """The requester does not confirm; the operation is cancelled. Raises as `confirm` does."""

    def work(tx: Transaction) -> Entry:
        now = _unconfirmed(tx, operation, caller)
        facts = outcome(now, State.CANCELLED, by=caller.handle, reason=reason) | {"exit_code": 2, "request": request}
        return move(tx, now, State.CANCELLED, facts)[1]

    yield from events_of(context.store.write(work))


def _carried_out(context: Context, operation: str) -> Iterator[Event]:
    """Carry it out, or tell how it ended where another process did. Raises Undecided where that is still at it."""
    last: Event | None = None
    for event in run(context, operation):
        last = event
        yield event
    if last is None:
        for event in ended_by_others(context, operation):
            last = event
            yield event
    if not isinstance(last, Finished | AwaitingApproval | AwaitingConfirmation | LeftRunning):
        raise Undecided(
            f"{operation} is carried out by another process.",
            means="It goes on without this one.",
            do=f"See what becomes of it: opsctl run {operation}",
        )


def _unconfirmed(tx: Transaction, operation: str, caller: Caller, plan: str = "") -> Operation:
    now = tx.operation(operation)
    if now is not None:
        check_unaltered(now, tx.entries(operation))
    if now is None or now.state is not State.AWAITING_CONFIRMATION:
        raise Conflict(
            f"{operation} does not wait for confirmation any more.",
            means="Nothing was changed by this answer.",
            do=f"See what became of it: opsctl operations {operation}",
        )
    if now.person != caller.handle:
        raise Denied(
            f"Only {now.person}, who asked for {operation}, can confirm it.",
            means="Nothing was changed.",
            do="Make the request yourself, if you want it.",
            reason="not_the_requester",
        )
    if plan and now.plan is not None and now.plan.digest != plan:
        raise Conflict(
            f"The plan of {operation} is not the one you saw.",
            means="Nothing was changed by this answer; it still waits.",
            do="Answer the newest question about it.",
            reason="plan_changed",
        )
    return now


def _operation(context: Context, request: Request, change: Change) -> Operation:
    service, environment = change.place
    is_typed_in_chat = request.caller.channel != TERMINAL
    return Operation(
        id=request.id,
        command=request.text,
        person=request.caller.handle,
        origin=request.caller.origin.value,
        channel=request.caller.channel if is_typed_in_chat else context.published().channel_for(environment),
        service=service,
        environment=environment,
        state=State.REQUESTED,
        requested_at=request.at,
        holder=context.holder,
        lock=change.lock(request.id),
        caused_by=request.caused_by,
    )


def _record(context: Context, operation: Operation) -> Entry:
    def work(tx: Transaction) -> Entry:
        entry = tx.append(operation.id, State.REQUESTED.value, request_facts(operation))
        tx.insert(operation)
        tx.announce(operation.id, operation.channel, {"kind": State.REQUESTED.value, "seq": entry.seq})
        return entry

    return context.store.write(work)
