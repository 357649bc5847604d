"""Text as a terminal may show it: foreign words without control characters, times and spans as people read them."""

import re
from datetime import datetime

# C0 and C1 controls, and characters that turn the direction of what follows. Compiled when first used, kept by `re`.
_UNSAFE = "[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"


def clean(text: str) -> str:
    """Foreign text on one line that cannot move the cursor, change colours or turn the writing direction."""
    # Most text is printable as it is; asking that first is ten times cheaper than looking for what is not.
    return text if text.isprintable() else re.sub(_UNSAFE, "�", text).replace("\t", "    ")


def width(text: str) -> int:
    """Columns that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    import unicodedata  # few texts need it

    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def pad(text: str, columns: int) -> str:
    """The text with blanks behind it up to that many columns."""
    return text + " " * max(0, columns - width(text))


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
