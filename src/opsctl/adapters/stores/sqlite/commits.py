"""The one way to write. Work that comes while another commit is under way shares the next one."""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from opsctl.adapters.stores.sqlite.batch import Batch, Piece
from opsctl.adapters.stores.sqlite.clock import Clock
from opsctl.adapters.stores.sqlite.connections import Connections
from opsctl.adapters.stores.sqlite.failures import is_code, unusable
from opsctl.adapters.stores.sqlite.head import HeadFile
from opsctl.adapters.stores.sqlite.transaction import Head
from opsctl.core.errors import OpsctlError
from opsctl.core.store import Transaction

T = TypeVar("T")

_LARGEST = 256


class Commits:
    """Durable transactions for all threads of a process.

    The first thread to come leads: it commits its own work and that of those who wait, then hands the lead to the
    first who came meanwhile. A thread that comes alone waits for nobody.
    """

    def __init__(self, path: Path, connections: Connections, clock: Clock) -> None:
        self._path = path
        self._connections = connections
        self._clock = clock
        self._head_file = HeadFile(path)
        self._mutex = threading.Lock()
        self._queue: list[Piece[Any]] = []
        self._leader: Piece[Any] | None = None

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one durable transaction and return what it returns; what it raises undoes it all."""
        piece = Piece(work)
        try:
            if not self._leads(piece):
                piece.wait()
            if not piece.is_done:
                self._commit(self._take())
        finally:
            self._leave(piece)
        return piece.outcome()

    def close(self) -> None:
        """Let go of the head file."""
        self._head_file.close()

    def _leads(self, piece: Piece[Any]) -> bool:
        with self._mutex:
            self._queue.append(piece)
            if self._leader is None:
                self._leader = piece
                return True
            piece.prepare_to_wait()
            return False

    def _take(self) -> Sequence[Piece[Any]]:
        with self._mutex:
            return self._queue[:_LARGEST]

    def _leave(self, piece: Piece[Any]) -> None:
        """Hand on the lead, where this piece has it. Also on the way out of an interrupted thread."""
        with self._mutex:
            if self._leader is not piece:
                if not piece.is_done and piece in self._queue:
                    self._queue.remove(piece)
                return
            self._queue = [waiting for waiting in self._queue if waiting is not piece and not waiting.is_done]
            self._leader = self._queue[0] if self._queue else None
            if self._leader is not None:
                self._leader.rouse()

    def _commit(self, pieces: Sequence[Piece[Any]]) -> None:
        try:
            with self._connections.one(to_write=True) as connection:
                self._commit_on(connection, pieces)
        except sqlite3.Error as error:
            _fail(pieces, unusable(error, self._path))
        except OpsctlError as error:
            _fail(pieces, error)
        finally:
            for piece in pieces:
                if piece.is_done:
                    piece.rouse()

    def _commit_on(self, connection: sqlite3.Connection, pieces: Sequence[Piece[Any]]) -> None:
        batch = Batch(connection, pieces, self._clock)
        try:
            batch.commit()
        except sqlite3.Error as error:
            if len(pieces) == 1 or is_code(error, sqlite3.SQLITE_BUSY):
                raise
            # It may be the work of one that SQLite refuses: each of the others gets its own chance.
            for piece in pieces:
                self._commit([piece])
            return
        if batch.after != batch.before:
            self._head_file.advance(batch.before, batch.after, lambda head: _is_in_journal(connection, head))


def _fail(pieces: Sequence[Piece[Any]], raised: Exception) -> None:
    for piece in pieces:
        if not piece.is_done:
            piece.fail(raised)


def _is_in_journal(connection: sqlite3.Connection, head: Head) -> bool:
    if head.seq == 0:
        return True
    row = connection.execute("SELECT hash FROM journal WHERE seq = ?", (head.seq,)).fetchone()
    return row is not None and row[0] == head.hash
