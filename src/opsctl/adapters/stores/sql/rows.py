"""Rows of the tables, and the values of the core that they hold or lead to."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from opsctl.adapters.stores.sql.clock import Clock, has_passed
from opsctl.adapters.stores.sql.database import Connection
from opsctl.core.holder import Holder
from opsctl.core.journal import COLUMNS, Entry
from opsctl.core.operation import Deadline, Operation
from opsctl.core.store import Lock
from opsctl.core.telling import STATES, told

OPERATION = "id, state, service, environment, holder"
LOCK = "key, operation, holder, lease_mark, lease_at"

# ruff: noqa: S608 - the statements are made of constants, values are parameters
STATE_KINDS = ", ".join(f"'{kind}'" for kind in sorted(STATES))
_TELLING = f"SELECT {COLUMNS} FROM journal WHERE operation = ? AND kind IN ({STATE_KINDS}) ORDER BY seq"
_ROW = f"SELECT {OPERATION} FROM operations WHERE id = ?"

OperationRow = tuple[str, str, str | None, str | None, str]


def row_of(operation: Operation) -> OperationRow:
    """The columns of OPERATION: what it is found by, and who serves it."""
    return operation.id, operation.state.value, operation.service, operation.environment, operation.holder


def find_operation(connection: Connection, operation: str) -> Operation | None:
    """The operation of that id, as its journal tells it."""
    row = connection.execute(_ROW, (operation,)).fetchone()
    return operation_told(connection, operation, row)


def operation_told(connection: Connection, operation: str, row: OperationRow | None) -> Operation | None:
    """The operation as its journal tells it. Of its row counts only who serves it; the rest is held against it."""
    found = told(Entry(*columns) for columns in connection.execute(_TELLING, (operation,)))
    if found is None:
        return None
    if row is None:
        return replace(found, altered="missing")
    if row[:-1] != row_of(found)[:-1]:
        return replace(found, holder=row[-1], altered="{1} in {2}/{3}".format(*row))
    return replace(found, holder=row[-1])


def lock_of(row: Sequence[str], clock: Clock) -> Lock:
    """The lock that the columns of LOCK hold."""
    key, operation, holder, mark, at = row
    try:
        is_over = has_passed(clock, Deadline(mark, datetime.fromisoformat(at)))
    except (TypeError, ValueError):
        is_over = True  # nobody can hold what nobody can read: whoever comes next asks the platform what is true
    if not is_over:
        process = Holder.parse(holder)
        is_over = process is not None and process.is_dead()
    return Lock(key, operation, holder, is_over)
