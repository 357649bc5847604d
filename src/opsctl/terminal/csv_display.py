"""Rows as CSV (RFC 4180), for spreadsheets: one header with the published keys, then one line a row."""

import csv
import io
import re
from typing import TYPE_CHECKING, TextIO

from opsctl.core.errors import OpsctlError, UsageError
from opsctl.core.facts import Note, Records
from opsctl.core.line import Line
from opsctl.core.record import Record
from opsctl.terminal.answers import about_records, draw
from opsctl.terminal.errors import draw_error
from opsctl.terminal.ink import Ink
from opsctl.terminal.streams import telling
from opsctl.terminal.text import clean

if TYPE_CHECKING:
    from opsctl.core.events import Event

# A spreadsheet takes a cell for a formula where it begins so (OWASP, "CSV Injection"); full-width forms too.
_FORMULA = "[=+\\-@\t\r\n＝＋－＠]"
# Handles begin with "@" too. They come from the published site, and hold nothing that a formula could be made of.
_HANDLES = r"@[\w.-]+(?:, @[\w.-]+)*"


def check_rows(asked: object) -> None:
    """Raises UsageError where what was asked for is not answered in rows."""
    if not (isinstance(asked, Line) and asked.command.has_rows):
        raise UsageError(
            "CSV is for rows of one shape, and this has none.",
            means="Nothing was done.",
            do="Use --output json for it; `opsctl audit --output csv` has rows.",
            reason="no_rows",
        )


class CsvDisplay:
    """Writes rows to a stream in UTF-8, and words about them to an ink."""

    def __init__(self, stream: TextIO, err: Ink) -> None:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", newline="")
        self._stream = stream
        self._err = err

    def show(self, event: "Event") -> None:
        """Rows are written, notes are told beside them."""
        match event:
            case Records():
                self._write(event)
                about_records(event, self._err)
            case Note():
                draw(event, self._err, self._err)
            case _:
                raise TypeError(f"{event!r} has no rows")

    def fail(self, error: OpsctlError) -> None:
        """The lines of the error, on the ink."""
        draw_error(self._err, error.happened, error.means, error.do)

    def close(self) -> None:
        """Hand everything on."""
        with telling():
            self._stream.flush()
        self._err.flush()

    def _write(self, records: Records) -> None:
        keys = tuple(Record.__annotations__)
        rows = csv.writer(self._stream, lineterminator="\r\n")
        with telling():
            rows.writerow(keys)
            rows.writerows([self._cell(row.get(key)) for key in keys] for row in records.rows)

    def _cell(self, value: object) -> object:
        if not isinstance(value, str):
            return value  # csv writes None as an empty cell
        text = clean(value) if self._stream.isatty() else value
        is_formula = re.match(_FORMULA, text) and not re.fullmatch(_HANDLES, text)
        return f"'{text}" if is_formula else text
