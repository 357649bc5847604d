"""A site that leaves this file for another store."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from opsctl.adapters.stores.sql.database import Head
from opsctl.adapters.stores.sql.meta import SEALED, write_meta
from opsctl.adapters.stores.sql.tables import TABLES, Table
from opsctl.adapters.stores.sql.transaction import read_head
from opsctl.adapters.stores.sqlite.connections import connect
from opsctl.adapters.stores.sqlite.failures import translated
from opsctl.adapters.stores.sqlite.store import PATIENCE_SECONDS
from opsctl.core.errors import UsageError

# Also for the processes that have the file open and never look at `meta` again, such as a relay.
_SEAL = """CREATE TRIGGER journal_is_sealed BEFORE INSERT ON journal
    BEGIN SELECT RAISE(ABORT, 'the store is sealed: its site has moved'); END"""


class Leaving:
    """All that is in the file, while nobody can write to it."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    @property
    def head(self) -> Head:
        """The journal's newest entry."""
        return read_head(self._connection)

    def tables(self) -> Iterator[Table]:
        """Everything that is to be copied."""
        for name in TABLES:
            rows = self._connection.execute(f"SELECT * FROM {name} ORDER BY rowid")  # noqa: S608 - a constant
            yield Table(name, tuple(column[0] for column in rows.description), rows)

    def seal(self, target: str) -> None:
        """From now on it is refused, and says where its site is."""
        with translated(self._path):
            write_meta(self._connection, SEALED, target)
            self._connection.execute(_SEAL)
            self._connection.execute("COMMIT")


@contextmanager
def leaving(path: Path) -> Iterator[Leaving]:
    """Keep everybody from writing while the block runs. Raises UsageError where a change is running."""
    with translated(path):
        connection = connect(path, PATIENCE_SECONDS, to_write=True)
        try:
            connection.execute("BEGIN IMMEDIATE")
            held = connection.execute("SELECT operation FROM locks ORDER BY key LIMIT 1").fetchone()
            if held is not None:
                raise UsageError(
                    f"{held[0]} holds a lock in {path}: it runs, or what became of it is not known yet.",
                    means="Nothing was copied.",
                    do=f"Wait for it, then try again: opsctl run {held[0]}",
                    reason="locked",
                )
            yield Leaving(connection, path)
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            connection.close()
