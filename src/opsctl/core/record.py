"""The audit record of one command, folded from its journal entries, in the published shape."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from opsctl.core.approval import tally
from opsctl.core.canonical import JSON
from opsctl.core.journal import Entry
from opsctl.core.operation import FINAL, State
from opsctl.core.plan import Plan
from opsctl.core.request import ANSWERED
from opsctl.core.transition import RESULTS


def record_of(entries: Sequence[Entry]) -> dict[str, JSON] | None:
    """The record of the command whose entries these are, oldest first; None while it has no outcome.

    The seven keys of the published shape come first, in its order.
    """
    if not entries:
        return None
    last = entries[-1]
    if last.kind == ANSWERED:
        return _of_answered(last)
    final = next((entry for entry in reversed(entries) if entry.kind in FINAL), None)
    return _of_operation(entries, final) if final else None


def _of_answered(entry: Entry) -> dict[str, JSON]:
    facts = entry.facts
    return _shaped(
        facts,
        approved_by=None,
        result=facts["result"],
        duration_seconds=0,
        id=entry.operation,
        origin=facts["origin"],
        executed_by=None,
        reason=facts["reason"],
        error=facts["error"],
        caused_by=None,
        hash=entry.hash,
    )


def _of_operation(entries: Sequence[Entry], final: Entry) -> dict[str, JSON]:
    facts = final.facts
    requested = entries[0].facts
    running = next((entry.facts for entry in entries if entry.kind == State.RUNNING), None)
    approved_by = running["by"] if running else _yes_to_the_last_plan(entries)
    state = State(final.kind)
    error = " ".join(part for part in (facts["happened"], facts["means"], facts["left"]) if part)
    return _shaped(
        requested,
        approved_by=", ".join(approved_by) or None,
        result=RESULTS.get(state, state.value),
        duration_seconds=facts["duration_seconds"],
        id=final.operation,
        origin=requested["origin"],
        executed_by=running["executed_by"] if running else None,
        reason=facts["reason"],
        error=error,
        caused_by=requested.get("caused_by"),
        hash=final.hash,
    )


def _yes_to_the_last_plan(entries: Sequence[Entry]) -> tuple[str, ...]:
    plan = next((entry.facts["plan"] for entry in reversed(entries) if "plan" in entry.facts), None)
    return tally(entries, Plan.from_json(plan), entries[0].facts["person"]).yes if plan else ()


def _shaped(requested: dict[str, Any], **more: JSON) -> dict[str, JSON]:
    record: dict[str, JSON] = {
        "timestamp": _seconds(requested["at"]),
        "user": requested["person"],
        "command": requested["command"],
        "approved_by": more.pop("approved_by"),
        "result": more.pop("result"),
        "duration_seconds": more.pop("duration_seconds"),
        "channel": requested["channel"],
    }
    return record | more


def _seconds(at: str) -> str:
    return datetime.fromisoformat(at).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
