"""What statements are given to, in the shape of Python's own sqlite3; and how a transaction begins and ends there."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from opsctl.adapters.stores.sql.clock import Clock


class Head(NamedTuple):
    """The newest entry's seq and hash."""

    seq: int
    hash: str


class Rows(Protocol):
    """What a statement found or did."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""
        ...

    def fetchone(self) -> Any:
        """The next row, None after the last."""
        ...

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        ...

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """Where statements are carried out."""

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Rows:
        """Carry one out."""
        ...

    def executemany(self, statement: str, values: Iterable[Sequence[Any]], /) -> object:
        """Carry one out for each of these values."""
        ...


class Session(Protocol):
    """One connection, and how a transaction that writes begins and ends on it."""

    @property
    def connection(self) -> Connection:
        """Where the statements of the transaction are carried out."""
        ...

    @property
    def is_open(self) -> bool:
        """Whether a transaction has begun and not ended."""
        ...

    def begin(self) -> tuple[Head, Clock]:
        """Begin one beside which nobody else writes; the journal's head, and what the time is read from in it."""
        ...

    def commit(self) -> None:
        """Make it durable."""
        ...

    def roll_back(self) -> None:
        """Undo it."""
        ...
