"""An incident, folded from its journal entries.

Each entry belongs to the operation that led to it, and names the incident; the store's index finds them by that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Protocol, TypeAlias

from opsctl.core.journal import Entry
from opsctl.core.outbox import STATUS_PAGE

OPENED = "incident_opened"
UPDATED = "incident_updated"
ASSIGNED = "incident_assigned"
RESOLVED = "incident_resolved"
STEPPED = "incident_step"
TOLD = frozenset({OPENED, UPDATED, ASSIGNED, RESOLVED})
"""The kinds of entries that people's commands lead to; `STEPPED` is how an outside step of one of them went."""

KINDS = TOLD | {STEPPED}

Severity: TypeAlias = Literal["sev1", "sev2", "sev3", "sev4"]


class Status(StrEnum):
    """How far an incident has come, in the words of status pages."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


class Step(StrEnum):
    """What has to be done outside because of an incident. Each is also the target of its outbox item."""

    CHANNEL = "incident_channel"
    PAGER = "pager"
    STATUS_PAGE = STATUS_PAGE
    CALENDAR = "calendar"


class Outcome(StrEnum):
    """How an outside step stands. It waits until it is done, or is known to need a person's hands."""

    WAITING = "waiting"
    DONE = "done"
    BY_HAND = "by_hand"
    DROPPED = "dropped"
    """The incident was over before it could be done."""


@dataclass(frozen=True, slots=True)
class StepState:
    """An outside step of the operation that asked for it; `why` it is not done, where something is known."""

    operation: str
    step: Step
    outcome: Outcome
    why: str = ""


@dataclass(frozen=True, slots=True)
class Update:
    """What somebody told about an incident; `seq` is that of its journal entry, `status` what it was from then on."""

    seq: int
    at: datetime
    kind: str
    operation: str
    person: str
    status: Status
    text: str


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident as its entries tell it. `updates` are oldest first, the first is its opening.

    `team` is who was to be paged, None where nobody could be found; `because` tells how it was found.
    """

    id: str
    title: str
    severity: str
    service: str | None
    team: str | None
    because: str
    channel: str
    commander: str
    status: Status
    opened_at: datetime
    opened_by: str
    updates: tuple[Update, ...]
    resolved_at: datetime | None = None
    postmortem_at: datetime | None = None
    steps: tuple[StepState, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it is not resolved."""
        return self.resolved_at is None

    @property
    def updated_at(self) -> datetime:
        """When something was last told about it."""
        return self.updates[-1].at


def fold(entries: Sequence[Entry]) -> Incident:
    """The incident that its entries tell, oldest first; the first must be its opening."""
    first, *others = entries
    facts = first.facts
    incident = Incident(
        id=facts["incident"],
        title=facts["title"],
        severity=facts["severity"],
        service=facts["service"],
        team=facts["team"],
        because=facts["because"],
        channel=facts["channel"],
        commander=facts["commander"],
        status=Status.INVESTIGATING,
        opened_at=_at(first),
        opened_by=facts["person"],
        updates=(_update(first, facts, Status.INVESTIGATING),),
        steps=_asked(first, facts),
    )
    for entry in others:
        incident = _after(incident, entry)
    return incident


def steps_after(steps: tuple[StepState, ...], entry: Entry) -> tuple[StepState, ...]:
    """How outside steps stand once an entry is taken into account."""
    facts = entry.facts
    if entry.kind in TOLD:
        return (*steps, *_asked(entry, facts))
    if entry.kind != STEPPED:
        return steps
    done = StepState(entry.operation, Step(facts["step"]), Outcome(facts["outcome"]), facts["why"])
    return tuple(done if (one.operation, one.step) == (done.operation, done.step) else one for one in steps)


def _after(incident: Incident, entry: Entry) -> Incident:
    facts, steps = entry.facts, steps_after(incident.steps, entry)
    if entry.kind not in TOLD:
        return replace(incident, steps=steps)
    status = Status(facts.get("status", incident.status))
    after = replace(incident, status=status, updates=(*incident.updates, _update(entry, facts, status)), steps=steps)
    if entry.kind == ASSIGNED:
        return replace(after, commander=facts["commander"])
    if entry.kind == RESOLVED:
        return replace(after, resolved_at=_at(entry), postmortem_at=datetime.fromisoformat(facts["postmortem_at"]))
    return after


def _update(entry: Entry, facts: dict[str, Any], status: Status) -> Update:
    return Update(entry.seq, _at(entry), entry.kind, entry.operation, facts["person"], status, facts["text"])


def _asked(entry: Entry, facts: dict[str, Any]) -> tuple[StepState, ...]:
    return tuple(StepState(entry.operation, Step(step), Outcome.WAITING) for step in facts["steps"])


def _at(entry: Entry) -> datetime:
    return datetime.fromisoformat(entry.at)


class IncidentWriter(Protocol):
    """Which journal entries tell about which incident, in a transaction."""

    def next_number(self) -> int:
        """One more than the newest incident has."""
        ...

    def in_channel(self, channel: str) -> int | None:
        """The number of the incident that is talked about there."""
        ...

    def entries(self, number: int) -> tuple[Entry, ...]:
        """The entries about an incident, oldest first."""
        ...

    def add(self, number: int, channel: str, entry: Entry) -> None:
        """An entry that was just appended tells about that incident."""
        ...


class IncidentReader(Protocol):
    """Incidents as the store's index knows them, by number. Every method raises StoreUnusable when it can't."""

    def open(self) -> list[int]:
        """Those that are not resolved, oldest first."""
        ...

    def newest(self, limit: int) -> list[int]:
        """Newest first."""
        ...

    def in_channel(self, channel: str) -> int | None:
        """The one that is talked about there."""
        ...

    def entries(self, number: int) -> tuple[Entry, ...]:
        """The entries about one, oldest first; none where there is no such incident."""
        ...
