"""One look at what is published, without all that a store takes: help comes by here, and has to be quick."""

import sqlite3
from contextlib import closing
from pathlib import Path

from opsctl.adapters.stores.sqlite.connections import connect
from opsctl.adapters.stores.sqlite.failures import translated

PATIENCE_SECONDS = 1.0


def published(path: Path) -> str | None:
    """The canonical text of the site that the store in that file has published. Raises StoreUnusable."""
    with translated(path), closing(connect(path, PATIENCE_SECONDS)) as connection:
        return published_in(connection)


def published_in(connection: sqlite3.Connection) -> str | None:
    """The canonical text that is published, in an open database."""
    row = connection.execute("SELECT text FROM site ORDER BY number DESC LIMIT 1").fetchone()
    return row[0] if row else None
