"""What `status` tells."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from opsctl.core.ports import Measured, Release


@dataclass(frozen=True, slots=True)
class StatusRow:
    """A service in an environment as it is now. `problem` says what is wrong or could not be asked, else empty.

    `measured` is None where the site measures nothing.
    """

    service: str
    environment: str
    version: str | None
    since: datetime | None
    by: str | None
    ready: int
    wanted: int | None
    healthy: int
    checked: int
    latency_ms: float | None
    running: str | None
    problem: str
    endpoints: tuple[str, ...] = ()
    measured: "Measured | None" = None


class ReleaseOutcome(StrEnum):
    """What came of a release: healthy, still being started, given up before it was, cut off, or never healthy."""

    HEALTHY = "healthy"
    STARTING = "starting"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    NEVER_HEALTHY = "never_healthy"


@dataclass(frozen=True, slots=True)
class RecentRelease:
    """A release of a service, where it was made, and what came of it."""

    environment: str
    release: "Release"
    outcome: ReleaseOutcome


@dataclass(frozen=True, slots=True)
class StatusPage:
    """The answer of `status`; `releases` (newest first) and `dashboard` for one service."""

    service: str | None
    rows: tuple[StatusRow, ...]
    releases: tuple[RecentRelease, ...] = ()
    dashboard: str | None = None


StatusFact: TypeAlias = StatusRow | StatusPage
