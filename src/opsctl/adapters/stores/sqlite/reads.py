"""What is read from the tables outside a transaction of one's own: statements and their parameters."""

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from opsctl.adapters.stores.sqlite.clock import Clock
from opsctl.adapters.stores.sqlite.rows import LOCK, OPERATION, lock_of, operation_of
from opsctl.core.canonical import JSON
from opsctl.core.journal import COLUMNS, Entry, timestamp
from opsctl.core.operation import Operation, State
from opsctl.core.store import Lock, RecordQuery

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
    """Operations, newest first."""
    conditions: list[Condition] = [("service = ?", service), ("environment = ?", environment)]
    where, values = _where(conditions)
    if states:
        where = f"{where} AND state IN ({', '.join('?' * len(states))})"
        values += [state.value for state in states]
    rows = connection.execute(
        f"SELECT {OPERATION} FROM operations WHERE {where} ORDER BY requested_at DESC, id DESC{_limit(limit)}", values
    )
    return [operation_of(row) for row in rows]


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
    """The operations whose audit records match, newest first."""
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
    rows = connection.execute(
        f"SELECT operation FROM records WHERE {where} ORDER BY at DESC, operation DESC{_limit(query.limit)}", values
    )
    return [row[0] for row in rows]


def outbox(connection: sqlite3.Connection, limit: int) -> Iterator[Mapping[str, JSON]]:
    """What chat still has to take, oldest first."""
    rows = connection.execute(
        "SELECT id, seq, operation, channel, body, at FROM outbox WHERE taken_at IS NULL ORDER BY id LIMIT ?", (limit,)
    )
    for id_, seq, operation, channel, body, at in rows:
        yield {
            "id": id_,
            "seq": seq,
            "operation": operation,
            "channel": channel,
            "body": json.loads(body),
            "at": at,
        }


def _where(conditions: list[Condition]) -> tuple[str, list[Any]]:
    given = [(text, value) for text, value in conditions if value is not None]
    return " AND ".join(text for text, _ in given) or "1 = 1", [value for _, value in given]


def _limit(limit: int | None) -> str:
    return "" if limit is None else f" LIMIT {int(limit)}"
