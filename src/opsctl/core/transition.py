"""One arrow of an operation: journal entry, row and outbox item, in the transaction that it is given."""

from collections.abc import Mapping
from dataclasses import replace

from opsctl.core.canonical import JSON
from opsctl.core.errors import OpsctlError
from opsctl.core.journal import Entry
from opsctl.core.operation import Deadline, Operation, State, check_arrow
from opsctl.core.plan import Plan
from opsctl.core.store import RecordKeys, Transaction
from opsctl.core.telling import deadline_facts

RESULTS = {State.SUCCEEDED: "success", State.FAILED: "failure"}
"""The audit record's word for a final state, where it is not the state's own."""

EXIT_CODES = {
    State.SUCCEEDED: 0,
    State.FAILED: 1,
    State.CANCELLED: 1,
    State.INTERRUPTED: 1,
    State.DENIED: 3,
    State.REJECTED: 3,
    State.EXPIRED: 4,
}
"""What a final state means to a script, where no error says more."""


def move(
    tx: Transaction,
    operation: Operation,
    to: State,
    facts: Mapping[str, JSON],
    *,
    plan: Plan | None = None,
    deadline: Deadline | None = None,
    executed_by: str | None = None,
) -> tuple[Operation, Entry]:
    """Take the arrow from the state that `operation` shows. Raises Conflict where somebody else was faster.

    A final state gives the lock back and indexes the audit record.
    """
    check_arrow(operation.id, operation.state, to)
    after = replace(
        operation,
        state=to,
        plan=plan or operation.plan,
        overrides=plan.overrides if plan else operation.overrides,
        deadline=deadline,
        executed_by=executed_by or operation.executed_by,
    )
    tx.update(after, expected=operation.state)
    entry = tx.append(operation.id, to.value, {**facts, **deadline_facts(deadline)})
    tx.announce(operation.id, operation.channel, {"kind": to.value, "seq": entry.seq})
    if to.is_final:
        tx.release(operation.lock, operation.id)
        tx.record(operation.id, record_keys(operation, to))
    return after, entry


def note(tx: Transaction, operation: Operation, kind: str, facts: Mapping[str, JSON]) -> Entry:
    """Journal and announce something about an operation that does not change its state."""
    entry = tx.append(operation.id, kind, facts)
    tx.announce(operation.id, operation.channel, {"kind": kind, "seq": entry.seq})
    return entry


def record_keys(operation: Operation, state: State) -> RecordKeys:
    """What the audit record of an operation that ended in `state` is looked up by."""
    return RecordKeys(
        operation.requested_at,
        operation.person,
        operation.service,
        operation.environment,
        RESULTS.get(state, state.value),
    )


def outcome(
    operation: Operation,
    state: State,
    *,
    by: str,
    error: OpsctlError | None = None,
    reason: str = "",
    duration_seconds: int = 0,
    dashboard: str = "",
    recovered: bool = False,
) -> dict[str, JSON]:
    """The body of a final entry."""
    return {
        "command": operation.command,
        "by": by,
        "reason": reason or (error.reason if error else ""),
        "happened": error.happened if error else "",
        "means": error.means if error else "",
        "do": error.do if error else "",
        "left": getattr(error, "left", ""),
        "log_tail": list(getattr(error, "log_tail", ())),
        "duration_seconds": duration_seconds,
        "exit_code": error.exit_code if error else EXIT_CODES[state],
        "dashboard": dashboard,
        "recovered": recovered,
    }
