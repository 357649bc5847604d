"""How the double misbehaves when it is told to."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class RateLimited:
    """429, with `Retry-After` in seconds; None leaves the header out."""

    seconds: int | None = 1


@dataclass(frozen=True)
class Broken:
    """An HTTP status with a page instead of an answer; what was asked is not done."""

    status: int = 500


@dataclass(frozen=True)
class Refused:
    """`ok: false` with that error, under HTTP 200."""

    error: str


@dataclass(frozen=True)
class AnswerLost:
    """It is done, and the connection ends without an answer."""


@dataclass(frozen=True)
class Dropped:
    """The connection ends, and nothing is done."""


@dataclass(frozen=True)
class Delayed:
    """It is done and answered, after that long."""

    seconds: float


Order: TypeAlias = RateLimited | Broken | Refused | AnswerLost | Dropped | Delayed
