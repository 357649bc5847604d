"""Texts that are kept under their SHA-256, and which of them is the published site."""

import hashlib
import json

from opsctl.adapters.stores.sql.database import Connection
from opsctl.core.errors import StoreUnusable
from opsctl.core.journal import COLUMNS, SITE_PUBLISHED, Entry

# Written out, not as a parameter: only so the index of just these entries is used.
LAST_PUBLISHING = f"SELECT {COLUMNS} FROM journal WHERE kind = '{SITE_PUBLISHED}' ORDER BY seq DESC LIMIT 1"  # noqa: S608


def published_in(connection: Connection, path: object) -> str | None:
    """The canonical text that the journal says was published last; None before the first.

    Raises StoreUnusable where the entry or the text is not what its hash says, or the text is gone.
    """
    row = connection.execute(LAST_PUBLISHING).fetchone()
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


def document_in(connection: Connection, path: object, digest: str) -> str | None:
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
        do="See what else does not hold: opsctl audit verify   A published site is put back by publishing the very same"
        " file (opsctl site publish FILE), else by the store's last backup.",
        reason="store_changed",
    )
