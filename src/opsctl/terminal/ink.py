"""Writing styled lines and tables: coloured by meaning on a terminal, plain elsewhere.

Rich is imported only where there is a terminal to draw on.
"""

import io
import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, TextIO, TypeAlias

from opsctl.terminal.streams import telling
from opsctl.terminal.text import pad, width

if TYPE_CHECKING:
    from rich.console import Console


class Tone(StrEnum):
    """What a piece of text means; the value is how Rich draws it."""

    PLAIN = ""
    GOOD = "green"
    BAD = "bold red"
    CARE = "yellow"
    QUIET = "dim"
    STRONG = "bold"


Piece: TypeAlias = str | tuple[Tone, str]
"""Some text, with its tone where it has one."""


def bare(piece: Piece) -> str:
    """The text of a piece."""
    return piece if isinstance(piece, str) else piece[1]


class Ink:
    """One output stream. `is_terminal` tells whether a person may be looking at it."""

    def __init__(self, stream: TextIO, colour: str = "auto") -> None:
        self._stream = stream
        self.is_terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
        self._is_coloured = colour == "always" or (colour == "auto" and not os.environ.get("NO_COLOR"))
        if isinstance(stream, io.TextIOWrapper):
            # A locale that cannot write "→" shows "?" instead of a traceback.
            stream.reconfigure(errors="replace")
        self._console: Console | None = None

    @property
    def console(self) -> "Console":
        """Rich's console on this stream; without its guesses about what numbers or paths mean."""
        if self._console is None:
            from rich.console import Console

            self._console = Console(
                file=self._stream,
                highlight=False,
                markup=False,
                emoji=False,
                no_color=not self._is_coloured,
                force_terminal=self.is_terminal,
            )
        return self._console

    def line(self, *pieces: Piece) -> None:
        """One line; long ones are wrapped by the terminal, so that they can be copied whole."""
        if not self.is_terminal or not any(isinstance(piece, tuple) for piece in pieces):
            self.write("".join(map(bare, pieces)) + "\n")
            return
        from rich.text import Text

        text = Text.assemble(*(piece if isinstance(piece, str) else (piece[1], piece[0].value) for piece in pieces))
        self.console.print(text, soft_wrap=True)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[Piece]]) -> None:
        """Aligned columns under their names; on a terminal they fold where it is narrow."""
        if self.is_terminal:
            self._rich_table(columns, rows)
            return
        widths = [max(map(width, (name, *(bare(row[at]) for row in rows)))) for at, name in enumerate(columns)]
        for row in (columns, *rows):
            cells = (pad(bare(cell), columns_wide) for cell, columns_wide in zip(row, widths, strict=True))
            self.write("  ".join(cells).rstrip() + "\n")

    def write(self, text: str) -> None:
        """Text as it is."""
        with telling():
            self._stream.write(text)

    def flush(self) -> None:
        """Hand everything on."""
        with telling():
            self._stream.flush()

    def _rich_table(self, columns: Sequence[str], rows: Sequence[Sequence[Piece]]) -> None:
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, header_style=Tone.QUIET.value, padding=(0, 2, 0, 0))
        for name in columns:
            table.add_column(name, overflow="fold")
        for row in rows:
            table.add_row(*(Text(bare(cell), cell[0].value if isinstance(cell, tuple) else "") for cell in row))
        self.console.print(table)


def standard_inks(colour: str = "auto") -> tuple[Ink, Ink]:
    """Results go to the first (stdout), progress to the second (stderr). `colour` is auto, always or never."""
    return Ink(sys.stdout, colour), Ink(sys.stderr, colour)
