"""Text as a terminal may show it: foreign words without control characters, times and spans as people read them."""

import re
from datetime import datetime

from opsctl.terminal.stand_ins import STAND_INS

# C0 and C1 controls, line separators, halves of characters, and what turns the direction of all that follows.
# Compiled when first used, kept by `re`.
_UNSAFE = "[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"

# Hebrew, Arabic and their neighbours: what Unicode sets from right to left by default (UAX #9, table 4).
_RIGHT_TO_LEFT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff"
_RUN = f"[{_RIGHT_TO_LEFT}](?:(?:[^\\w\\n]|[\\d_])*[{_RIGHT_TO_LEFT}])*"


def clean(text: str) -> str:
    """Foreign text on one line that cannot move the cursor, change colours or turn the writing direction."""
    # Most text is printable as it is; asking that first is ten times cheaper than looking for what is not.
    return text if text.isprintable() else re.sub(_UNSAFE, "�", text).replace("\t", "    ")


def isolated(text: str) -> str:
    """The text with its right-to-left words set apart, so that they do not reorder what stands beside them."""
    return text if text.isascii() else re.sub(_RUN, "\u2067\\g<0>\u2069", text)


def width(text: str) -> int:
    """Columns that a text takes on this terminal."""
    # Our own signs, and everything before the first combining mark, are a column wide.
    if text.isascii() or all(char < "\u0300" or char in STAND_INS for char in text):
        return len(text)
    from wcwidth import wcstwidth  # few texts need it

    columns: int = wcstwidth(text)
    return len(text) if columns < 0 else columns


def pad(text: str, columns: int) -> str:
    """The text with blanks behind it up to that many columns."""
    return text + " " * max(0, columns - width(text))


def cut(text: str, columns: int) -> str:
    """The beginning of the text, no wider than that many columns."""
    text = text[:columns]
    while width(text) > columns:
        text = text[:-1]
    return text


def clock(moment: datetime) -> str:
    """A time of day in the person's zone, with the zone."""
    return f"{moment.astimezone():%H:%M %Z}"


def ago(moment: datetime, now: datetime) -> str:
    """How long ago, in its largest unit: "just now", "5 min ago", "3 days ago"."""
    seconds = (now - moment).total_seconds()
    for size, name in ((86400, "day"), (3600, "h"), (60, "min")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {name}{'s' if name == 'day' and count > 1 else ''} ago"
    return "just now"
