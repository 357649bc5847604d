"""The embedded store: one SQLite file, shared by the processes of one host."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING, TypeVar

from opsctl.adapters.stores.sql import reads
from opsctl.adapters.stores.sql.clock import Clock, has_passed
from opsctl.adapters.stores.sql.commits import Commits
from opsctl.adapters.stores.sql.documents import document_in, published_in
from opsctl.adapters.stores.sql.meta import is_playground
from opsctl.adapters.stores.sql.rows import find_operation
from opsctl.adapters.stores.sql.transaction import read_head
from opsctl.adapters.stores.sqlite.clock import SystemClock
from opsctl.adapters.stores.sqlite.connections import Connections
from opsctl.adapters.stores.sqlite.create import create, open_meta
from opsctl.adapters.stores.sqlite.failures import translated
from opsctl.adapters.stores.sqlite.head import HeadFile
from opsctl.adapters.stores.sqlite.writing import Writing
from opsctl.core.errors import StoreUnusable
from opsctl.core.journal import Entry
from opsctl.core.operation import Deadline, Operation, State
from opsctl.core.store import Lock, RecordQuery, Transaction

if TYPE_CHECKING:
    from opsctl.adapters.stores.sql.deliveries import SqlDeliveryReader
    from opsctl.adapters.stores.sql.incidents import SqlIncidentReader
    from opsctl.adapters.stores.sql.room import SqlRoomReader
    from opsctl.core.outbox import Item, Posted
    from opsctl.core.verification import Verification

T = TypeVar("T")

PATIENCE_SECONDS = 10.0
"""How long a store waits for another process's transaction."""


class SqliteStore:
    """The store in one SQLite file. Any thread may use it. Made by `create` and `open`."""

    def __init__(self, path: Path, meta: Mapping[str, str], connections: Connections, clock: Clock) -> None:
        self.path = path
        self._meta = meta
        self._connections = connections
        self._clock = clock
        self._writing = Writing(path, connections, clock)
        self._commits = Commits(self._writing.commit)

    @classmethod
    def create(
        cls,
        path: Path,
        site_id: str,
        *,
        is_demo: bool = False,
        group: int | None = None,
        clock: Clock | None = None,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> "SqliteStore":
        """Make the store, or open the site's store that is there: folder 0700 and file 0600, for a group 2770 and 0660.

        Raises StoreUnusable where it can't be made or another site's is there.
        """
        path = Path(path)
        with translated(path):
            create(path, site_id, is_demo=is_demo, group=group, patience_seconds=patience_seconds)
        return cls.open(path, site_id=site_id, clock=clock, patience_seconds=patience_seconds)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        site_id: str | None = None,
        store_id: str | None = None,
        clock: Clock | None = None,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> "SqliteStore":
        """Open the store that is there. Raises StoreUnusable where there is none, or not the one that was named."""
        path = Path(path)
        with translated(path):
            is_there = path.exists()
        if not is_there:
            raise StoreUnusable(
                f"There is no store at {path}.",
                means="Nothing was recorded, and nothing was done.",
                do="Make it with: opsctl init; or correct the path of the store in opsctl.toml.",
                reason="no_store",
            )
        connections = Connections(path, patience_seconds)
        try:
            with translated(path), connections.one() as connection:
                meta = open_meta(connection, path, site_id=site_id, store_id=store_id)
        except BaseException:
            connections.close()
            raise
        return cls(path, meta, connections, clock or SystemClock())

    @property
    def id(self) -> str:
        """The store's own id, made when it was created."""
        return self._meta["store"]

    @property
    def site_id(self) -> str:
        """The id of the site that it belongs to."""
        return self._meta["site"]

    @property
    def is_demo(self) -> bool:
        """Whether `demo` made it; only there `--as` works."""
        with self._reading() as connection:
            return is_playground(connection)

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one durable transaction; concurrent ones share a commit."""
        return self._commits.write(work)

    def has_passed(self, deadline: Deadline) -> bool:
        """Whether that moment is over, on this host's clock."""
        return has_passed(self._clock, deadline)

    def operation(self, operation: str) -> Operation | None:
        """That operation as its journal tells it."""
        with self._at_one_moment() as connection:
            return find_operation(connection, operation)

    def operations(
        self,
        states: Collection[State] = (),
        service: str | None = None,
        environment: str | None = None,
        limit: int | None = 50,
    ) -> list[Operation]:
        """Operations, newest request first; empty `states` means all."""
        with self._at_one_moment() as connection:
            return reads.operations(connection, states, service, environment, limit)

    def entries(self, operation: str, after: int = 0) -> list[Entry]:
        """The journal entries of an operation with a seq greater than `after`, oldest first."""
        with self._reading() as connection:
            return reads.entries(connection, operation, after)

    def journal(self, after: int = 0) -> Iterator[Entry]:
        """All entries with a seq greater than `after`, oldest first, a page at a time."""
        while True:
            with self._reading() as connection:
                page = reads.page(connection, after)
            yield from page
            if len(page) < reads.PAGE:
                return
            after = page[-1].seq

    def newest_seq(self) -> int:
        """The seq of the journal's newest entry, 0 before the first."""
        with self._reading() as connection:
            return read_head(connection).seq

    def heard(self) -> int:
        """Always another number: a look at a file costs less than to learn whether somebody wrote to it."""
        return time.monotonic_ns()

    def locks(self) -> list[Lock]:
        """All locks held now."""
        with self._reading() as connection:
            return reads.locks(connection, self._clock)

    def records(self, query: RecordQuery) -> list[str]:
        """The ids of the operations whose audit records match, newest request first."""
        with self._reading() as connection:
            return reads.records(connection, query)

    def published(self) -> str | None:
        """The canonical text that the journal says was published last, None before the first."""
        with self._reading() as connection:
            return published_in(connection, self.path)

    def document(self, digest: str) -> str | None:
        """A text that was kept, by its SHA-256. Raises StoreUnusable where it is not that text any more."""
        with self._reading() as connection:
            return document_in(connection, self.path, digest)

    def outbox(self, operation: str = "", limit: int = 100) -> "list[Item]":
        """What still has to be taken, oldest first; of one operation, if it is named."""
        with self._reading() as connection:
            return reads.outbox(connection, operation, limit)

    def posts(self, operation: str) -> "Mapping[str, Posted]":
        """What stands in the chat about an operation, by key."""
        with self._reading() as connection:
            return reads.posts(connection, operation)

    def post_called(self, message: str) -> tuple[str, str] | None:
        """The operation and the key of what stands in the chat under that id of the platform."""
        with self._reading() as connection:
            return reads.post_called(connection, message)

    @property
    def room(self) -> "SqlRoomReader":
        """The embedded chat."""
        from opsctl.adapters.stores.sql.room import SqlRoomReader  # few lines look at it

        return SqlRoomReader(self._reading, lambda: self._clock)

    @property
    def deliveries(self) -> "SqlDeliveryReader":
        """What chat platforms sent."""
        from opsctl.adapters.stores.sql.deliveries import SqlDeliveryReader

        return SqlDeliveryReader(self._reading)

    @property
    def incidents(self) -> "SqlIncidentReader":
        """Incidents, as their journal entries tell them."""
        from opsctl.adapters.stores.sql.incidents import SqlIncidentReader

        return SqlIncidentReader(self._reading)

    def verify(self) -> "Verification":
        """Prove the whole journal, its head file and the indexes over it, with all cores."""
        from opsctl.adapters.stores.sqlite.verify import verify  # loads multiprocessing

        with self._reading() as connection:
            return verify(self.path, connection)

    def renew_witness(self) -> None:
        """Make the head file anew, where it is missing."""
        with self._reading() as connection:
            HeadFile(self.path).renew(read_head(connection))

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()
        self._writing.close()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with translated(self.path), self._connections.one() as connection:
            yield connection

    @contextmanager
    def _at_one_moment(self) -> Iterator[Connection]:
        """For what several statements find: a row, and the journal that it is held against."""
        with self._reading() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")
