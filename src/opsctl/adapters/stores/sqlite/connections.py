"""Connections to one store, lent to one thread at a time and kept for the next."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from os import ST_RDONLY, statvfs
from pathlib import Path
from urllib.parse import quote

from opsctl.adapters.stores.sqlite.failures import is_code
from opsctl.core.errors import StoreUnusable


def connect(path: Path, patience_seconds: float) -> sqlite3.Connection:
    """Open an existing database, durable at every commit. Waits `patience_seconds` for the locks of others."""
    try:
        return _connect(path, "mode=rw", patience_seconds)
    except sqlite3.Error as error:
        if not (is_code(error, sqlite3.SQLITE_CANTOPEN) and _cannot_change(path)):
            raise
    # WAL wants to write beside the database even to read it; where nobody can write, there is nothing to lock out.
    return _connect(path, "immutable=1", patience_seconds)


def _connect(path: Path, how: str, patience_seconds: float) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?{how}",
        uri=True,
        timeout=patience_seconds,
        isolation_level=None,  # transactions begin and end where this package says so, and nowhere else
        check_same_thread=False,  # one thread at a time, which Connections sees to
    )
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        # So that a row which REPLACE would delete meets the trigger that refuses it.
        connection.execute("PRAGMA recursive_triggers = ON")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _cannot_change(path: Path) -> bool:
    wal = path.with_name(f"{path.name}-wal")
    try:
        return bool(statvfs(path).f_flag & ST_RDONLY) and not (wal.exists() and wal.stat().st_size)
    except OSError:
        return False


class Connections:
    """The open connections of one process to one store."""

    def __init__(self, path: Path, patience_seconds: float) -> None:
        self._path = path
        self._patience_seconds = patience_seconds
        self._mutex = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._is_closed = False

    @contextmanager
    def one(self) -> Iterator[sqlite3.Connection]:
        """A connection for this thread alone, until the block ends."""
        connection = self._borrow()
        try:
            yield connection
        finally:
            self._give_back(connection)

    def close(self) -> None:
        """Close them; one that is lent out is closed when it comes back."""
        with self._mutex:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _borrow(self) -> sqlite3.Connection:
        with self._mutex:
            if self._is_closed:
                raise StoreUnusable(
                    f"The store {self._path} was closed.",
                    means="Nothing was recorded.",
                    do="Run the command again.",
                    reason="store_closed",
                )
            if self._idle:
                return self._idle.pop()
        return connect(self._path, self._patience_seconds)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if connection.in_transaction:
            connection.rollback()
        with self._mutex:
            if not self._is_closed:
                self._idle.append(connection)
                return
        connection.close()
