"""Both stores side by side: what a durable entry costs, and what sharing a commit wins, over bare appends.

PostgreSQL is a server of this run's own, on the same disk, reached over TCP on this host.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from statistics import median

from tests.adapters.postgres_server import FOLDERS, started_server, stopped

from benchmarks.journal import ROUNDS, THREADS, bare_appends, rate, threads_write, writes
from benchmarks.row import Row
from opsctl.adapters.stores.postgresql.store import PostgresStore
from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.core.store import Store

WRITES = 200


def rows() -> list[Row]:
    """All rows; takes about a minute. None of PostgreSQL where that is not installed."""
    found = []
    with _sqlite() as store:
        found += _of("SQLite", store, 0.4, 1.0)
    if FOLDERS:
        with _postgres() as store:
            found += _of("PostgreSQL", store, 0.2, 0.7)
    return found


def _of(name: str, store: Store, alone: float, together: float) -> list[Row]:
    # Not in /tmp, which may be memory, where syncing costs nothing.
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        bare: Callable[[], None] = partial(bare_appends, Path(folder) / "bare.log", b"x" * 500 + b"\n", WRITES)
        single, shared = [], []
        for _ in range(ROUNDS):
            disk = rate(WRITES, bare)
            single.append(rate(WRITES, partial(writes, store, WRITES)) / disk)
            shared.append(rate(THREADS * 20, partial(threads_write, store)) / disk)
    return [
        Row(f"{name}: journal entry, durable / fdatasync'd append", median(single), alone),
        Row(f"{name}: entries of {THREADS} threads / fdatasync'd append", median(shared), together),
    ]


@contextmanager
def _sqlite() -> Iterator[Store]:
    with (
        tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder,
        closing(SqliteStore.create(Path(folder) / "site" / "store.db", "bench")) as store,
    ):
        yield store


@contextmanager
def _postgres() -> Iterator[Store]:
    server = started_server(within=Path.cwd())
    try:
        with closing(PostgresStore.create(server.new_database(), "bench")) as store:
            yield store
    finally:
        stopped(server)
