"""What is read from the tables outside a transaction of one's own: statements and their parameters."""

import json
import sqlite3
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from opsctl.adapters.stores.sqlite.clock import Clock
from opsctl.adapters.stores.sqlite.rows import LOCK, OPERATION, lock_of, operation_told
from opsctl.core.journal import COLUMNS, Entry, timestamp
from opsctl.core.operation import Operation, State
from opsctl.core.store import Lock, RecordQuery

if TYPE_CHECKING:
    from opsctl.core.outbox import Item, Posted

# ruff: noqa: S608 - the statements are made of constants and of conditions written here, values are parameters
PAGE = 1000

Condition = tuple[str, Any]


def operations(
    connection: sqlite3.Connection,
    states: Collection[State],
    service: str | None,
    environment: str | None,
    limit: int | None,
) -> list[Operation]:
    """Operations, newest request first."""
    conditions: list[Condition] = [("service = ?", service), ("environment = ?", environment)]
    where, values = _where(conditions)
    if states:
        where = f"{where} AND state IN ({', '.join('?' * len(states))})"
        values += [state.value for state in states]
    rows = connection.execute(
        f"SELECT {OPERATION} FROM operations WHERE {where} ORDER BY seq DESC{_limit(limit)}", values
    ).fetchall()
    found = (operation_told(connection, row[0], row) for row in rows)
    return [one for one in found if one is not None and (not states or one.state in states)]


def entries(connection: sqlite3.Connection, operation: str, after: int) -> list[Entry]:
    """The journal entries of an operation with a greater seq, oldest first."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM journal WHERE operation = ? AND seq > ? ORDER BY seq", (operation, after)
    )
    return [Entry(*row) for row in rows]


def page(connection: sqlite3.Connection, after: int) -> list[Entry]:
    """The next entries of the journal."""
    rows = connection.execute(f"SELECT {COLUMNS} FROM journal WHERE seq > ? ORDER BY seq LIMIT {PAGE}", (after,))
    return [Entry(*row) for row in rows]


def locks(connection: sqlite3.Connection, clock: Clock) -> list[Lock]:
    """All locks held now."""
    return [lock_of(row, clock) for row in connection.execute(f"SELECT {LOCK} FROM locks ORDER BY key")]


def records(connection: sqlite3.Connection, query: RecordQuery) -> list[str]:
    """The operations whose audit records match, newest request first, whatever its clock said.

    Within a span of time the clock says which ones; then the newest by that clock are taken, where there are too many.
    """
    where, values = _where(
        [
            ("person = ?", query.person),
            ("service = ?", query.service),
            ("environment = ?", query.environment),
            ("result = ?", query.result),
            ("at >= ?", timestamp(query.since) if query.since else None),
            ("at < ?", timestamp(query.until) if query.until else None),
        ]
    )
    newest = "at" if query.since or query.until else "seq"
    rows = connection.execute(
        f"SELECT seq, operation FROM records WHERE {where} ORDER BY {newest} DESC{_limit(query.limit)}", values
    )
    return [operation for _, operation in sorted(rows, reverse=True)]


def outbox(connection: sqlite3.Connection, operation: str, limit: int) -> "list[Item]":
    """What still has to be taken, oldest first; of one operation, if it is named."""
    rows = connection.execute(
        "SELECT id, seq, operation, target, channel, body, at, trouble FROM outbox "
        f"WHERE taken_at IS NULL {'AND operation = ? ' if operation else ''}ORDER BY id LIMIT ?",
        (operation, limit) if operation else (limit,),
    )
    return [_item(row) for row in rows]


def _item(row: tuple[int, int, str, str, str, str, str, str]) -> "Item":
    from opsctl.core.outbox import Item  # mostly nothing waits

    id_, seq, operation, target, channel, body, at, trouble = row
    return Item(id_, seq, operation, target, channel, json.loads(body), datetime.fromisoformat(at), trouble)


def posts(connection: sqlite3.Connection, operation: str) -> "dict[str, Posted]":
    """What stands in the chat about an operation, by key."""
    from opsctl.core.outbox import Posted

    rows = connection.execute("SELECT key, channel, message, digest FROM posts WHERE operation = ?", (operation,))
    return {key: Posted(channel, message, digest) for key, channel, message, digest in rows}


def post_called(connection: sqlite3.Connection, message: str) -> tuple[str, str] | None:
    """The operation and the key of what stands in the chat under that id."""
    found = connection.execute("SELECT operation, key FROM posts WHERE message = ?", (message,)).fetchone()
    return (found[0], found[1]) if found and message else None


def _where(conditions: list[Condition]) -> tuple[str, list[Any]]:
    given = [(text, value) for text, value in conditions if value is not None]
    return " AND ".join(text for text, _ in given) or "1 = 1", [value for _, value in given]


def _limit(limit: int | None) -> str:
    return "" if limit is None else f" LIMIT {int(limit)}"
