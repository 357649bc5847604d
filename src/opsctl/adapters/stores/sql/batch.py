"""Several threads' work in one durable transaction."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from opsctl.adapters.stores.sql.clock import Clock
from opsctl.adapters.stores.sql.database import Head, Session
from opsctl.adapters.stores.sql.transaction import SqlTransaction
from opsctl.core.journal import GENESIS
from opsctl.core.store import Transaction

T = TypeVar("T")


class Piece(Generic[T]):
    """One thread's work, and what became of it."""

    __slots__ = ("_raised", "_result", "_waits", "_work", "is_done")

    def __init__(self, work: Callable[[Transaction], T]) -> None:
        self._work = work
        self._result: T
        self._raised: Exception | None = None
        self._waits: threading.Lock | None = None
        self.is_done = False

    @property
    def has_raised(self) -> bool:
        """Whether the work raised, so that it must be undone."""
        return self._raised is not None

    def run(self, transaction: SqlTransaction, database_error: type[Exception]) -> None:
        """Do the work. An error of the database is let through: it may have undone the work of others too."""
        self._raised = None
        try:
            self._result = self._work(transaction)
        except database_error:
            raise
        except Exception as raised:  # noqa: BLE001 - kept for the thread whose work it is, which raises it
            self._raised = raised

    def fail(self, raised: Exception) -> None:
        """Settle it: it could not be done."""
        self._raised = raised
        self.is_done = True

    def prepare_to_wait(self) -> None:
        """From now on `wait` waits for `rouse`. A lock does, where an Event costs three times as much."""
        self._waits = threading.Lock()
        self._waits.acquire()

    def wait(self) -> None:
        """Sleep until it is settled, or this thread has to lead."""
        assert self._waits is not None
        self._waits.acquire()

    def rouse(self) -> None:
        """End the wait, where its thread does wait."""
        if self._waits is not None and self._waits.locked():
            self._waits.release()

    def outcome(self) -> T:
        """What the work returned or raised."""
        if self._raised is not None:
            raise self._raised
        return self._result


class Batch:
    """The work of some threads, to be committed together: what raises is undone, the rest is durable.

    `database_error` is what the database raises.
    """

    def __init__(self, session: Session, pieces: Sequence[Piece[Any]], database_error: type[Exception]) -> None:
        self._session = session
        self._pieces = pieces
        self._database_error = database_error
        self._clock: Clock
        self._ends = False
        self.before = self.after = Head(0, GENESIS)

    def commit(self) -> None:
        """Run the pieces, commit and settle them. `before` and `after` are then the journal's head.

        Raises the database's error or whatever stopped this thread; a piece that is not settled then was not done.
        """
        try:
            # Few raise, and savepoints are two statements a piece: they are set when it has come to that.
            if not self._try(with_savepoints=False) and len(self._pieces) > 1:
                self._try(with_savepoints=True)
        except self._database_error:
            self._roll_back()
            raise
        except BaseException:
            if self._ends and not self._session.is_open:
                self.settle()  # stopped just after the end
            self._roll_back()
            raise

    def _try(self, *, with_savepoints: bool) -> bool:
        """Whether it came to the end; else one of several raised, and all is undone."""
        self.before, self._clock = self._session.begin()
        self.after = self.before
        for piece in self._pieces:
            if with_savepoints:
                self._run_apart(piece)
            elif not self._run(piece):
                self._ends = len(self._pieces) == 1
                self._session.roll_back()
                break
        else:
            self._ends = True
            self._session.commit()
        if self._ends:
            self.settle()
        return self._ends

    def _run(self, piece: Piece[Any]) -> bool:
        transaction = SqlTransaction(self._session.connection, self._clock, self.after)
        piece.run(transaction, self._database_error)
        if not piece.has_raised:
            self.after = transaction.head
        return not piece.has_raised

    def _run_apart(self, piece: Piece[Any]) -> None:
        execute = self._session.connection.execute
        execute("SAVEPOINT piece")
        if not self._run(piece):
            execute("ROLLBACK TO piece")
        execute("RELEASE piece")

    def settle(self) -> None:
        """It is durable: let the pieces have their outcome."""
        for piece in self._pieces:
            piece.is_done = True

    def _roll_back(self) -> None:
        if self._session.is_open:  # a full disk rolls back by itself, and so does a lost connection
            self._session.roll_back()
