"""How fast `logs` of the local deployer reaches a terminal, over `cat` of the same files, run in turn on one."""

import os
import pty
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from benchmarks.row import Row
from benchmarks.site import make_site
from opsctl.adapters.local_layout import Placement

LINES = 1_000_000
"""So many that starting, which counts, is a small part of it."""

ROUNDS = 5

TEXTS = (
    "INFO  GET /orders/8123 200 12 ms trace=6f1d2c",
    'INFO  POST /orders 201 48 ms trace=90ab13 body={"items": 3, "total": "41.90", "currency": "EUR"}',
    "WARN  payment-service answered after 2104 ms, retrying once",
    "DEBUG cache hit for customer 55120 (ttl 280 s)",
    "ERROR order 8125 refused: Größe is missing (customer 55120, trace=c01d77)",
)


def rows() -> list[Row]:
    """All rows; takes about a minute."""
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        environment = make_site(Path(folder)) | {"OPSCTL_RUNTIME_FOLDER": folder, "TERM": "xterm"}
        return [
            Row("lines of logs to a terminal / cat", _over_cat(environment, "production", 1), 0.5),
            Row("lines of logs merged over 3 replicas / cat", _over_cat(environment, "staging", 3), 0.5),
        ]


def _over_cat(environment: dict[str, str], where: str, replicas: int) -> float:
    files = _write(Placement(Path(environment["OPSCTL_RUNTIME_FOLDER"]), "my-service", where), replicas)
    logs = [sys.executable, "-m", "opsctl", "logs", "my-service", "--environment", where]
    cat = ["cat", *map(str, files)]
    _seconds(logs, environment)  # validates the settings, which are remembered
    return median(_seconds(cat, environment) / _seconds(logs, environment) for _ in range(ROUNDS))


def _write(placement: Placement, replicas: int) -> list[Path]:
    placement.logs.mkdir(parents=True)
    start = datetime.now(UTC) - timedelta(minutes=50)
    files = [placement.log_file(f"1-{number}") for number in range(1, replicas + 1)]
    for number, file in enumerate(files):
        with file.open("w", encoding="utf-8") as log:
            for line in range(number, LINES, replicas):
                at = start + timedelta(milliseconds=2 * line)
                log.write(f"{at:%Y-%m-%dT%H:%M:%S.%fZ} {TEXTS[line % len(TEXTS)]}\n")
    return files


def _seconds(vector: list[str], environment: dict[str, str]) -> float:
    """Until all its lines have been read from the other side of a terminal."""
    ours, terminal = pty.openpty()
    start = time.perf_counter()
    process = subprocess.Popen(vector, env=environment, stdin=terminal, stdout=terminal, stderr=subprocess.DEVNULL)
    os.close(terminal)
    lines = 0
    while data := _read(ours):
        lines += data.count(b"\n")
    process.wait()
    seconds = time.perf_counter() - start
    os.close(ours)
    assert lines == LINES, f"{vector} wrote {lines} lines"
    return seconds


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that nobody has the other side open any more
        return b""
