"""One look at what is published, without all that a store takes: help comes by here, and has to be quick."""

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

from opsctl.adapters.stores.sqlite.connections import connect
from opsctl.adapters.stores.sqlite.failures import translated
from opsctl.core.errors import StoreUnusable
from opsctl.core.journal import COLUMNS, SITE_PUBLISHED, Entry

PATIENCE_SECONDS = 1.0

_LAST = f"SELECT {COLUMNS} FROM journal WHERE kind = '{SITE_PUBLISHED}' ORDER BY seq DESC LIMIT 1"  # noqa: S608


def published(path: Path) -> str | None:
    """The canonical text of the site that the store in that file has published. Raises StoreUnusable."""
    with translated(path), closing(connect(path, PATIENCE_SECONDS)) as connection:
        return published_in(connection, path)


def published_in(connection: sqlite3.Connection, path: Path) -> str | None:
    """The canonical text that the journal says was published last, in an open database; None before the first.

    Raises StoreUnusable where the entry or the text is not what its hash says, or the text is gone.
    """
    row = connection.execute(_LAST).fetchone()
    if row is None:
        return None
    entry = Entry(*row)
    if not entry.is_whole:
        raise _distrusted(f"Journal entry {entry.seq} of {path} was changed, which says what site is published.")
    digest = json.loads(entry.body)["digest"]
    text = document_in(connection, path, digest)
    if text is None:
        raise _distrusted(f"The published site is gone from {path}: its text, {digest[:12]}, is not there any more.")
    return text


def document_in(connection: sqlite3.Connection, path: Path, digest: str) -> str | None:
    """A text that was kept, by its SHA-256. Raises StoreUnusable where it is not that text any more."""
    row = connection.execute("SELECT text FROM documents WHERE digest = ?", (digest,)).fetchone()
    if row is None:
        return None
    text: str = row[0]
    if hashlib.sha256(str(text).encode()).hexdigest() != digest:
        raise _distrusted(f"The text {digest[:12]} in {path} was changed.")
    return text


def _distrusted(happened: str) -> StoreUnusable:
    return StoreUnusable(
        happened,
        means="What depends on it can't be trusted. Nothing was changed.",
        do="See what else does not hold: opsctl audit verify   "
        "A site's text is put back by publishing its file again: opsctl site publish FILE",
        reason="store_changed",
    )
