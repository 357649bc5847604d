"""What is copied where a site moves from one store to another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from opsctl.adapters.stores.sql.database import Head

TABLES = (
    "journal",
    "documents",
    "operations",
    "records",
    "incidents",
    "outbox",
    "posts",
    "room_channels",
    "room_messages",
    "room_reactions",
    "room_keys",
    "deliveries",
)
"""Those that hold a site, each after those that it refers to. Nobody holds a lock while a site moves."""


@dataclass(frozen=True, slots=True)
class Table:
    """All rows of one table, in the order in which they came."""

    name: str
    columns: tuple[str, ...]
    rows: Iterator[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Identity:
    """Which store it is, and how far its journal has come."""

    store: str
    site: str
    head: Head
