"""An operation as its journal tells it. That decides; the row that a store keeps of it only serves to find it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from opsctl.core.canonical import JSON
from opsctl.core.errors import StoreUnusable
from opsctl.core.journal import Entry
from opsctl.core.operation import ARROWS, Deadline, Operation, State
from opsctl.core.plan import Plan

STATES = frozenset(state.value for state in State)
"""The kinds of the entries that `told` needs."""

_BEGINNING = frozenset({State.REQUESTED})


def request_facts(operation: Operation) -> dict[str, JSON]:
    """The body of an operation's first entry; `told` reads it back."""
    facts: dict[str, JSON] = {
        "at": operation.requested_at.isoformat(),
        "command": operation.command,
        "person": operation.person,
        "origin": operation.origin,
        "channel": operation.channel,
        "service": operation.service,
        "environment": operation.environment,
        "lock": operation.lock,
        "holder": operation.holder,
    }
    if operation.caused_by:
        facts["caused_by"] = operation.caused_by
    return facts


def deadline_facts(deadline: Deadline | None) -> dict[str, JSON]:
    """What an entry says of the deadline of the state that it leads to."""
    return {"until": deadline.at.isoformat(), "mark": deadline.mark} if deadline else {}


def told(entries: Iterable[Entry]) -> Operation | None:
    """The operation whose entries these are, oldest first; only those that lead to a state are needed. None for none.

    Raises StoreUnusable where an entry is not what its hash says, or no arrow leads to what it tells.
    """
    operation: Operation | None = None
    for entry in entries:
        if entry.kind not in STATES:
            continue
        if not entry.is_whole:
            raise distrusted(entry.operation, f"journal entry {entry.seq} was changed after it was written")
        to = State(entry.kind)
        if to not in (ARROWS[operation.state] if operation else _BEGINNING):
            now = f"it is {_words(operation.state)}" if operation else "nobody asked for it"
            raise distrusted(entry.operation, f"journal entry {entry.seq} makes it {_words(to)}, but {now}")
        operation = _after(operation, to, entry.facts) if operation else _requested(entry.operation, entry.facts)
    return operation


def distrusted(operation: str, why: str) -> StoreUnusable:
    """The error for an operation that is not what it was."""
    return StoreUnusable(
        f"{operation} can't be trusted: {why}.",
        means="Nothing was changed.",
        do=f"See what else does not hold: opsctl audit verify   Give it up: opsctl cancel {operation}",
        reason="journal_distrusted",
    )


def _requested(operation: str, facts: dict[str, Any]) -> Operation:
    return Operation(
        id=operation,
        command=facts["command"],
        person=facts["person"],
        origin=facts["origin"],
        channel=facts["channel"],
        service=facts["service"],
        environment=facts["environment"],
        state=State.REQUESTED,
        requested_at=datetime.fromisoformat(facts["at"]),
        holder=facts["holder"],
        caused_by=facts.get("caused_by"),
        # Entries of earlier versions do not say it: an operation locked what it changes.
        lock=facts.get("lock") or f"{facts['service'] or ''}/{facts['environment'] or ''}",
    )


def _after(operation: Operation, to: State, facts: dict[str, Any]) -> Operation:
    plan = Plan.from_json(facts["plan"]) if "plan" in facts else operation.plan
    return replace(
        operation,
        state=to,
        plan=plan,
        overrides=plan.overrides if plan else None,
        deadline=Deadline(facts["mark"], datetime.fromisoformat(facts["until"])) if "until" in facts else None,
        executed_by=facts.get("executed_by", operation.executed_by),
    )


def _words(state: State) -> str:
    return state.replace("_", " ")
