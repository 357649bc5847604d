"""The proof of a store: its journal's chain, the witness beside it, and the tables that are derived from it."""

import sqlite3
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from opsctl.adapters.stores.sql import indexes
from opsctl.adapters.stores.sql.database import Head
from opsctl.adapters.stores.sql.transaction import read_head
from opsctl.adapters.stores.sqlite import chain
from opsctl.adapters.stores.sqlite.head import BEGINNING, HeadError, HeadFile
from opsctl.adapters.stores.sqlite.readable import MOST_FAULTS, faults_of, tolerant
from opsctl.core.verification import Fault, Verification

_HEAD_IS_MISSING = (
    "the head file beside the store is missing: nothing tells whether the journal's end was cut"
    " (if you know why it is gone: opsctl audit verify --new-head)"
)


def verify(path: Path, connection: sqlite3.Connection) -> Verification:
    """Look at everything once, as it was at one moment. No more than a thousand faults are told."""
    try:
        # Before the snapshot: what it names was committed, so the snapshot must have it.
        noted = HeadFile(path).read()
        unread = ""
    except (OSError, HeadError) as error:
        noted, unread = None, str(error)
    connection.execute("BEGIN")
    try:
        with tolerant(connection):
            head = read_head(connection)
        count = connection.execute("SELECT count(*) FROM journal").fetchone()[0]
        with chain.checking(path, connection, head.seq) as chain_faults:
            others = [
                *faults_of(connection, lambda: _head_faults(connection, head, noted, unread)),
                *faults_of(connection, lambda: indexes.faults(connection)),
            ]
            faults = sorted(islice(chain_faults, MOST_FAULTS), key=lambda fault: fault.seq)
    finally:
        connection.execute("ROLLBACK")
    return Verification(count, head.seq, head.hash, (*faults, *others[:MOST_FAULTS]))


def _head_faults(connection: sqlite3.Connection, head: Head, noted: Head | None, unread: str) -> Iterator[Fault]:
    if unread:
        yield Fault(0, f"the head file can't be read: {unread}")
    elif noted is None:
        if head.seq > BEGINNING:
            yield Fault(0, _HEAD_IS_MISSING)
    elif noted.seq > head.seq:
        yield Fault(noted.seq, f"is in the head file, but the journal ends at entry {head.seq}: its end was cut off")
    elif noted.seq:
        row = connection.execute("SELECT hash FROM journal WHERE seq = ?", (noted.seq,)).fetchone()
        if row is None or row[0] != noted.hash:
            yield Fault(noted.seq, "is another one in the journal than the head file witnessed")
