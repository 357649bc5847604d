"""Connections to one store, lent to one thread at a time and kept for the next; made anew where they were lost."""

import select
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg

from opsctl.adapters.stores.postgresql.link import Link, is_starting
from opsctl.adapters.stores.sql.database import Rows
from opsctl.core.errors import StoreUnusable

T = TypeVar("T")

PAUSE_SECONDS = 0.1


class Connections:
    """The open connections of one process to one store, the `first` among them. `make` makes another.

    A server that was reached before is waited for: it may be restarting.
    """

    def __init__(self, place: str, first: Link, make: Callable[[], Link], patience_seconds: float) -> None:
        self.place = place
        self.patience_seconds = patience_seconds
        self._make = make
        self._mutex = threading.Lock()
        self._idle = [first]
        self._is_closed = False

    @contextmanager
    def one(self) -> Iterator[Link]:
        """A connection for this thread alone, until the block ends."""
        link = self._borrow()
        try:
            yield link
        finally:
            self._give_back(link)

    @contextmanager
    def reading(self) -> Iterator["Reading"]:
        """A connection to read with, for this thread alone."""
        reading = Reading(self._borrow, self._borrow(), self.patience_seconds)
        try:
            yield reading
        finally:
            self._give_back(reading.link)

    def snapshot(self, look: Callable[[Link], T]) -> T:
        """What `look` finds in one snapshot of the database; it looks again where the connection was lost."""
        give_up_at = time.monotonic() + self.patience_seconds
        while True:
            with self.one() as link:
                try:
                    link.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    found = look(link)
                    link.execute("COMMIT")
                except psycopg.Error as error:
                    if not link.is_lost_by(error) or time.monotonic() > give_up_at:
                        raise
                else:
                    return found

    def close(self) -> None:
        """Close them; one that is lent out is closed when it comes back."""
        with self._mutex:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for link in idle:
            link.close()

    def _borrow(self) -> Link:
        while True:
            with self._mutex:
                if self._is_closed:
                    raise StoreUnusable(
                        f"The store {self.place} was closed.",
                        means="Nothing was recorded.",
                        do="Run the command again.",
                        reason="store_closed",
                    )
                link = self._idle.pop() if self._idle else None
            if link is None:
                return retried(self._make, time.monotonic() + self.patience_seconds)
            if _is_quiet(link):
                return link
            link.close()

    def _give_back(self, link: Link) -> None:
        if link.is_in_transaction:
            try:
                link.execute("ROLLBACK")
            except psycopg.Error:
                link.close()
        with self._mutex:
            if not self._is_closed and not link.is_lost:
                self._idle.append(link)
                return
        link.close()


class Reading:
    """A connection that reads, outside of a transaction: a statement whose connection was lost is put once more."""

    def __init__(self, another: Callable[[], Link], link: Link, patience_seconds: float) -> None:
        self._another = another
        self._patience_seconds = patience_seconds
        self.link = link

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Rows:
        """Carry one out."""
        give_up_at = time.monotonic() + self._patience_seconds
        while True:
            try:
                return self.link.execute(statement, values)
            except psycopg.Error as error:
                if not self.link.is_lost_by(error) or time.monotonic() > give_up_at:
                    raise
                self.link = self._another()

    def executemany(self, statement: str, values: Iterable[Sequence[Any]], /) -> None:
        """Nothing that reads does that."""
        raise NotImplementedError(statement, values)  # `Connection` has it for those that write


def retried(make: Callable[[], T], give_up_at: float) -> T:
    """What `make` makes, tried again while the server can't be reached, until that moment of time.monotonic()."""
    while True:
        try:
            return make()
        except psycopg.OperationalError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(PAUSE_SECONDS)


def waited_for(make: Callable[[], Link], url: str, patience_seconds: float) -> Link:
    """What `make` makes, once a server that is just starting takes connections; any other error is raised at once."""
    give_up_at = time.monotonic() + patience_seconds
    while True:
        try:
            return make()
        except psycopg.OperationalError:
            if not is_starting(url) or time.monotonic() > give_up_at:
                raise
            time.sleep(PAUSE_SECONDS)


def _is_quiet(link: Link) -> bool:
    """Whether nothing came while it was not used: what comes then is the server's farewell."""
    poll = select.poll()
    poll.register(link.psycopg.fileno(), select.POLLIN)
    return not poll.poll(0)
