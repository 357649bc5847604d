"""The parts that JSON output is made of: one for each event that can be in a line, by its name there."""

from collections.abc import Mapping
from typing import get_args

from opsctl.core.audit_facts import AuditFact
from opsctl.core.events import Happening
from opsctl.core.facts import EverydayFact
from opsctl.core.incident_facts import IncidentFact
from opsctl.core.log_facts import LogFact, LogLines
from opsctl.core.ports import LogLine
from opsctl.core.room_facts import RoomFact
from opsctl.core.setup_facts import SetupFact
from opsctl.core.status_facts import StatusFact
from opsctl.terminal.json_display import name_of

_EVENTS = get_args(Happening | EverydayFact | StatusFact | LogFact | AuditFact | IncidentFact | RoomFact | SetupFact)

PARTS: Mapping[str, type] = {name_of(kind.__name__): kind for kind in _EVENTS if kind is not LogLines} | {
    # Written one a line, as `JsonDisplay` does.
    name_of(LogLine.__name__): LogLine
}
"""Every event but the error, which is no event of an operation."""
