"""How a transaction that writes begins and ends on the server."""

import time
from datetime import UTC, datetime

from opsctl.adapters.stores.postgresql.link import Link
from opsctl.adapters.stores.sql.clock import Clock
from opsctl.adapters.stores.sql.database import Connection, Head
from opsctl.core.journal import GENESIS

CHANNEL = "opsctl"
"""Where everybody who waits hears that something was written."""

# Several statements are one message: what is sent in parts would keep a transaction busy, not idle, when its process
# falls silent in between, and the server would wait for it for ever.
_BEGIN = """
    BEGIN;
    -- Everything that writes takes it: so entries are numbered without gaps, and are seen in their order.
    SELECT pg_advisory_xact_lock('journal'::regclass::oid::bigint);
    -- A statement of its own: it must see what was committed while the lock was waited for.
"""
_BEGUN = """
    SELECT extract(epoch FROM clock_timestamp())::float8, pg_current_xact_id()::text,
        coalesce((SELECT max(seq) FROM journal), 0),
        (SELECT hash FROM journal ORDER BY seq DESC LIMIT 1)
"""
_NOW = "SELECT extract(epoch FROM clock_timestamp())::float8"


class ServerClock:
    """The server's clock, read once and counted on from there."""

    def __init__(self, seconds: float) -> None:
        self._ahead = seconds - time.monotonic()

    @classmethod
    def read(cls, connection: Connection) -> "ServerClock":
        """The clock as it is now."""
        return cls(connection.execute(_NOW).fetchone()[0])

    @property
    def boot(self) -> str:
        """There is one server: all that is measured on it can be compared."""
        return "server"

    def uptime(self) -> float:
        """Seconds since the epoch."""
        return self._ahead + time.monotonic()

    def now(self) -> datetime:
        """The wall-clock time, UTC."""
        return datetime.fromtimestamp(self.uptime(), UTC)


class PostgresSession:
    """A connection, and the transaction on it that writes. `id` is what the server knows the transaction by."""

    def __init__(self, link: Link) -> None:
        self.connection = link
        self.id = ""
        self.is_committing = False

    @property
    def is_open(self) -> bool:
        """Whether a transaction has begun and not ended."""
        return self.connection.is_in_transaction

    def begin(self) -> tuple[Head, Clock]:
        """Begin one, once nobody else writes."""
        self.id, self.is_committing = "", False
        seconds, self.id, seq, hash_ = self.connection.last_row(_BEGIN + _BEGUN)
        return Head(seq, hash_ or GENESIS), ServerClock(seconds)

    def commit(self) -> None:
        """Make it durable, and let everybody hear who waits."""
        self.is_committing = True
        self.connection.execute(f"NOTIFY {CHANNEL}; COMMIT")
        self.is_committing = False

    def roll_back(self) -> None:
        """Undo it."""
        self.connection.execute("ROLLBACK")


def has_committed(link: Link, transaction: str) -> bool:
    """Whether the transaction of that id, whose connection was lost while it committed, is durable.

    Waits until it has ended: it keeps the lock for as long as it may still become either.
    """
    (status,) = link.last_row(f"{_BEGIN} SELECT pg_xact_status('{int(transaction)}'::xid8)")
    link.execute("ROLLBACK")
    return bool(status == "committed")
