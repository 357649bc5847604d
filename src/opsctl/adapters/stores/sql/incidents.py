"""Which journal entries tell about which incident."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from opsctl.adapters.stores.sql.database import Connection
from opsctl.core.incident import OPENED, RESOLVED
from opsctl.core.journal import COLUMNS, Entry

_ENTRIES = (
    f"SELECT {', '.join(f'journal.{name}' for name in COLUMNS.split(', '))} "  # noqa: S608 - constants
    "FROM incidents JOIN journal ON journal.seq = incidents.seq WHERE number = ? ORDER BY incidents.seq"
)
_OPEN = """
    SELECT number FROM incidents AS opened WHERE kind = ? AND NOT EXISTS (
        SELECT 1 FROM incidents WHERE number = opened.number AND kind = ?
    ) ORDER BY number
"""


@dataclass(frozen=True, slots=True)
class SqlIncidentWriter:
    """The index of incidents in a transaction that others begin and end."""

    connection: Connection

    def next_number(self) -> int:
        """One more than the newest incident has."""
        number: int = self.connection.execute("SELECT coalesce(max(number), 0) + 1 FROM incidents").fetchone()[0]
        return number

    def in_channel(self, channel: str) -> int | None:
        """The number of the incident that is talked about there."""
        return _in_channel(self.connection, channel)

    def entries(self, number: int) -> tuple[Entry, ...]:
        """The entries about an incident, oldest first."""
        return _entries(self.connection, number)

    def add(self, number: int, channel: str, entry: Entry) -> None:
        """An entry that was just appended tells about that incident."""
        self.connection.execute(
            "INSERT INTO incidents (seq, number, kind, channel) VALUES (?, ?, ?, ?)",
            (entry.seq, number, entry.kind, channel),
        )


@dataclass(frozen=True, slots=True)
class SqlIncidentReader:
    """Incidents as they are; `reading` lends a connection."""

    reading: Callable[[], AbstractContextManager[Connection]]

    def open(self) -> list[int]:
        """Those that are not resolved, oldest first."""
        with self.reading() as connection:
            return [row[0] for row in connection.execute(_OPEN, (OPENED, RESOLVED))]

    def newest(self, limit: int) -> list[int]:
        """Newest first."""
        with self.reading() as connection:
            rows = connection.execute(
                "SELECT number FROM incidents WHERE kind = ? ORDER BY number DESC LIMIT ?", (OPENED, limit)
            )
            return [row[0] for row in rows]

    def in_channel(self, channel: str) -> int | None:
        """The one that is talked about there."""
        with self.reading() as connection:
            return _in_channel(connection, channel)

    def entries(self, number: int) -> tuple[Entry, ...]:
        """The entries about one, oldest first."""
        with self.reading() as connection:
            return _entries(connection, number)


def _in_channel(connection: Connection, channel: str) -> int | None:
    row = connection.execute("SELECT number FROM incidents WHERE channel = ? LIMIT 1", (channel,)).fetchone()
    return row[0] if row else None


def _entries(connection: Connection, number: int) -> tuple[Entry, ...]:
    return tuple(Entry(*row) for row in connection.execute(_ENTRIES, (number,)))
