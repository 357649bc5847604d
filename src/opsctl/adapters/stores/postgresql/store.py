"""The store on a PostgreSQL server, shared by the processes of several machines."""

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from opsctl.adapters.stores.postgresql.connections import Connections, Reading, waited_for
from opsctl.adapters.stores.postgresql.failures import translated
from opsctl.adapters.stores.postgresql.link import Link, Password
from opsctl.adapters.stores.postgresql.listening import Listening
from opsctl.adapters.stores.postgresql.place import shown_url
from opsctl.adapters.stores.postgresql.schema import MIGRATIONS, migrate, read_meta
from opsctl.adapters.stores.postgresql.session import ServerClock
from opsctl.adapters.stores.postgresql.writing import Writing
from opsctl.adapters.stores.sql import reads
from opsctl.adapters.stores.sql.clock import has_passed
from opsctl.adapters.stores.sql.commits import Commits
from opsctl.adapters.stores.sql.documents import document_in, published_in
from opsctl.adapters.stores.sql.meta import check_identity, check_meta, is_newest, is_playground, version_of
from opsctl.adapters.stores.sql.rows import find_operation
from opsctl.adapters.stores.sql.transaction import read_head
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
"""How long a server that was reached before is waited for when it is lost.

It is longer than the server waits for a transaction that fell silent, so that what became of one is known.
"""


def no_password() -> str:
    """What is answered where a server asks for a password and there is none."""
    return ""


class PostgresStore:
    """The store in one schema of a database. Any thread may use it. Made by `create` and `open`."""

    def __init__(self, meta: Mapping[str, str], connections: Connections, listening: Listening) -> None:
        self._meta = meta
        self._connections = connections
        self._listening = listening
        self._commits = Commits(Writing(connections).commit)

    @classmethod
    def create(
        cls,
        url: str,
        site_id: str,
        *,
        password: Password = no_password,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> "PostgresStore":
        """Make the store, or open the site's store that is there. The role that does it owns its tables.

        Raises StoreUnusable where it can't be made or another site's is there.
        """
        new = {"store": f"st-{os.urandom(8).hex()}", "site": site_id}
        return cls._opened(
            url, lambda link, place: migrate(link, place, new), site_id, None, password, patience_seconds
        )

    @classmethod
    def open(
        cls,
        url: str,
        *,
        site_id: str | None = None,
        store_id: str | None = None,
        password: Password = no_password,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> "PostgresStore":
        """Open the store that is there. Raises StoreUnusable where there is none, or not the one that was named."""
        return cls._opened(url, _found, site_id, store_id, password, patience_seconds)

    @classmethod
    def _opened(
        cls,
        url: str,
        find: Callable[[Link, str], Mapping[str, str]],
        site_id: str | None,
        store_id: str | None,
        password: Password,
        patience_seconds: float,
    ) -> "PostgresStore":
        place = shown_url(url)
        make = partial(Link.made, url, password)
        with translated(place):
            link = waited_for(make, url, patience_seconds)
            try:
                meta = find(link, place)
                check_meta(meta, place)
                check_identity(meta, place, site_id, store_id)
            except BaseException:
                link.close()
                raise
        return cls(meta, Connections(place, link, make, patience_seconds), Listening(make))

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
        """Whether its journal began in a store that `demo` made; only there `--as` works."""
        with self._reading() as connection:
            return is_playground(connection)

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one durable transaction; concurrent ones share a commit."""
        return self._commits.write(work)

    def has_passed(self, deadline: Deadline) -> bool:
        """Whether that moment is over, on the server's clock."""
        return has_passed(self._clock(), deadline)

    def operation(self, operation: str) -> Operation | None:
        """That operation as its journal tells it."""
        return self._at_one_moment(lambda link: find_operation(link, operation))

    def operations(
        self,
        states: Collection[State] = (),
        service: str | None = None,
        environment: str | None = None,
        limit: int | None = 50,
    ) -> list[Operation]:
        """Operations, newest request first; empty `states` means all."""
        return self._at_one_moment(lambda link: reads.operations(link, states, service, environment, limit))

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
        """Another number than before once a commit was heard of."""
        return self._listening.heard()

    def locks(self) -> list[Lock]:
        """All locks held now."""
        with self._reading() as connection:
            return reads.locks(connection, ServerClock.read(connection))

    def records(self, query: RecordQuery) -> list[str]:
        """The ids of the operations whose audit records match, newest request first."""
        with self._reading() as connection:
            return reads.records(connection, query)

    def published(self) -> str | None:
        """The canonical text that the journal says was published last, None before the first."""
        with self._reading() as connection:
            return published_in(connection, self._connections.place)

    def document(self, digest: str) -> str | None:
        """A text that was kept, by its SHA-256. Raises StoreUnusable where it is not that text any more."""
        with self._reading() as connection:
            return document_in(connection, self._connections.place, digest)

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

        return SqlRoomReader(self._reading, self._clock)

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
        """Prove the whole journal and the indexes over it."""
        from opsctl.adapters.stores.postgresql.verify import verify

        with translated(self._connections.place), self._connections.one() as link:
            return verify(link)

    def renew_witness(self) -> None:
        """There is no witness beside a server: its journal's head stands in the threads of the announcements."""

    def close(self) -> None:
        """Close the connections."""
        self._listening.close()
        self._connections.close()

    def _clock(self) -> ServerClock:
        with self._reading() as connection:
            return ServerClock.read(connection)

    @contextmanager
    def _reading(self) -> Iterator[Reading]:
        with translated(self._connections.place), self._connections.reading() as connection:
            yield connection

    def _at_one_moment(self, look: Callable[[Link], T]) -> T:
        """What several statements find in one snapshot: a row, and the journal that it is held against."""
        with translated(self._connections.place):
            return self._connections.snapshot(look)


def _found(link: Link, place: str) -> Mapping[str, str]:
    meta = read_meta(link)
    if not meta:
        raise StoreUnusable(
            f"There is no store at {place}.",
            means="Nothing was recorded, and nothing was done.",
            do="Copy one there: opsctl store copy; or correct the URL of the store in opsctl.toml.",
            reason="no_store",
        )
    check_meta(meta, place)
    return meta if is_newest(version_of(meta), len(MIGRATIONS), place) else migrate(link, place)
