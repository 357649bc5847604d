"""Rows of the tables, and the values of the core that they hold."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from opsctl.adapters.stores.sqlite.clock import Clock, has_passed
from opsctl.core.canonical import canonical
from opsctl.core.holder import Holder
from opsctl.core.journal import timestamp
from opsctl.core.operation import Deadline, Operation, State
from opsctl.core.plan import Plan
from opsctl.core.store import Lock

OPERATION = (
    "id, command, person, origin, channel, service, environment, state, requested_at, holder, plan, "
    "deadline_mark, deadline_at, executed_by, overrides, caused_by, lock"
)
LOCK = "key, operation, holder, lease_mark, lease_at"


def row_of(operation: Operation) -> tuple[str | None, ...]:
    """The columns of OPERATION."""
    deadline = operation.deadline
    return (
        operation.id,
        operation.command,
        operation.person,
        operation.origin,
        operation.channel,
        operation.service,
        operation.environment,
        operation.state.value,
        timestamp(operation.requested_at),
        operation.holder,
        canonical(operation.plan.as_json()) if operation.plan else None,
        deadline.mark if deadline else None,
        timestamp(deadline.at) if deadline else None,
        operation.executed_by,
        operation.overrides,
        operation.caused_by,
        operation.lock,
    )


def operation_of(row: Sequence[Any]) -> Operation:
    """The operation that the columns of OPERATION hold."""
    id_, command, person, origin, channel, service, environment, state, requested_at, holder, plan, *rest = row
    mark, at, executed_by, overrides, caused_by, lock = rest
    return Operation(
        id=id_,
        command=command,
        person=person,
        origin=origin,
        channel=channel,
        service=service,
        environment=environment,
        state=State(state),
        requested_at=datetime.fromisoformat(requested_at),
        holder=holder,
        plan=Plan.from_json(json.loads(plan)) if plan else None,
        deadline=Deadline(mark, datetime.fromisoformat(at)) if mark else None,
        executed_by=executed_by,
        overrides=overrides,
        caused_by=caused_by,
        lock=lock,
    )


def lock_of(row: Sequence[str], clock: Clock) -> Lock:
    """The lock that the columns of LOCK hold."""
    key, operation, holder, mark, at = row
    is_over = has_passed(clock, Deadline(mark, datetime.fromisoformat(at)))
    if not is_over:
        process = Holder.parse(holder)
        is_over = process is not None and process.is_dead()
    return Lock(key, operation, holder, is_over)


def find_operation(connection: sqlite3.Connection, operation: str) -> Operation | None:
    """The row of that operation."""
    row = connection.execute(
        f"SELECT {OPERATION} FROM operations WHERE id = ?",  # noqa: S608 - a constant of this file
        (operation,),
    ).fetchone()
    return operation_of(row) if row else None
