"""The journal's entries and their hash chain. The journal is append-only, and it is the audit log."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64
"""The `previous` of the first entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `at` is UTC text with six decimals and Z; `body` the RFC 8785 text of a JSON object."""

    seq: int
    at: str
    operation: str
    kind: str
    body: str
    previous: str
    hash: str

    @property
    def facts(self) -> dict[str, Any]:
        """The body, read."""
        facts: dict[str, Any] = json.loads(self.body)
        return facts

    @property
    def is_whole(self) -> bool:
        """Whether the hash is that of the other columns."""
        return self.hash == entry_hash(self.previous, self.seq, self.at, self.operation, self.kind, self.body)


def entry_hash(previous: str, seq: int, at: str, operation: str, kind: str, body: str) -> str:
    """SHA-256 over the UTF-8 of the columns joined by newlines, lower-case hex."""
    return hashlib.sha256(f"{previous}\n{seq}\n{at}\n{operation}\n{kind}\n{body}".encode()).hexdigest()


def timestamp(moment: datetime) -> str:
    """UTC text with six decimals and Z, the form of every time in a store; it sorts as it reads."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not hold, and at which entry (0: the journal as a whole)."""

    seq: int
    what: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What `audit verify` found. The journal holds when there is no fault."""

    entries: int
    head_seq: int
    head_hash: str
    faults: tuple[Fault, ...] = ()


def faults_in(rows: Iterable[tuple[int, str, str, str, str, str, str]], seq: int, previous: str) -> Iterator[Fault]:
    """Check rows (in the order of Entry's fields) that must follow the entry `seq` whose hash is `previous`."""
    for row_seq, at, operation, kind, body, row_previous, row_hash in rows:
        if row_seq != seq + 1:
            yield Fault(row_seq, _gap(seq, row_seq))
        if row_previous != previous:
            yield Fault(row_seq, "does not follow the entry before it")
        if row_hash != entry_hash(row_previous, row_seq, at, operation, kind, body):
            yield Fault(row_seq, "was changed: its hash is not that of its columns")
        seq, previous = row_seq, row_hash


def _gap(before: int, seq: int) -> str:
    if seq <= before:
        return "is out of order"
    missing = seq - 1
    return f"entry {missing} is missing" if missing == before + 1 else f"entries {before + 1} to {missing} are missing"
