"""Tables: one row a line where they fit, else every row on several lines, broken between the same columns.

Nothing that stands in a cell is left out or broken, so that ids and names can be copied from the narrowest window.
The last column may hold long text: in those rows where it does not fit, it has a line of its own.
"""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from opsctl.terminal.text import width

GAP = 2
"""Blanks between two columns, and before the further lines of a row."""

Line: TypeAlias = list[tuple[int, int]]
"""What stands on a line from left to right: (blanks before it, index of the column)."""


def laid_out(rows: Sequence[Sequence[str]], columns: int | None) -> Iterator[list[Line]]:
    """The lines of each row; the first row holds the names of the columns.

    `columns` is the width of the window; None where each row has to be one line. There is at least one column.
    """
    sizes = [[width(cell) for cell in row] for row in rows]
    if columns is not None:
        _leave_out_empty_columns(sizes, columns)
    *widest, _ = (max(column) for column in zip(*sizes, strict=True))
    shelves, end = _shelves(widest, columns)
    for row in sizes:
        last = row[-1]
        if columns is None or end + last <= columns:
            lines = [*shelves[:-1], [*shelves[-1], (end, len(widest))]]
        else:
            lines = [*shelves, [(max(0, min(GAP, columns - last)), len(widest))]]
        yield [line for shelf in lines if (line := _line(shelf, row))] or [[]]


def _leave_out_empty_columns(sizes: list[list[int]], columns: int) -> None:
    """Only where room is short: elsewhere an empty column tells something too."""
    whole = sum(max(column) + GAP for column in zip(*sizes, strict=True)) - GAP
    if whole <= columns:
        return
    names, *rows = sizes
    for index in range(len(names)):
        if not any(row[index] for row in rows):
            names[index] = 0


def _shelves(widest: Sequence[int], columns: int | None) -> tuple[list[Line], int]:
    """Which columns share a line, each with where it begins; and where the next one would."""
    shelves: list[Line] = [[]]
    at = 0
    for index, size in enumerate(widest):
        if not size:
            continue
        if columns is not None and shelves[-1] and at + size > columns:
            shelves.append([])
            at = GAP
        shelves[-1].append((at, index))
        at += size + GAP
    return shelves, at


def _line(shelf: Line, row: Sequence[int]) -> Line:
    line, at = [], 0
    for begin, index in shelf:
        if row[index]:
            line.append((begin - at, index))
            at = begin + row[index]
    return line
