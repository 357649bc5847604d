"""The answers to questions about incidents, as lines in letters of one width."""

from collections.abc import Sequence
from datetime import datetime

from opsctl.chat.incident import level, task_of
from opsctl.chat.times import clock
from opsctl.core.incident import Incident, Outcome
from opsctl.core.journal import timestamp

_OUTCOMES = {
    Outcome.WAITING: "· not yet: ",
    Outcome.DONE: "✓ ",
    Outcome.BY_HAND: "✋ to be done by hand: ",
    Outcome.DROPPED: "· not needed any more: ",
}


def rows(incidents: Sequence[Incident], now: datetime) -> list[tuple[str, ...]]:
    """The cells of a list, under INCIDENT, SEVERITY, STATUS, COMMANDER, OPENED, CHANNEL and TITLE."""
    return [
        (one.id, one.severity, one.status, one.commander, clock(timestamp(one.opened_at), now), one.channel, one.title)
        for one in incidents
    ]


def shown(incident: Incident, now: datetime) -> list[str]:
    """All about one: what it is, what was told, what is done outside and what is not."""
    meeting = incident.postmortem_at
    head = (
        f"{incident.id}  {level(incident.severity)}  {incident.title}",
        f"status {incident.status}, commander {incident.commander}, channel {incident.channel}",
        f"service {incident.service or 'not known'}, team {incident.team or 'not known'}",
        *((f"postmortem {meeting:%Y-%m-%d %H:%M %z}",) if meeting else ()),
    )
    told = (
        f"{clock(timestamp(one.at), now)}  {one.status.capitalize()}, {one.person}: {one.text}".rstrip(": ")
        for one in incident.updates
    )
    steps = (
        f"{_OUTCOMES[one.outcome]}{task_of(one.step)}" + (f" ({one.why})" if one.why else "") for one in incident.steps
    )
    return [*head, *told, *steps]
