"""Writing where the locale is not UTF-8: our own signs get ASCII stand-ins, what others wrote stays recognisable.

An encoding that knows a character writes it. In the C locale, which promises nothing but ASCII, foreign text passes
as the bytes it came as, like through `cat`.
"""

import codecs
import sys
from io import TextIOWrapper
from typing import Final, TextIO

SPINNER: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"

STAND_INS: Final = {
    "✓": "+",
    "✗": "x",
    "■": "#",
    "·": "-",
    "—": "-",
    "→": "->",
    "…": "...",
    "│": "|",
    "�": "?",
    # Turn the direction of writing and back; where they cannot be written, nobody turns it.
    "\u2067": "",
    "\u2069": "",
    **dict(zip(SPINNER, "|/-\\|/-\\|/", strict=True)),
}
"""Every character beyond ASCII that opsctl writes of its own accord, each a column wide or none."""


def fit_to_locale(*streams: TextIO) -> None:
    """From now on, whatever is written to these streams can be written."""
    for stream in streams:
        if not isinstance(stream, TextIOWrapper):
            continue
        if _is_utf8_without_promise(stream):
            stream.reconfigure(encoding="ascii", errors="opsctl.passing")
        else:
            stream.reconfigure(errors="opsctl.escaping")


def is_utf8(stream: TextIO) -> bool:
    """Whether everything can be written to the stream as it is."""
    encoding: str | None = getattr(stream, "encoding", None)
    # A stream in memory has none, and holds everything.
    return encoding is None or codecs.lookup(encoding).name == "utf-8"


def as_written(text: str, stream: TextIO) -> str:
    """The text as a reader of the stream will see it, so that it can be measured."""
    if text.isascii() or is_utf8(stream):
        return text
    written = text.encode(stream.encoding, stream.errors or "strict")
    return written.decode("utf-8" if stream.encoding == "ascii" else stream.encoding, "replace")


def _is_utf8_without_promise(stream: TextIO) -> bool:
    # In the C locale Python writes UTF-8 for want of anything better (PEP 540); only then is its mode on unasked.
    if not sys.flags.utf8_mode or not is_utf8(stream):
        return False
    import locale

    return codecs.lookup(locale.getencoding()).name == "ascii"


def _escaping(error: UnicodeError) -> tuple[str, int]:
    r"""What has no stand-in becomes `\u6ce8`, as in most programming languages."""
    bad, end = _unencodable(error)
    return "".join(STAND_INS.get(char, char.encode("ascii", "backslashreplace").decode()) for char in bad), end


def _passing(error: UnicodeError) -> tuple[bytes, int]:
    bad, end = _unencodable(error)
    return "".join(STAND_INS.get(char, char) for char in bad).encode("utf-8", "backslashreplace"), end


def _unencodable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return error.object[error.start : error.end], error.end


codecs.register_error("opsctl.escaping", _escaping)
codecs.register_error("opsctl.passing", _passing)
