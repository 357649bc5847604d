"""Values that a person writes in a form of their own: lengths of time.

Each is read from text by `parse`, which raises ValueError with a sentence for that person, and has a canonical `str`.
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
