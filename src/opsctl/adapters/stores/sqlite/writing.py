"""How work is committed to the file, and what is told when it can't be."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opsctl.adapters.stores.sql.batch import Batch, Piece
from opsctl.adapters.stores.sql.clock import Clock
from opsctl.adapters.stores.sql.commits import fail
from opsctl.adapters.stores.sql.database import Head
from opsctl.adapters.stores.sql.transaction import read_head
from opsctl.adapters.stores.sqlite.connections import Connections
from opsctl.adapters.stores.sqlite.failures import is_code, unusable
from opsctl.adapters.stores.sqlite.head import HeadFile
from opsctl.core.errors import OpsctlError


@dataclass(frozen=True, slots=True)
class SqliteSession:
    """A connection to the file, and its transactions that write."""

    connection: sqlite3.Connection
    clock: Clock

    @property
    def is_open(self) -> bool:
        """Whether a transaction has begun and not ended."""
        return self.connection.in_transaction

    def begin(self) -> tuple[Head, Clock]:
        """Begin one, once nobody else writes."""
        self.connection.execute("BEGIN IMMEDIATE")
        return read_head(self.connection), self.clock

    def commit(self) -> None:
        """Make it durable."""
        self.connection.execute("COMMIT")

    def roll_back(self) -> None:
        """Undo it."""
        self.connection.execute("ROLLBACK")


class Writing:
    """Commits to one database, and to the head file beside it."""

    def __init__(self, path: Path, connections: Connections, clock: Clock) -> None:
        self._path = path
        self._connections = connections
        self._clock = clock
        self._head_file = HeadFile(path)

    def commit(self, pieces: Sequence[Piece[Any]]) -> None:
        """Commit them together, or settle them with what stood in the way."""
        try:
            with self._connections.one(to_write=True) as connection:
                self._commit_on(connection, pieces)
        except sqlite3.Error as error:
            fail(pieces, unusable(error, self._path))
        except OpsctlError as error:
            fail(pieces, error)

    def close(self) -> None:
        """Let go of the head file."""
        self._head_file.close()

    def _commit_on(self, connection: sqlite3.Connection, pieces: Sequence[Piece[Any]]) -> None:
        batch = Batch(SqliteSession(connection, self._clock), pieces, sqlite3.Error)
        try:
            batch.commit()
        except sqlite3.Error as error:
            if len(pieces) == 1 or is_code(error, sqlite3.SQLITE_BUSY):
                raise
            # It may be the work of one that SQLite refuses: each of the others gets its own chance.
            for piece in pieces:
                self.commit([piece])
            return
        if batch.after != batch.before:
            self._head_file.advance(batch.before, batch.after, lambda head: _is_in_journal(connection, head))


def _is_in_journal(connection: sqlite3.Connection, head: Head) -> bool:
    if head.seq == 0:
        return True
    row = connection.execute("SELECT hash FROM journal WHERE seq = ?", (head.seq,)).fetchone()
    return row is not None and row[0] == head.hash
