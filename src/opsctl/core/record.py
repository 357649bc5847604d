"""The audit record of one command, folded from its journal entries, in the published shape."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypedDict

from opsctl.core.approval import tally
from opsctl.core.journal import Entry
from opsctl.core.operation import FINAL, State
from opsctl.core.plan import Plan
from opsctl.core.request import ANSWERED
from opsctl.core.transition import RESULTS


class Record(TypedDict):
    """The published shape. The first seven keys come first, in this order; more may be added behind the last."""

    timestamp: str
    user: str
    command: str
    approved_by: str | None
    result: str
    duration_seconds: int
    channel: str
    id: str
    origin: str
    executed_by: str | None
    reason: str
    error: str
    caused_by: str | None
    hash: str


def record_of(entries: Sequence[Entry]) -> Record | None:
    """The record of the command whose entries these are, oldest first; None while it has no outcome."""
    if not entries:
        return None
    last = entries[-1]
    if last.kind == ANSWERED:
        return _of_answered(last)
    final = next((entry for entry in reversed(entries) if entry.kind in FINAL), None)
    return _of_operation(entries, final) if final else None


def _of_answered(entry: Entry) -> Record:
    facts = entry.facts
    return Record(
        timestamp=_seconds(facts["at"]),
        user=facts["person"],
        command=facts["command"],
        approved_by=None,
        result=facts["result"],
        duration_seconds=0,
        channel=facts["channel"],
        id=entry.operation,
        origin=facts["origin"],
        executed_by=None,
        reason=facts["reason"],
        error=facts["error"],
        caused_by=None,
        hash=entry.hash,
    )


def _of_operation(entries: Sequence[Entry], final: Entry) -> Record:
    facts = final.facts
    requested = entries[0].facts
    running = next((entry.facts for entry in entries if entry.kind == State.RUNNING), None)
    approved_by = running["by"] if running else _yes_to_the_last_plan(entries)
    state = State(final.kind)
    return Record(
        timestamp=_seconds(requested["at"]),
        user=requested["person"],
        command=requested["command"],
        approved_by=", ".join(approved_by) or None,
        result=RESULTS.get(state, state.value),
        duration_seconds=facts["duration_seconds"],
        channel=requested["channel"],
        id=final.operation,
        origin=requested["origin"],
        executed_by=running["executed_by"] if running else None,
        reason=facts["reason"],
        error=" ".join(part for part in (facts["happened"], facts["means"], facts["left"]) if part),
        caused_by=requested.get("caused_by"),
        hash=final.hash,
    )


def _yes_to_the_last_plan(entries: Sequence[Entry]) -> tuple[str, ...]:
    plan = next((entry.facts["plan"] for entry in reversed(entries) if "plan" in entry.facts), None)
    return tally(entries, Plan.from_json(plan), entries[0].facts["person"]).yes if plan else ()


def _seconds(at: str) -> str:
    return datetime.fromisoformat(at).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
