"""How a store comes to be, and how one that is there is recognised."""

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from opsctl.adapters.stores.sql.database import Head
from opsctl.adapters.stores.sql.meta import (
    PLAYGROUND_MADE,
    check_identity,
    check_meta,
    is_newest,
    version_of,
    write_meta,
)
from opsctl.adapters.stores.sql.transaction import SqlTransaction
from opsctl.adapters.stores.sqlite.clock import SystemClock
from opsctl.adapters.stores.sqlite.connections import connect
from opsctl.adapters.stores.sqlite.place import make_file, make_folder, sync_folder
from opsctl.adapters.stores.sqlite.schema import MIGRATIONS, migrate, read_meta
from opsctl.core.journal import GENESIS


def create(path: Path, site_id: str, *, is_demo: bool, group: int | None, patience_seconds: float) -> None:
    """Make a whole store at that path, where there is nothing yet; of several at once the first one counts.

    It is made under another name and linked to its own when it is complete, so nobody ever opens half a store.
    """
    make_folder(path.parent, group)
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    make_file(draft, group)
    try:
        _fill(draft, site_id, is_demo=is_demo, patience_seconds=patience_seconds)
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return
        sync_folder(path.parent)
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            draft.with_name(draft.name + suffix).unlink(missing_ok=True)


def _fill(draft: Path, site_id: str, *, is_demo: bool, patience_seconds: float) -> None:
    with closing(connect(draft, patience_seconds)) as connection:
        # Stays so for everyone who opens it.
        connection.execute("PRAGMA journal_mode = WAL")
        migrate(connection, draft)
        connection.execute("BEGIN IMMEDIATE")
        store_id = f"st-{os.urandom(8).hex()}"
        write_meta(connection, "store", store_id)
        write_meta(connection, "site", site_id)
        if is_demo:
            transaction = SqlTransaction(connection, SystemClock(), Head(0, GENESIS))
            transaction.append(store_id, PLAYGROUND_MADE, {"site": site_id})
        connection.execute("COMMIT")
        # All of it into the one file that gets the name. Closing would do that too, and not tell where it can't.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def open_meta(
    connection: sqlite3.Connection, path: Path, *, site_id: str | None, store_id: str | None
) -> Mapping[str, str]:
    """What the store says about itself, migrated where it is older. Raises StoreUnusable where it is not the one."""
    meta = read_meta(connection)
    check_meta(meta, path)
    if not is_newest(version_of(meta), len(MIGRATIONS), path):
        migrate(connection, path)
    check_identity(meta, path, site_id, store_id)
    return meta
