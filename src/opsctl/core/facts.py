"""What questions are answered with: facts in named fields, for every surface to draw in its own way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from opsctl.core.canonical import JSON
from opsctl.core.operation import Operation
from opsctl.core.setup_facts import SetupFact

if TYPE_CHECKING:
    from opsctl.core.ports import LogLine, Release
    from opsctl.core.room import Message
    from opsctl.core.verification import Verification


@dataclass(frozen=True, slots=True)
class StatusRow:
    """A service in an environment as it is now. `problem` says what is wrong or could not be asked, else empty."""

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


@dataclass(frozen=True, slots=True)
class StatusPage:
    """The answer of `status`; `releases` (newest first, each with its environment) and `dashboard` for one service."""

    service: str | None
    rows: tuple[StatusRow, ...]
    releases: "tuple[tuple[str, Release], ...]" = ()
    dashboard: str | None = None


@dataclass(frozen=True, slots=True)
class LogLines:
    """Some log lines, oldest first. `wide` where they come from more than one environment."""

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
    """Audit records in their published shape, newest first; `more` when the limit left some out."""

    rows: tuple[Mapping[str, JSON], ...]
    more: bool


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
    | Verified
    | HelpText
    | ChannelTold
    | RoomMessages
    | RoomLink
    | Note
    | SetupFact
)
