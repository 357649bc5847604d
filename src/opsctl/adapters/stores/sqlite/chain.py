"""The journal's hash chain, checked by all cores. Run as a module, it checks one part of it: PATH FIRST LAST."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import chain
from pathlib import Path

from opsctl.adapters.stores.sqlite.connections import connect
from opsctl.adapters.stores.sqlite.readable import faults_of, tolerant
from opsctl.core.journal import COLUMNS, GENESIS
from opsctl.core.verification import Fault, Row, faults_in

_WORTH_SHARING = 20_000
_PATIENCE_SECONDS = 10.0
_MANY = 256
_ROWS = f"SELECT {COLUMNS} FROM journal WHERE seq BETWEEN ? AND ? ORDER BY seq"  # noqa: S608 - constants
_LOWEST = -(2**63)


@contextmanager
def checking(path: Path, connection: sqlite3.Connection, last: int) -> Iterator[Iterator[Fault]]:
    """Start to check all entries up to `last`, give their faults in order, and end what was started for it."""
    if last < _WORTH_SHARING:
        yield iter(_faults(connection, _LOWEST, last))
        return
    # One core is left for what this process looks at meanwhile, which takes about as long as a core's part.
    parts = _parts(last, max(1, len(os.sched_getaffinity(0)) - 1))
    # Programs, not forks: this process may have threads, and it has the database open.
    with ExitStack() as ended:
        workers = [ended.enter_context(_start(path, first, last)) for first, last in parts]
        for worker in workers:
            ended.callback(worker.kill)
        yield _gathered(workers, parts, connection)


def _parts(last: int, count: int) -> list[tuple[int, int]]:
    size = -(-last // count)
    return [(first if first > 1 else _LOWEST, min(first + size - 1, last)) for first in range(1, last + 1, size)]


def _start(path: Path, first: int, last: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", __name__, str(path), str(first), str(last)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        # However this process found the package, the other one finds it there too.
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        start_new_session=True,  # Ctrl-C ends this process, which then ends those
    )


def _gathered(
    workers: list[subprocess.Popen[str]], parts: list[tuple[int, int]], connection: sqlite3.Connection
) -> Iterator[Fault]:
    for worker, part in zip(workers, parts, strict=True):
        answer, _ = worker.communicate()
        if worker.returncode == 0:
            yield from (Fault(seq, what) for seq, what in json.loads(answer))
        else:
            # Killed for its memory, or unable to start: what it did not prove is proved here.
            yield from _faults(connection, *part)


def _faults(connection: sqlite3.Connection, first: int, last: int) -> list[Fault]:
    with tolerant(connection):
        before = connection.execute(
            "SELECT seq, hash FROM journal WHERE seq < ? ORDER BY seq DESC LIMIT 1", (first,)
        ).fetchone() or (0, GENESIS)
    return faults_of(connection, lambda: faults_in(_rows(connection, first, last), *before))


def _rows(connection: sqlite3.Connection, first: int, last: int) -> Iterator[Row]:
    fetch = connection.execute(_ROWS, (first, last)).fetchmany
    # Many at a time cost less than one by one.
    return chain.from_iterable(iter(lambda: fetch(_MANY), []))


def main(path: str, first: str, last: str) -> None:
    """Write the faults of that part to standard output, as JSON."""
    with closing(connect(Path(path), _PATIENCE_SECONDS)) as connection:
        json.dump([(fault.seq, fault.what) for fault in _faults(connection, int(first), int(last))], sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
