"""A site that comes from another store."""

from collections.abc import Iterable

from opsctl.adapters.stores.postgresql.failures import translated
from opsctl.adapters.stores.postgresql.link import Link, Password
from opsctl.adapters.stores.postgresql.place import shown_url
from opsctl.adapters.stores.postgresql.schema import migrate
from opsctl.adapters.stores.postgresql.session import PostgresSession, Writer
from opsctl.adapters.stores.postgresql.verify import verify
from opsctl.adapters.stores.sql.database import Head
from opsctl.adapters.stores.sql.meta import check_identity
from opsctl.adapters.stores.sql.tables import Identity, Table
from opsctl.adapters.stores.sql.transaction import read_head
from opsctl.core.errors import UsageError
from opsctl.core.verification import Verification

_IDENTITIES = (("outbox", "id"), ("room_messages", "id"), ("room_reactions", "number"), ("deliveries", "number"))


def take_in(url: str, who: Identity, tables: Iterable[Table], password: Password) -> Verification:
    """Make the store there, with everything in these tables, or with nothing; then prove it.

    One that took the very same in before stays as it is. Raises StoreUnusable where it can't be made, and UsageError
    where something else is there.
    """
    place = shown_url(url)
    with translated(place):
        link = Link.made(url, password)
        try:
            meta = migrate(link, place, {"store": who.store, "site": who.site})
            check_identity(meta, place, who.site, who.store)
            _fill(link, place, who.head, tables)
            return verify(link)
        finally:
            link.close()


def _fill(link: Link, place: str, head: Head, tables: Iterable[Table]) -> None:
    session = PostgresSession(link, Writer())
    found, _ = session.begin()
    if found == head:
        session.roll_back()
        return
    if found.seq:
        session.roll_back()
        raise UsageError(
            f"The store {place} has a journal of its own already, up to entry {found.seq}.",
            means="Nothing was copied.",
            do="Name an empty database.",
            reason="not_empty",
        )
    for table in tables:
        _copy(link, table)
    for name, column in _IDENTITIES:
        link.execute(
            f"SELECT setval(pg_get_serial_sequence('{name}', '{column}'), "  # noqa: S608 - constants
            f"(SELECT max({column}) FROM {name}))"
        )
    assert read_head(link) == head, "the journal was held still while it was copied"
    session.commit()


def _copy(link: Link, table: Table) -> None:
    # Names that this project gave to tables and columns.
    into = f"COPY {table.name} ({', '.join(table.columns)}) FROM STDIN"
    with link.psycopg.cursor() as cursor, cursor.copy(into.encode()) as copy:
        for row in table.rows:
            copy.write_row(row)
