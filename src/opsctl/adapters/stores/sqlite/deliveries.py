"""The deliveries of chat platforms, in SQLite."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from opsctl.adapters.stores.sqlite.clock import Clock
from opsctl.core.journal import timestamp

if TYPE_CHECKING:
    from opsctl.core.delivery import Delivery

# ruff: noqa: S608 - the statements are made of constants of this file, values are parameters
_COLUMNS = "number, platform, id, body, at, request, holder"


@dataclass(frozen=True, slots=True)
class SqliteDeliveryWriter:
    """Deliveries in a transaction that others begin and end."""

    connection: sqlite3.Connection
    clock: Clock

    def receive(self, platform: str, id: str, body: str) -> bool:  # noqa: A002  # it is what platforms call it
        """Store what came; whether it is new."""
        done = self.connection.execute(
            "INSERT INTO deliveries (platform, id, body, at) VALUES (?, ?, ?, ?) ON CONFLICT (platform, id) DO NOTHING",
            (platform, id, body, timestamp(self.clock.now())),
        )
        return done.rowcount == 1

    def take(self, delivery: "Delivery", holder: str, request: str) -> "Delivery | None":
        """Take it from the holder that it shows; None where another was faster. Its first `request` stays."""
        row = self.connection.execute(
            "UPDATE deliveries SET holder = ?, request = CASE request WHEN '' THEN ? ELSE request END "
            f"WHERE number = ? AND holder = ? AND done_at IS NULL RETURNING {_COLUMNS}",
            (holder, request, delivery.number, delivery.holder),
        ).fetchone()
        return _delivery(row) if row else None

    def done(self, number: int) -> None:
        """It is dealt with, and never taken again."""
        at = timestamp(self.clock.now())
        self.connection.execute("UPDATE deliveries SET done_at = ? WHERE number = ? AND done_at IS NULL", (at, number))

    def forget(self, number: int) -> None:
        """Take it away altogether, as if it had never come."""
        self.connection.execute("DELETE FROM deliveries WHERE number = ?", (number,))


@dataclass(frozen=True, slots=True)
class SqliteDeliveryReader:
    """Deliveries as they are; `reading` lends a connection."""

    reading: Callable[[], AbstractContextManager[sqlite3.Connection]]

    def open(self, limit: int = 100) -> "list[Delivery]":
        """Those that are not dealt with, oldest first, whoever has them."""
        with self.reading() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM deliveries WHERE done_at IS NULL ORDER BY number LIMIT ?",
                (limit,),
            )
            return [_delivery(row) for row in rows]


def _delivery(row: tuple[int, str, str, str, str, str, str]) -> "Delivery":
    from opsctl.core.delivery import Delivery  # mostly nothing waits

    number, platform, id_, body, at, request, holder = row
    return Delivery(number, platform, id_, body, datetime.fromisoformat(at), request, holder)
