"""One look at what is published, without all that a store takes: help comes by here, and has to be quick.

It proves nothing. That is enough for what is only shown: whatever is carried out is what the store itself reads.
"""

from contextlib import closing
from pathlib import Path

from opsctl.adapters.stores.sqlite.connections import connect
from opsctl.adapters.stores.sqlite.failures import translated

PATIENCE_SECONDS = 1.0

# The body of such an entry is {"digest":"…"} and nothing else.
_PUBLISHED = """
    SELECT text FROM documents WHERE digest = (
        SELECT substr(body, 12, 64) FROM journal WHERE kind = 'site_published' ORDER BY seq DESC LIMIT 1
    )
"""


def published(path: Path) -> str | None:
    """The canonical text of the site that the store in that file has published. Raises StoreUnusable."""
    with translated(path), closing(connect(path, PATIENCE_SECONDS)) as connection:
        row = connection.execute(_PUBLISHED).fetchone()
    return row[0] if row else None
