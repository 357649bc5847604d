"""What questions are answered with: facts in named fields, for every surface to draw in its own way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from opsctl.core.canonical import JSON
from opsctl.core.operation import Operation

if TYPE_CHECKING:
    from opsctl.core.incident import Incident
    from opsctl.core.incident_report import IncidentReport
    from opsctl.core.ports import LogLine, Measured, Release
    from opsctl.core.record import Record
    from opsctl.core.room import Message
    from opsctl.core.verification import Verification


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


@dataclass(frozen=True, slots=True)
class LogLines:
    """Some log lines, oldest first; none where nothing new came. `wide` where more than one environment writes."""

    lines: "Sequence[LogLine]"
    wide: bool


@dataclass(frozen=True, slots=True)
class LogEnd:
    """The end of a log answer: how many lines were shown, and whether older ones were left out by the limit."""

    shown: int
    is_cut: bool
    limit: int


@dataclass(frozen=True, slots=True)
class OutputLines:
    """Some lines that a program wrote, oldest first."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Operations:
    """Operations, newest first."""

    rows: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Operations that wait for approval, each with who may still give it and how many yes it has."""

    rows: tuple[tuple[Operation, tuple[str, ...], int], ...]


@dataclass(frozen=True, slots=True)
class Records:
    """Audit records, newest first, of requests from `since` up to `until`; `more` when the limit left some out."""

    rows: "tuple[Record, ...]"
    more: bool
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A journal entry, and whether it holds: its hash is that of its other columns.

    `facts` is what it says, empty where that cannot be read any more.
    """

    seq: int
    at: str
    kind: str
    facts: Mapping[str, JSON]
    previous: str
    hash: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Account:
    """The whole story of one command: its journal entries, oldest first, and the record that they come to.

    `record` is None while there is no outcome, and where an entry does not hold.
    """

    operation: str
    record: "Record | None"
    entries: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Incidents:
    """Incidents, newest first."""

    rows: "tuple[Incident, ...]"


@dataclass(frozen=True, slots=True)
class IncidentShown:
    """An incident, with why what waits to be done outside still waits."""

    incident: "Incident"


@dataclass(frozen=True, slots=True)
class IncidentTold:
    """What a change came to for its incident."""

    report: "IncidentReport"


@dataclass(frozen=True, slots=True)
class Verified:
    """What `audit verify` found."""

    verification: "Verification"


@dataclass(frozen=True, slots=True)
class HelpText:
    """A page of help, as plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class ChannelTold:
    """What the team's channel saw of this line: all, or not yet all of it, and why not."""

    channel: str
    is_all: bool
    trouble: str


@dataclass(frozen=True, slots=True)
class RoomMessages:
    """Messages of the room as they stand, oldest first; answers follow what they answer.

    `wide` where they come from more than one channel.
    """

    rows: "tuple[Message, ...]"
    wide: bool = False


@dataclass(frozen=True, slots=True)
class RoomLink:
    """A link that opens the room's page as a person, once, within so many seconds."""

    address: str
    person: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person should know beside the answer, in the three parts of an error."""

    happened: str
    means: str = ""
    do: str = ""


Fact: TypeAlias = (
    StatusRow
    | StatusPage
    | LogLines
    | LogEnd
    | OutputLines
    | Operations
    | Waiting
    | Records
    | Account
    | Incidents
    | IncidentShown
    | IncidentTold
    | Verified
    | HelpText
    | ChannelTold
    | RoomMessages
    | RoomLink
    | Note
)
