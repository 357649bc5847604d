"""Writing styled lines and tables: coloured by meaning and fitted to the window on a terminal, plain elsewhere."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TextIO, TypeAlias

from opsctl.terminal.folding import folded
from opsctl.terminal.stand_ins import as_written
from opsctl.terminal.streams import telling
from opsctl.terminal.table import laid_out
from opsctl.terminal.text import clean, cut, isolated, width


class Tone(StrEnum):
    """What a piece of text means; the value is how terminals draw it (ECMA-48, SGR)."""

    PLAIN = ""
    GOOD = "32"
    BAD = "1;31"
    CARE = "33"
    QUIET = "2"
    STRONG = "1"


_USUAL_COLUMNS = 80

Piece: TypeAlias = str | tuple[Tone, str]
"""Some text, with its tone where it has one."""


def bare(piece: Piece) -> str:
    """The text of a piece."""
    return piece if isinstance(piece, str) else piece[1]


class Ink:
    """One output stream. `is_terminal` tells whether it is one that can move, colour and turn what a person looks at.

    Lines and tables can hold any text: what could move the cursor, change colours or turn the direction of writing is
    made harmless, wherever it comes from.
    `colour` is always, which colours what goes into a pipe too, never, or anything else to let the terminal decide.
    """

    def __init__(self, stream: TextIO, colour: str = "") -> None:
        self._stream = stream
        self._has_window = stream.isatty()
        # A terminal that does not say what it is may be anything: it gets text that fits, and no more.
        self.is_terminal = self._has_window and os.environ.get("TERM", "dumb") not in ("dumb", "unknown")
        is_wanted = self.is_terminal and not os.environ.get("NO_COLOR")
        self.is_coloured = colour == "always" or (colour != "never" and is_wanted)

    def line(self, *pieces: Piece) -> None:
        """One line; on a terminal folded between words where it is wider than the window."""
        readable = [self._readable(piece) for piece in pieces]
        text = "".join(map(bare, readable))
        columns = self._columns()
        if columns is None or width(text) <= columns:
            self._draw(readable)
            return
        for indent, begin, end in folded(text, columns):
            self._draw([" " * indent, *_between(readable, begin, end)])

    def page(self, text: str) -> None:
        """Several lines of our own, each folded like `line`."""
        for line in text.rstrip().splitlines():
            self.line(line)

    def table(self, names: Sequence[str], rows: Sequence[Sequence[Piece]]) -> None:
        """Aligned columns under their names; a row takes several lines on a terminal where they do not fit.

        The last column may hold long text.
        """
        titled = [[self._readable(cell) for cell in row] for row in ([(Tone.QUIET, name) for name in names], *rows)]
        texts = [list(map(bare, row)) for row in titled]
        for row, lines in zip(titled, laid_out(texts, self._columns()), strict=True):
            for line in lines:
                self._draw([piece for blanks, index in line for piece in (" " * blanks, row[index])])

    def in_place(self, *pieces: Piece) -> None:
        """Draw over the line that the cursor is on, or wipe it with no pieces. Only for terminals.

        The cursor goes back to the line's beginning: from there all of it can be wiped, even where the window became
        narrower and the terminal folded it.
        """
        text = cut("".join(bare(self._readable(piece)) for piece in pieces), (self._columns() or _USUAL_COLUMNS) - 1)
        self.write(f"\r{self._painted((Tone.QUIET, text))}\x1b[J\r")
        self.flush()

    def write(self, text: str) -> None:
        """Text as it is; whoever calls answers for what is in it."""
        with telling():
            self._stream.write(text)

    def flush(self) -> None:
        """Hand everything on."""
        with telling():
            self._stream.flush()

    def _columns(self) -> int | None:
        """Of the window as it is now; None where there is none, or it does not tell."""
        if not self._has_window:
            return None
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or None
        except OSError:  # it was closed meanwhile
            return None

    def _readable(self, piece: Piece) -> Piece:
        """The piece as it will be read where the stream goes, which is what can be measured."""
        text = as_written(clean(bare(piece)), self._stream)
        return text if isinstance(piece, str) else (piece[0], text)

    def _draw(self, pieces: Sequence[Piece]) -> None:
        self.write("".join(map(self._painted, pieces)) + "\n")

    def _painted(self, piece: Piece) -> str:
        text = isolated(bare(piece)) if self.is_terminal else bare(piece)
        tone = "" if isinstance(piece, str) else piece[0].value
        return f"\x1b[{tone}m{text}\x1b[0m" if tone and text and self.is_coloured else text


def _between(pieces: Sequence[Piece], begin: int, end: int) -> Iterator[Piece]:
    """What lies between two places of the text that the pieces make up."""
    at = 0
    for piece in pieces:
        text = bare(piece)
        part = text[max(0, begin - at) : max(0, end - at)]
        at += len(text)
        if part:
            yield part if isinstance(piece, str) else (piece[0], part)


def colour_in(environment: Mapping[str, str]) -> str:
    """What the environment alone says about colour, for whatever is drawn without the settings."""
    return environment.get("OPSCTL_COLOUR", "")


def standard_inks(colour: str = "") -> tuple[Ink, Ink]:
    """Results go to the first (stdout), progress to the second (stderr)."""
    return Ink(sys.stdout, colour), Ink(sys.stderr, colour)
