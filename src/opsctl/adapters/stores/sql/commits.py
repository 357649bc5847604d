"""The one way to write. Work that comes while another commit is under way shares the next one."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from opsctl.adapters.stores.sql.batch import Piece
from opsctl.core.store import Transaction

T = TypeVar("T")

_LARGEST = 256


class Commits:
    """Durable transactions for all threads of a process.

    The first thread to come leads: it commits its own work and that of those who wait, then hands the lead to the
    first who came meanwhile. A thread that comes alone waits for nobody. `commit` is given such pieces, and settles
    them all; where it raises, none that is not settled was done.
    """

    def __init__(self, commit: Callable[[Sequence[Piece[Any]]], None]) -> None:
        self._commit = commit
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
                self._lead()
        finally:
            self._leave(piece)
        return piece.outcome()

    def _leads(self, piece: Piece[Any]) -> bool:
        with self._mutex:
            self._queue.append(piece)
            if self._leader is None:
                self._leader = piece
                return True
            piece.prepare_to_wait()
            return False

    def _lead(self) -> None:
        with self._mutex:
            pieces = self._queue[:_LARGEST]
        try:
            self._commit(pieces)
        finally:
            for piece in pieces:
                if piece.is_done:
                    piece.rouse()

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


def fail(pieces: Sequence[Piece[Any]], raised: Exception) -> None:
    """Settle those that are not settled: they could not be done."""
    for piece in pieces:
        if not piece.is_done:
            piece.fail(raised)
