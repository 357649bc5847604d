"""Tables in letters of one width, narrow enough for a chat."""

from collections.abc import Sequence

NOTHING = "—"
WIDEST = 160


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table, its columns' names first; none where it has no rows. Every cell is one line."""
    if not rows:
        return []
    cells = [tuple(columns), *(tuple(one_line(cell) for cell in row) for row in rows)]
    widths = [max(len(row[number]) for row in cells) for number in range(len(columns))]
    return [_fitting("  ".join(map(str.ljust, row, widths)).rstrip()) for row in cells]


def one_line(text: str) -> str:
    """Foreign text on one line, without control characters and what turns the writing direction."""
    return text if text.isprintable() else "".join(char if char.isprintable() else "�" for char in text)


def log_line(text: str) -> str:
    """A line that a service wrote, cut where nobody would read on."""
    return _fitting(one_line(text.replace("\t", "    ")))


def _fitting(text: str) -> str:
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"
