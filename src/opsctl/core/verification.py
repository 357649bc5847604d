"""What `audit verify` finds: whether each journal entry is what its hash says, and follows the one before it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from opsctl.core.errors import StoreUnusable
from opsctl.core.journal import Entry, entry_hash

Row: TypeAlias = tuple[int, str, str, str, str, str, str]
"""The columns of an entry, in the order of Entry's fields."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not hold, and at which entry (0: the journal as a whole)."""

    seq: int
    what: str

    def __str__(self) -> str:
        return f"entry {self.seq} {self.what}" if self.seq else self.what


@dataclass(frozen=True, slots=True)
class Verification:
    """What `audit verify` found. The journal holds when there is no fault."""

    entries: int
    head_seq: int
    head_hash: str
    faults: tuple[Fault, ...] = ()


def not_whole(entry: Entry) -> StoreUnusable:
    """The error for an entry that was met while something else was looked for."""
    return StoreUnusable(
        f"Entry {entry.seq} of {entry.operation} was changed after it was written.",
        means="What is told of that command can't be trusted.",
        do="See what else does not hold: opsctl audit verify",
        reason="not_verified",
    )


def faults_in(rows: Iterable[Row], seq: int, previous: str) -> Iterator[Fault]:
    """Check rows (in the order of Entry's fields) that must follow the entry `seq` whose hash is `previous`."""
    for row in rows:
        row_seq, at, operation, kind, body, row_previous, row_hash = row
        # Nearly all rows are what they have to be here: one look, and the next.
        if (
            row_hash != entry_hash(previous, seq + 1, at, operation, kind, body)
            or row_previous != previous
            or row_seq != seq + 1
        ):
            yield from _faults_of(row, seq, previous)
        seq, previous = row_seq, row_hash


def _faults_of(row: Row, before: int, previous: str) -> Iterator[Fault]:
    row_seq, at, operation, kind, body, row_previous, row_hash = row
    if row_seq != before + 1:
        yield Fault(row_seq, _gap(before, row_seq))
    if row_previous != previous:
        yield Fault(row_seq, "does not follow the entry before it")
    if row_hash != entry_hash(row_previous, row_seq, at, operation, kind, body):
        yield Fault(row_seq, "was changed: its hash is not that of its columns")


def _gap(before: int, seq: int) -> str:
    if seq <= before:
        return "is out of order"
    missing = seq - 1
    return f"entry {missing} is missing" if missing == before + 1 else f"entries {before + 1} to {missing} are missing"
