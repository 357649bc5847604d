"""Values that a person writes in a form of their own: lengths of time, headlines, statements.

Each is read from text by a function that raises ValueError with a sentence for that person, and has a canonical `str`.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from opsctl.core.shown import shown

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_SPAN = r"(?=[0-9])(?:([0-9]{1,9})d)?(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s)?"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A length of time in whole seconds, at most ten years; written 90s, 15m, 1h, 2d or 1h30m."""

    seconds: int

    MOST_SECONDS: ClassVar[int] = 3_660 * 86_400

    @classmethod
    def parse(cls, text: str) -> "Span":
        """The span that `text` says. Raises ValueError."""
        match = re.fullmatch(_SPAN, text.strip().lower())
        if match is None:
            raise ValueError(f"{shown(text)} is not a length of time; write 90s, 15m, 1h, 2d or 1h30m")
        seconds = sum(int(count or 0) * size for count, size in zip(match.groups(), _UNITS.values(), strict=True))
        if seconds > cls.MOST_SECONDS:
            raise ValueError(f"{shown(text)} is too long; {Span(cls.MOST_SECONDS)} is the most")
        return cls(seconds)

    @property
    def delta(self) -> timedelta:
        """The same as a timedelta."""
        return timedelta(seconds=self.seconds)

    def __str__(self) -> str:
        left, parts = self.seconds, []
        for unit, size in _UNITS.items():
            count, left = divmod(left, size)
            if count:
                parts.append(f"{count}{unit}")
        return "".join(parts) or "0s"


def headline(text: str) -> str:
    """Some words on one line, at most 200 characters. Raises ValueError."""
    return _words(text, 200)


def statement(text: str) -> str:
    """Some sentences, at most 2000 characters. Raises ValueError."""
    return _words(text, 2000)


def _words(text: str, most: int) -> str:
    # No feed may hold the two that are no characters; a line holds no control characters anyway.
    plain = " ".join(re.sub("[\ufffe\uffff]", "", text).split())
    if not plain:
        raise ValueError("there are no words in it")
    if len(plain) > most:
        raise ValueError(f"it is {len(plain)} characters long, and {most} are the most")
    return plain
