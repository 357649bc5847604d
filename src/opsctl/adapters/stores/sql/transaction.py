"""What may be done in one transaction. Nothing here begins or ends one."""

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from opsctl.adapters.stores.sql.clock import Clock, deadline_in, has_passed
from opsctl.adapters.stores.sql.database import Connection, Head
from opsctl.adapters.stores.sql.rows import LOCK, OPERATION, STATE_KINDS, find_operation, lock_of, row_of
from opsctl.core.canonical import JSON, canonical
from opsctl.core.errors import Conflict
from opsctl.core.journal import COLUMNS, GENESIS, Entry, entry_hash, timestamp
from opsctl.core.masking import masked
from opsctl.core.operation import Deadline, Operation, State
from opsctl.core.store import Lock, RecordKeys

if TYPE_CHECKING:
    from opsctl.adapters.stores.sql.deliveries import SqlDeliveryWriter
    from opsctl.adapters.stores.sql.incidents import SqlIncidentWriter
    from opsctl.adapters.stores.sql.room import SqlRoomWriter
    from opsctl.core.outbox import Posted

# The statements are made of constants only.
_INSERT_ENTRY = f"INSERT INTO journal ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_ENTRIES = f"SELECT {COLUMNS} FROM journal WHERE operation = ? ORDER BY seq"  # noqa: S608
_FIRST_SEQ = "(SELECT min(seq) FROM journal WHERE operation = ?)"
_INSERT_OPERATION = (
    f"INSERT INTO operations (seq, {OPERATION}) VALUES ({_FIRST_SEQ}, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"  # noqa: S608
)
_UPDATE_OPERATION = (
    f"UPDATE operations SET state = ?, service = ?, environment = ?, holder = ? WHERE id = ? AND seq = {_FIRST_SEQ}"  # noqa: S608
)
_REMOVE_OPERATION = f"DELETE FROM operations WHERE id = ? OR seq = {_FIRST_SEQ}"  # noqa: S608
_STATE = f"SELECT kind FROM journal WHERE operation = ? AND kind IN ({STATE_KINDS}) ORDER BY seq DESC LIMIT 1"  # noqa: S608
_RECORD = "seq, operation, at, person, service, environment, result"
_INSERT_RECORD = f"INSERT INTO records ({_RECORD}) VALUES ({_FIRST_SEQ}, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"  # noqa: S608
_LOCK = f"SELECT {LOCK} FROM locks WHERE key = ?"  # noqa: S608


def read_head(connection: Connection) -> Head:
    """The newest entry; seq 0 before the first."""
    row = connection.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(*row) if row else Head(0, GENESIS)


class SqlTransaction:
    """Everything here happens together, durably, or not at all. `head` is the newest entry, this one's included."""

    def __init__(self, connection: Connection, clock: Clock, head: Head) -> None:
        self._connection = connection
        self._clock = clock
        self.head = head

    @property
    def now(self) -> datetime:
        """The wall-clock time, UTC."""
        return self._clock.now()

    def deadline(self, seconds: float) -> Deadline:
        """The moment `seconds` from now on the store's clock."""
        return deadline_in(self._clock, seconds)

    def has_passed(self, deadline: Deadline) -> bool:
        """Whether that moment is over."""
        return has_passed(self._clock, deadline)

    def append(self, operation: str, kind: str, body: Mapping[str, JSON]) -> Entry:
        """Append an entry to the journal; secrets in the body are masked first."""
        if "\n" in operation or "\n" in kind:
            # The hash is over columns joined by newlines: with one inside, two rows could have the same.
            raise ValueError("an operation's id and an entry's kind are single lines")
        seq, previous = self.head.seq + 1, self.head.hash
        at, text = timestamp(self.now), canonical(masked(body))
        entry = Entry(seq, at, operation, kind, text, previous, entry_hash(previous, seq, at, operation, kind, text))
        self._connection.execute(_INSERT_ENTRY, (seq, at, operation, kind, text, previous, entry.hash))
        self.head = Head(seq, entry.hash)
        return entry

    def insert(self, operation: Operation) -> None:
        """Let an operation be found whose request was just appended. Raises Conflict where the id exists."""
        done = self._connection.execute(_INSERT_OPERATION, (operation.id, *row_of(operation)))
        if done.rowcount != 1:
            raise Conflict(
                f"There is an operation {operation.id} already.",
                means="Nothing was changed by this try.",
                do=f"See what happened to it: opsctl operations {operation.id}",
                reason="exists",
            )

    def update(self, operation: Operation, expected: State) -> None:
        """Let it be found as it is now. Raises Conflict where its journal tells another state than `expected`."""
        now = self._connection.execute(_STATE, (operation.id,)).fetchone()
        state = now[0] if now else "missing"
        if state != expected:
            raise Conflict(
                f"{operation.id} is {state.replace('_', ' ')} by now, not {expected.replace('_', ' ')}.",
                means="Somebody else took this step first; nothing was changed by this try.",
                do=f"See what happened to it: opsctl operations {operation.id}",
                reason=state,
            )
        row = row_of(operation)
        done = self._connection.execute(_UPDATE_OPERATION, (*row[1:], operation.id, operation.id))
        if done.rowcount != 1:
            # Somebody has changed its row or taken it away: from now on it is found again.
            self._connection.execute(_REMOVE_OPERATION, (operation.id, operation.id))
            self._connection.execute(_INSERT_OPERATION, (operation.id, *row))

    def operation(self, operation: str) -> Operation | None:
        """That operation as its journal tells it."""
        return find_operation(self._connection, operation)

    def entries(self, operation: str) -> tuple[Entry, ...]:
        """The journal entries of that operation, oldest first."""
        return tuple(Entry(*row) for row in self._connection.execute(_ENTRIES, (operation,)))

    def lock(self, key: str) -> Lock | None:
        """The lock with that key, where one is held."""
        row = self._connection.execute(_LOCK, (key,)).fetchone()
        return lock_of(row, self._clock) if row else None

    def take(self, key: str, operation: str, holder: str, lease_seconds: float) -> None:
        """Take the lock, or renew the lease on it. Raises Conflict where another has it, even one that is over."""
        lease = self.deadline(lease_seconds)
        # One that is over is not taken either: its operation must first be closed truthfully by whoever finds it.
        done = self._connection.execute(
            "INSERT INTO locks (key, operation, holder, lease_mark, lease_at) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (key) DO UPDATE SET lease_mark = excluded.lease_mark, lease_at = excluded.lease_at "
            "WHERE locks.operation = excluded.operation AND locks.holder = excluded.holder",
            (key, operation, holder, lease.mark, timestamp(lease.at)),
        )
        if done.rowcount != 1:
            held = self.lock(key)
            raise Conflict(
                f"{key} is locked by {held.operation if held else 'another operation'}.",
                means="Nothing was changed by this try.",
                do=f"See who does what since when: opsctl operations {held.operation if held else ''}".rstrip(),
                reason="locked",
            )

    def release(self, key: str, operation: str) -> None:
        """Give the lock back, where that operation holds it."""
        self._connection.execute("DELETE FROM locks WHERE key = ? AND operation = ?", (key, operation))

    def announce(self, operation: str, channel: str, body: Mapping[str, JSON], target: str = "chat") -> None:
        """Put an item into the outbox, tied to the newest journal entry; its secrets are masked too."""
        self._connection.execute(
            "INSERT INTO outbox (seq, operation, channel, body, at, target) VALUES (?, ?, ?, ?, ?, ?)",
            (self.head.seq, operation, channel, canonical(masked(body)), timestamp(self.now), target),
        )

    def taken(self, items: Collection[int]) -> None:
        """These items of the outbox were taken by what they were for."""
        at = timestamp(self.now)
        self._connection.executemany(
            "UPDATE outbox SET taken_at = ?, trouble = '' WHERE id = ? AND taken_at IS NULL",
            [(at, item) for item in items],
        )

    def refused(self, items: Collection[int], trouble: str) -> None:
        """What these items were for did not take them, and why."""
        self._connection.executemany(
            "UPDATE outbox SET trouble = ? WHERE id = ? AND taken_at IS NULL", [(trouble, item) for item in items]
        )

    def posted(self, operation: str, key: str, post: "Posted") -> None:
        """Note what stands in the chat about an operation under that key."""
        self._connection.execute(
            "INSERT INTO posts (operation, key, channel, message, digest) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (operation, key) DO UPDATE SET "
            "channel = excluded.channel, message = excluded.message, digest = excluded.digest",
            (operation, key, post.channel, post.message, post.digest),
        )

    @property
    def room(self) -> "SqlRoomWriter":
        """The embedded chat."""
        from opsctl.adapters.stores.sql.room import SqlRoomWriter  # few transactions touch it

        return SqlRoomWriter(self._connection, self._clock)

    @property
    def deliveries(self) -> "SqlDeliveryWriter":
        """What chat platforms sent."""
        from opsctl.adapters.stores.sql.deliveries import SqlDeliveryWriter

        return SqlDeliveryWriter(self._connection, self._clock)

    @property
    def incidents(self) -> "SqlIncidentWriter":
        """Which entries tell about which incident."""
        from opsctl.adapters.stores.sql.incidents import SqlIncidentWriter

        return SqlIncidentWriter(self._connection)

    def record(self, operation: str, record: RecordKeys) -> None:
        """Index the audit record of an operation. Raises Conflict where it has one."""
        row = (operation, timestamp(record.at), record.person, record.service, record.environment, record.result)
        if self._connection.execute(_INSERT_RECORD, (operation, *row)).rowcount != 1:
            raise Conflict(
                f"{operation} is in the audit log already.",
                means="Nothing was changed by this try.",
                do=f"See what happened to it: opsctl operations {operation}",
                reason="recorded",
            )

    def keep(self, document: str) -> str:
        """Keep a text under its SHA-256 (lower-case hex), which is returned."""
        digest = hashlib.sha256(document.encode()).hexdigest()
        # One that somebody has changed is put right.
        self._connection.execute(
            "INSERT INTO documents (digest, text) VALUES (?, ?) "
            "ON CONFLICT (digest) DO UPDATE SET text = excluded.text WHERE documents.text <> excluded.text",
            (digest, document),
        )
        return digest
