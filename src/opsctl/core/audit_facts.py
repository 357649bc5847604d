"""What `audit show` and `audit verify` tell: the journal as evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from opsctl.core.canonical import JSON

if TYPE_CHECKING:
    from opsctl.core.record import Record
    from opsctl.core.verification import Verification


@dataclass(frozen=True, slots=True)
class Evidence:
    """A journal entry, and whether it holds: its hash is that of its other columns.

    `facts` is what it says, empty where that cannot be read any more.
    """

    seq: int
    at: str
    kind: str
    facts: Mapping[str, JSON]
    previous: str
    hash: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Account:
    """The whole story of one command: its journal entries, oldest first, and the record that they come to.

    `record` is None while there is no outcome, and where an entry does not hold.
    """

    operation: str
    record: "Record | None"
    entries: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Verified:
    """What `audit verify` found."""

    verification: "Verification"


AuditFact: TypeAlias = Account | Verified
