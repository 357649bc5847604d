"""One log file of time-stamped lines: read on from a moment, or backwards from its end."""

import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from opsctl.adapters.local_layout import STAMP_LENGTH
from opsctl.core.ports import LogLine

_BLOCK = 64 * 1024
_UNTIMED = "1970-01-01T00:00:00.000000Z"
"""The time of lines at the start of a file that have none."""


def has_stamp(line: str) -> bool:
    """Whether a line starts with a time; others belong to the one before them."""
    # One comparison a line: "Z " in its place is as good a sign as the whole of a time, and much faster.
    return line[26:28] == "Z "


def read_on(file: BinaryIO, since: str, service: str, environment: str, replica: str) -> Iterator[list[LogLine]]:
    """The lines from `since` on ("" for all), oldest first; in blocks that are not empty."""
    if since:
        _seek(file, since.encode())
    new = tuple.__new__  # what LogLine(...) comes to, at a third of its price
    at = _UNTIMED
    while data := file.read(_BLOCK):
        lines = (data + file.readline()).decode(errors="replace").removesuffix("\n").split("\n")
        block = [
            new(LogLine, (line[:27], service, environment, replica, line[28:]))
            for line in lines
            if line[26:28] == "Z " and line >= since
        ]
        if len(block) < len(lines):
            # Some have no time of their own, or are from before.
            timed = [LogLine(when, service, environment, replica, text) for when, text in _timed(lines, at)]
            at = timed[-1].at
            block = [line for line in timed if line.at >= since]
        else:
            at = block[-1].at
        if block:
            yield block


def _timed(lines: Iterable[str], at: str) -> Iterator[tuple[str, str]]:
    for line in lines:
        if has_stamp(line):
            at = line[:STAMP_LENGTH]
            yield at, line[STAMP_LENGTH + 1 :]
        else:
            yield at, line


def read_back(file: BinaryIO) -> Iterator[tuple[str, str]]:
    """Time and text of each line, newest first; no more of the file is read than what is asked for."""
    untimed: list[str] = []
    for raw in _lines_back(file):
        line = raw.decode(errors="replace")
        if not has_stamp(line):
            untimed.append(line)
            continue
        at = line[:STAMP_LENGTH]
        yield from ((at, text) for text in untimed)
        untimed.clear()
        yield at, line[STAMP_LENGTH + 1 :]
    yield from ((_UNTIMED, text) for text in untimed)


def _lines_back(file: BinaryIO) -> Iterator[bytes]:
    position = file.seek(0, os.SEEK_END)
    rest = b""
    is_last = True
    while position:
        size = min(_BLOCK, position)
        position = file.seek(position - size)
        lines = (file.read(size) + rest).split(b"\n")
        rest = lines[0]
        if is_last and lines[-1] == b"":
            # What follows the last newline is no line.
            lines.pop()
        is_last = False
        yield from reversed(lines[1:])
    if rest:
        yield rest


def _seek(file: BinaryIO, since: bytes) -> None:
    """Go close before the first line at or after a moment, by halving; lines never go back in time in a file."""
    low, high = 0, file.seek(0, os.SEEK_END)
    while high - low > _BLOCK:
        middle = (low + high) // 2
        file.seek(middle)
        file.readline()
        start, line = _next_stamped(file, high)
        if line and line < since:
            low = start
        else:
            high = middle
    file.seek(low)


def _next_stamped(file: BinaryIO, end: int) -> tuple[int, bytes]:
    start = file.tell()
    while start < end:
        line = file.readline()
        if line[26:28] == b"Z ":
            return start, line
        start = file.tell()
    return start, b""
