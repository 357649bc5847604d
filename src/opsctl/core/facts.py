"""What lines are answered with: facts in named fields, for every surface to draw in its own way.

Here are those that are told every day. Those that are told seldom stand in modules of their own (`status_facts`,
`log_facts` …), which are loaded by who tells them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from opsctl.core.operation import Operation

if TYPE_CHECKING:
    from opsctl.core.audit_facts import AuditFact
    from opsctl.core.incident_facts import IncidentFact
    from opsctl.core.log_facts import LogFact
    from opsctl.core.record import Record
    from opsctl.core.room_facts import RoomFact
    from opsctl.core.setup_facts import SetupFact
    from opsctl.core.status_facts import StatusFact


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
class Note:
    """Something a person should know beside the answer, in the three parts of an error."""

    happened: str
    means: str = ""
    do: str = ""


EverydayFact: TypeAlias = Operations | Waiting | Records | HelpText | ChannelTold | Note

if TYPE_CHECKING:
    Fact: TypeAlias = EverydayFact | StatusFact | LogFact | AuditFact | IncidentFact | RoomFact | SetupFact
else:
    # Annotations are all that it is for.
    Fact = EverydayFact
