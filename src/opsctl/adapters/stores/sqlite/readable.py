"""Columns that hold what is not text: a fault to tell, not an error to stop at."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice

from opsctl.core.verification import Fault

MOST_FAULTS = 1000


def faults_of(connection: sqlite3.Connection, look: Callable[[], Iterator[Fault]]) -> list[Fault]:
    """The faults that `look` finds, at most `MOST_FAULTS`; it is called again where a column is not UTF-8."""
    try:
        return list(islice(look(), MOST_FAULTS))
    except sqlite3.OperationalError as error:
        if "decode" not in str(error):  # the only sign there is: it comes from Python, without a code of SQLite
            raise
    with tolerant(connection):
        return list(islice(look(), MOST_FAULTS))


@contextmanager
def tolerant(connection: sqlite3.Connection) -> Iterator[None]:
    """Read columns that are not UTF-8 as some other text. Slower than reading only what should be there."""
    connection.text_factory = _decoded
    try:
        yield
    finally:
        connection.text_factory = str


def _decoded(column: bytes) -> str:
    try:
        return column.decode()
    except UnicodeDecodeError:
        # Never equal to what was hashed, whatever that was.
        return column.decode(errors="replace") + "\ufffd(not UTF-8)"
