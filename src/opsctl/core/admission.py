"""A change on its way from its request to where nothing stands in its way: record, plan, rule, confirm.

execution.py goes on from there.
"""

from collections.abc import Iterator

from opsctl.core.approval import check_unaltered
from opsctl.core.canonical import JSON
from opsctl.core.command import Change
from opsctl.core.context import Context
from opsctl.core.errors import Conflict, Denied, OpsctlError
from opsctl.core.events import Event, Planned, events_of
from opsctl.core.execution import run
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
    operation, entry = _record(context, request, change)
    yield from events_of(entry)
    yield from take_up(context)
    try:
        gate = gate_for(context.site(operation), operation.id, request.text, operation.person, change)
    except OpsctlError as error:
        to = State.DENIED if isinstance(error, Denied) else State.FAILED
        facts = outcome(operation, to, by="", error=error)
        yield from events_of(context.store.write(lambda tx: move(tx, operation, to, facts)[1]))
        return
    after, entry = context.store.write(lambda tx: enter(context, tx, operation, gate))
    yield from events_of(entry)
    if after.state is State.APPROVED:
        yield from run(context, operation.id)


def dry_run(context: Context, request: Request, change: Change) -> Iterator[Event]:
    """What a change would come to: its plan under its rule. Raises any OpsctlError of the plan, and Denied."""
    gate = gate_for(context.site(), request.id, request.text, request.caller.handle, change)
    yield Planned(gate.plan, gate.approvers, gate.to)


def confirm(context: Context, operation: str, caller: Caller) -> Iterator[Event]:
    """The requester confirms; the operation runs. Raises Denied for anybody else, Conflict where it waits no more."""

    def work(tx: Transaction) -> tuple[Operation, Entry]:
        now = _unconfirmed(tx, operation, caller)
        if now.deadline and tx.has_passed(now.deadline):
            return move(tx, now, State.EXPIRED, outcome(now, State.EXPIRED, by="", reason="not_confirmed_in_time"))
        assert now.plan is not None
        asked = next(e for e in reversed(tx.entries(operation)) if e.kind == State.AWAITING_CONFIRMATION)
        facts: dict[str, JSON] = {
            "plan": now.plan.as_json(),
            "site": asked.facts["site"],
            "by": [],
            "confirmed_by": caller.handle,
        }
        return move(tx, now, State.APPROVED, facts, deadline=tx.deadline(context.approval_seconds))

    after, entry = context.store.write(work)
    yield from events_of(entry)
    if after.state is State.APPROVED:
        yield from run(context, operation)


def decline(context: Context, operation: str, caller: Caller, reason: str = "not_confirmed") -> Iterator[Event]:
    """The requester does not confirm; the operation is cancelled. Raises as `confirm` does."""

    def work(tx: Transaction) -> Entry:
        now = _unconfirmed(tx, operation, caller)
        facts = outcome(now, State.CANCELLED, by=caller.handle, reason=reason) | {"exit_code": 2}
        return move(tx, now, State.CANCELLED, facts)[1]

    yield from events_of(context.store.write(work))


def _unconfirmed(tx: Transaction, operation: str, caller: Caller) -> Operation:
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
    return now


def _record(context: Context, request: Request, change: Change) -> tuple[Operation, Entry]:
    service, environment = change.place
    is_typed_in_chat = request.caller.channel != TERMINAL
    operation = Operation(
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
    )

    def work(tx: Transaction) -> tuple[Operation, Entry]:
        entry = tx.append(operation.id, State.REQUESTED.value, request_facts(operation))
        tx.insert(operation)
        tx.announce(operation.id, operation.channel, {"kind": State.REQUESTED.value, "seq": entry.seq})
        return operation, entry

    return context.store.write(work)
