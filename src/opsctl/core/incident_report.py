"""What an operation about an incident came to: what was told, and how its outside steps stand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from opsctl.core.incident import OPENED, TOLD, Incident, Outcome, Status, Step, StepState, fold, steps_after
from opsctl.core.journal import Entry
from opsctl.core.store import Store


@dataclass(frozen=True, slots=True)
class IncidentReport:
    """An operation's part in an incident. `kind` is that of the journal entry that tells it.

    `told_by` says where an update's status comes from; `postmortem_in_days` counts days from the resolving, there.
    """

    kind: str
    operation: str
    incident: str
    title: str
    severity: str
    channel: str
    person: str
    text: str
    status: Status | None
    told_by: str
    commander: str
    commander_before: str
    service: str | None
    team: str | None
    because: str
    duration_seconds: int
    postmortem_at: datetime | None
    postmortem_in_days: int
    timezone: str
    steps: tuple[StepState, ...]

    def step(self, step: Step) -> StepState | None:
        """How that step stands; None where it was not asked for."""
        return next((one for one in self.steps if one.step is step), None)


def report_of(entries: Sequence[Entry]) -> IncidentReport | None:
    """The report that an operation's entries tell, oldest first; None where they tell about no incident."""
    told = next((entry for entry in entries if entry.kind in TOLD), None)
    if told is None:
        return None
    steps: tuple[StepState, ...] = ()
    for entry in entries:
        steps = steps_after(steps, entry)
    return _report(told, told.facts, steps)


def report_from(store: Store, operation: str) -> IncidentReport | None:
    """The same with why what waits in the outbox still waits."""
    report = report_of(store.entries(operation))
    return replace(report, steps=_told_why(store, report.steps)) if report else None


def with_troubles(store: Store, incident: Incident) -> Incident:
    """The incident with why what waits in the outbox still waits."""
    return replace(incident, steps=_told_why(store, incident.steps))


def undone(store: Store) -> list[tuple[Incident, StepState]]:
    """What has to be done outside about open incidents and is not, oldest first."""
    incidents = [with_troubles(store, fold(store.incidents.entries(number))) for number in store.incidents.open()]
    return [
        (incident, step)
        for incident in incidents
        for step in incident.steps
        if step.outcome in (Outcome.WAITING, Outcome.BY_HAND)
    ]


def _told_why(store: Store, steps: tuple[StepState, ...]) -> tuple[StepState, ...]:
    waiting = {one.operation for one in steps if one.outcome is Outcome.WAITING}
    troubles = {(operation, item.target): item.trouble for operation in waiting for item in store.outbox(operation)}
    return tuple(
        replace(one, why=troubles.get((one.operation, one.step), "")) if one.outcome is Outcome.WAITING else one
        for one in steps
    )


def _report(told: Entry, facts: dict[str, Any], steps: tuple[StepState, ...]) -> IncidentReport:
    status = Status.INVESTIGATING.value if told.kind == OPENED else facts.get("status")
    meeting = facts.get("postmortem_at")
    return IncidentReport(
        kind=told.kind,
        operation=told.operation,
        incident=facts["incident"],
        title=facts["title"],
        severity=facts["severity"],
        channel=facts["channel"],
        person=facts["person"],
        text=facts["text"],
        status=Status(status) if status else None,
        told_by=facts.get("told_by", ""),
        commander=facts.get("commander", ""),
        commander_before=facts.get("commander_before", ""),
        service=facts.get("service"),
        team=facts.get("team"),
        because=facts.get("because", ""),
        duration_seconds=facts.get("duration_seconds", 0),
        postmortem_at=datetime.fromisoformat(meeting) if meeting else None,
        postmortem_in_days=facts.get("postmortem_in_days", 0),
        timezone=facts.get("timezone", ""),
        steps=steps,
    )
