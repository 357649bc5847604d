"""How a transaction that writes begins and ends on the server."""

import os
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
    SELECT extract(epoch FROM clock_timestamp())::float8,
        coalesce((SELECT max(seq) FROM journal), 0),
        (SELECT hash FROM journal ORDER BY seq DESC LIMIT 1)
"""
# The number that the server gives a transaction would not do: after a crash it may give it to another one.
_COMMIT = f"""
    INSERT INTO writers AS mine VALUES ('%s', %d, now())
    ON CONFLICT (id) DO UPDATE SET committed = excluded.committed, at = excluded.at;
    NOTIFY {CHANNEL};
    COMMIT
"""  # noqa: S608 - constants; what is put in are hex digits and a number
_FORGET_OTHERS = "DELETE FROM writers WHERE at < now() - interval '1 day';"
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


class Writer:
    """Who writes: one at a time, with transactions that it numbers. `number` is that of the last one."""

    def __init__(self) -> None:
        self.id = os.urandom(8).hex()
        self.number = 0


class PostgresSession:
    """A connection, and the transaction on it that writes."""

    def __init__(self, link: Link, writer: Writer) -> None:
        self.connection = link
        self.is_committing = False
        self._writer = writer

    @property
    def is_open(self) -> bool:
        """Whether a transaction has begun and not ended."""
        return self.connection.is_in_transaction

    def begin(self) -> tuple[Head, Clock]:
        """Begin one, once nobody else writes."""
        self.is_committing = False
        self._writer.number += 1
        seconds, seq, hash_ = self.connection.last_row(_BEGIN + _BEGUN)
        return Head(seq, hash_ or GENESIS), ServerClock(seconds)

    def commit(self) -> None:
        """Make it durable, and let everybody hear who waits."""
        self.is_committing = True
        writer = self._writer
        once = _FORGET_OTHERS if writer.number == 1 else ""
        self.connection.execute(once + _COMMIT % (writer.id, writer.number))
        self.is_committing = False

    def roll_back(self) -> None:
        """Undo it."""
        self.connection.execute("ROLLBACK")


def has_committed(link: Link, writer: Writer) -> bool:
    """Whether the last transaction of that writer, whose connection was lost while it committed, is durable.

    Waits until it has ended: it keeps the lock for as long as it may still become either.
    """
    (last,) = link.last_row(f"{_BEGIN} SELECT max(committed) FROM writers WHERE id = '{writer.id}'")  # noqa: S608 - hex digits
    link.execute("ROLLBACK")
    return bool(last == writer.number)
