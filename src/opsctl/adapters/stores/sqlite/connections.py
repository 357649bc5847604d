"""Connections to one store, lent to one thread at a time and kept for the next."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

from opsctl.adapters.stores.sqlite.failures import is_code
from opsctl.core.errors import StoreUnusable

# What SQLite says where it can't make the files that WAL wants beside the database: no right to, or no room for them.
_NO_RIGHT = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMOPEN)

_Stamp: TypeAlias = tuple[int, int, int]


class Lockless(sqlite3.Connection):
    """Only reads, and without locks: what it read counts where nobody wrote meanwhile, which `check` tells."""

    path: Path
    stamp: _Stamp

    def check(self) -> None:
        """Raise StoreUnusable where the database was written since it was opened."""
        if _stamp(self.path) != self.stamp:
            raise StoreUnusable(
                f"The store {self.path} was written by somebody else while it was read.",
                means="What was read may be half of before and half of after.",
                do="Run the command again.",
                reason="store_changed_meanwhile",
            )


def connect(path: Path, patience_seconds: float, *, to_write: bool = False) -> sqlite3.Connection:
    """Open an existing database, durable at every commit. Waits `patience_seconds` for the locks of others.

    Where nothing can be written beside it, one that only reads is `Lockless`, unless there is more than the database:
    then it can't be read.
    """
    try:
        return _connect(path, "mode=rw", patience_seconds)
    except sqlite3.Error as error:
        is_expected = is_code(error, *_NO_RIGHT) or (is_code(error, *_NO_ROOM) and not to_write)
        stamp = _stamp(path)
        if not is_expected or not _is_all_there_is(path):
            raise
    found = _connect(path, "immutable=1", patience_seconds, Lockless)
    assert isinstance(found, Lockless)
    found.path, found.stamp = path, stamp
    return found


def _connect(
    path: Path, how: str, patience_seconds: float, kind: type[sqlite3.Connection] = sqlite3.Connection
) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?{how}",
        uri=True,
        factory=kind,
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


def _is_all_there_is(path: Path) -> bool:
    wal = path.with_name(f"{path.name}-wal")
    return not (wal.exists() and wal.stat().st_size)


def _stamp(path: Path) -> _Stamp:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


class Connections:
    """The open connections of one process to one store."""

    def __init__(self, path: Path, patience_seconds: float) -> None:
        self._path = path
        self._patience_seconds = patience_seconds
        self._mutex = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._is_closed = False

    @contextmanager
    def one(self, *, to_write: bool = False) -> Iterator[sqlite3.Connection]:
        """A connection for this thread alone, until the block ends.

        Raises StoreUnusable then, where it reads without locks and somebody wrote meanwhile.
        """
        connection = self._borrow(to_write=to_write)
        try:
            yield connection
            if isinstance(connection, Lockless):
                connection.check()
        finally:
            self._give_back(connection)

    def close(self) -> None:
        """Close them; one that is lent out is closed when it comes back."""
        with self._mutex:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _borrow(self, *, to_write: bool) -> sqlite3.Connection:
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
        return connect(self._path, self._patience_seconds, to_write=to_write)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if connection.in_transaction:
            connection.rollback()
        with self._mutex:
            if not self._is_closed and not isinstance(connection, Lockless):
                self._idle.append(connection)
                return
        connection.close()
