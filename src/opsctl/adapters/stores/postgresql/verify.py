"""The proof of a store: its journal's chain, and the tables that are derived from it."""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from opsctl.adapters.stores.postgresql.link import Link
from opsctl.adapters.stores.sql import indexes
from opsctl.adapters.stores.sql.transaction import read_head
from opsctl.core.journal import COLUMNS, GENESIS
from opsctl.core.verification import Verification, faults_in

MOST_FAULTS = 1000
_MANY = 2000


def verify(link: Link) -> Verification:
    """Look at everything once, as it was at one moment. No more than a thousand faults are told."""
    link.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        head = read_head(link)
        count = link.execute("SELECT count(*) FROM journal").fetchone()[0]
        faults = list(islice(faults_in(_rows(link), 0, GENESIS), MOST_FAULTS))
        others = islice(indexes.faults(link), MOST_FAULTS)
        return Verification(count, head.seq, head.hash, (*faults, *others))
    finally:
        link.execute("ROLLBACK")


def _rows(link: Link) -> Iterator[tuple[Any, ...]]:
    with link.psycopg.cursor(name="journal") as cursor:
        cursor.execute(f"SELECT {COLUMNS} FROM journal ORDER BY seq".encode())  # noqa: S608 - constants
        yield from chain.from_iterable(iter(lambda: cursor.fetchmany(_MANY), []))
