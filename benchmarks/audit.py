"""How fast the audit log is searched, over a read by primary key in the same database.

A million records; OPSCTL_BENCH_RECORDS sets another number.
"""

import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter

from benchmarks.row import Row
from benchmarks.site import make_site
from benchmarks.startup import bare_program, opsctl, ratio, whole
from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.core.store import RecordQuery

RECORDS = int(os.environ.get("OPSCTL_BENCH_RECORDS", "1_000_000"))
LAST = datetime(2026, 3, 4, 12, tzinfo=UTC)
READS = 1_000
SHOWN = 20

_FILL = """
    WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?)
    INSERT INTO records (seq, operation, at, person, service, environment, result)
    SELECT 100 + ? - n, printf('op-%08d', n), strftime('%Y-%m-%dT%H:%M:%S.000000Z', ?, '-' || n || ' seconds'),
        '@p' || n % 40, 's' || n * 7 % 50, 'e' || n % 3, CASE n % 9 WHEN 0 THEN 'failure' ELSE 'success' END
    FROM numbers
"""


def rows() -> list[Row]:
    """All rows; takes half a minute, with ten million records some minutes."""
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        place = Path(folder)
        environment = make_site(place)
        _fill(place / "opsctl.db")
        for _ in range(SHOWN):
            subprocess.run(opsctl("logs", "my-service"), env=environment, check=True, capture_output=True)
        bare = bare_program(place, environment)
        audit = partial(whole, opsctl("audit", "--service", "my-service", "--last", "7d"), environment)
        return [
            Row(f"audit by service and time in {RECORDS:,} / by primary key", _searched(place), 30.0, True),
            Row(f"audit --service … --last 7d in {RECORDS:,} / bare Typer program", ratio(audit, bare), 2.0, True),
        ]


def _fill(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    connection.execute(_FILL, (RECORDS, RECORDS, f"{LAST:%Y-%m-%d %H:%M:%S}"))
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _searched(place: Path) -> float:
    store = SqliteStore.open(place / "opsctl.db")
    connection = sqlite3.connect(place / "opsctl.db")
    random = Random(7)

    def by_key() -> None:
        connection.execute(
            "SELECT * FROM records WHERE operation = ?", (f"op-{random.randrange(RECORDS):08}",)
        ).fetchone()

    def by_service_and_time() -> None:
        end = LAST - timedelta(seconds=random.randrange(RECORDS))
        query = RecordQuery(service=f"s{random.randrange(50)}", since=end - timedelta(hours=1), until=end, limit=20)
        store.records(query)

    ratios = [_seconds(by_service_and_time) / _seconds(by_key) for _ in range(7)]
    connection.close()
    store.close()
    return median(ratios)


def _seconds(read: Callable[[], None]) -> float:
    start = perf_counter()
    for _ in range(READS):
        read()
    return perf_counter() - start
