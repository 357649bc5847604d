"""How fast the journal is, over what the disk and the processor can do, measured side by side."""

import hashlib
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.row import Row
from opsctl.adapters.stores.sql.batch import Batch, Piece
from opsctl.adapters.stores.sqlite.connections import connect
from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.adapters.stores.sqlite.writing import SqliteSession
from opsctl.core.canonical import canonical
from opsctl.core.journal import GENESIS, Entry, entry_hash
from opsctl.core.store import Store, Transaction

ROUNDS = 7
WRITES = 300
THREADS = 64
VERIFIED = 400_000

BODY = {
    "command": "/deploy order-service v2.4.1 production",
    "person": "@alice",
    "origin": "terminal",
    "channel": "#deployments",
    "service": "order-service",
    "environment": "production",
}


def rows() -> list[Row]:
    """All rows; takes about a minute."""
    # Not in /tmp, which may be memory, where syncing costs nothing.
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        place = Path(folder)
        return [*_durable(place), _verified(place)]


def _durable(place: Path) -> list[Row]:
    store = SqliteStore.create(place / "one" / "store.db", "bench")
    line = store.write(_append)
    size = sum(len(str(column)) for column in (line.at, line.operation, line.kind, line.body, line.previous, line.hash))
    appended = partial(bare_appends, place / "bare.log", b"x" * size + b"\n")
    single, shared, threads = [], [], []
    for _ in range(ROUNDS):
        bare = rate(WRITES, appended)
        single.append(rate(WRITES, partial(writes, store, WRITES)) / bare)
        bare = rate(WRITES, appended)
        shared.append(rate(THREADS * 20, partial(_batches, store)) / bare)
        threads.append(rate(THREADS * 20, partial(threads_write, store)) / bare)
    store.close()
    return [
        Row("journal entry, durable / fdatasync'd append", median(single), 0.60),
        Row(f"{THREADS} entries a commit / fdatasync'd append", median(shared), 5.8),
        Row(f"entries of {THREADS} threads that wait for them / fdatasync'd append", median(threads), 1.0),
    ]


def _verified(place: Path) -> Row:
    path = place / "two" / "store.db"
    store = SqliteStore.create(path, "bench")
    texts = _fill(path, store)
    hashed, verified = [], []
    for _ in range(3):
        hashed.append(rate(VERIFIED, partial(_hashes, texts)))
        verified.append(rate(VERIFIED, partial(_verify, store)))
    store.close()
    return Row("audit verify / SHA-256 of one core, one call an entry", max(verified) / max(hashed), 0.30)


def rate(count: int, run: Callable[[], None]) -> float:
    """How many a second, where `run` does `count`."""
    start = time.perf_counter()
    run()
    return count / (time.perf_counter() - start)


def _append(tx: Transaction) -> Entry:
    return tx.append("op-7f3k9q", "step", BODY)


def bare_appends(path: Path, line: bytes, count: int = WRITES) -> None:
    """That many lines, each synced."""
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    for _ in range(count):
        os.write(descriptor, line)
        os.fdatasync(descriptor)
    os.close(descriptor)


def writes(store: Store, count: int) -> None:
    """That many entries, each in a commit of its own."""
    for _ in range(count):
        store.write(_append)


def _batches(store: SqliteStore) -> None:
    """What the leader of 64 threads does, without the threads' own switching."""
    with store._connections.one() as connection:
        session = SqliteSession(connection, store._clock)
        for _ in range(20):
            Batch(session, [Piece(_append) for _ in range(THREADS)], sqlite3.Error).commit()


def threads_write(store: Store) -> None:
    """Twenty entries of each thread, which waits for each."""
    threads = [threading.Thread(target=writes, args=(store, 20)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _fill(path: Path, store: SqliteStore) -> list[bytes]:
    """A journal of operations with eight entries each, written past the store's own code: that would take minutes."""
    body, at, previous = canonical(BODY), "2026-03-04T15:23:47.000000Z", GENESIS
    kinds = ("requested", "step", "step", "step", "step", "step", "step", "succeeded")
    entries, texts = [], []
    for seq in range(1, VERIFIED + 1):
        operation, kind = f"op-{(seq - 1) // 8:07}", kinds[(seq - 1) % 8]
        digest = entry_hash(previous, seq, at, operation, kind, body)
        entries.append((seq, at, operation, kind, body, previous, digest))
        texts.append(f"{previous}\n{seq}\n{at}\n{operation}\n{kind}\n{body}".encode())
        previous = digest
    connection = connect(path, 10)
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?)", entries)
    connection.execute(
        "INSERT INTO operations SELECT min(seq), operation, 'succeeded', 'order-service', 'production', '' "
        "FROM journal GROUP BY operation"
    )
    connection.execute(
        "INSERT INTO records SELECT min(seq), operation, min(at), '@alice', 'order-service', 'production', 'success' "
        "FROM journal GROUP BY operation"
    )
    connection.execute(
        "INSERT INTO outbox (seq, operation, channel, body, at, taken_at) "
        "SELECT seq, operation, '#deployments', '{}', at, at FROM journal WHERE kind IN ('requested', 'succeeded')"
    )
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # as it is after a while
    connection.close()
    store.renew_witness()
    return texts


def _hashes(texts: list[bytes]) -> None:
    for text in texts:
        hashlib.sha256(text).hexdigest()


def _verify(store: SqliteStore) -> None:
    found = store.verify()
    assert found.faults == (), found.faults[:3]
