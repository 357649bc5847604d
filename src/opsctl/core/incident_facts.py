"""What is told of incidents."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from opsctl.core.incident import Incident
    from opsctl.core.incident_report import IncidentReport


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


IncidentFact: TypeAlias = Incidents | IncidentShown | IncidentTold
