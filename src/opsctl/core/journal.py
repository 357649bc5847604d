"""The journal's entries and their hash chain. The journal is append-only, and it is the audit log."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64
"""The `previous` of the first entry."""

SITE_PUBLISHED = "site_published"
"""The kind of the entry that puts the text with the digest that it names in force, as the published site."""


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


COLUMNS = "seq, at, operation, kind, body, previous, hash"
"""The columns of a store's journal, in the order of Entry's fields."""


def entry_hash(previous: str, seq: int, at: str, operation: str, kind: str, body: str) -> str:
    """SHA-256 over the UTF-8 of the columns joined by newlines, lower-case hex."""
    return hashlib.sha256(f"{previous}\n{seq}\n{at}\n{operation}\n{kind}\n{body}".encode()).hexdigest()


def timestamp(moment: datetime) -> str:
    """UTC text with six decimals and Z, the form of every time in a store; it sorts as it reads."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
