"""Incidents, as a person reads them in a terminal."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, assert_never

from opsctl.core import incident_facts
from opsctl.core.incident_facts import IncidentFact
from opsctl.terminal.ink import Ink, Piece, Tone
from opsctl.terminal.text import ago, clean, clock

if TYPE_CHECKING:
    from opsctl.core.incident import Incident, StepState
    from opsctl.core.incident_report import IncidentReport

_STEPS = {
    "waiting": (Tone.CARE, "· not yet: "),
    "done": (Tone.GOOD, "✓ "),
    "by_hand": (Tone.BAD, "✋ to be done by hand: "),
    "dropped": (Tone.QUIET, "· not needed any more: "),
}


def draw(answer: IncidentFact, out: Ink, err: Ink) -> None:
    """Draw an answer about incidents."""
    match answer:
        case incident_facts.Incidents():
            listed(answer.rows, out, err)
        case incident_facts.IncidentShown():
            shown(answer.incident, out)
        case incident_facts.IncidentTold():
            told(answer.report, out)
        case _ as never:
            assert_never(never)


def told(report: "IncidentReport", out: Ink) -> None:
    """What a command about one came to, in the words of the chat."""
    from opsctl.chat.incident import lines  # few lines are about one

    first, *others = (clean(one) for line in lines(report) for one in line.splitlines())
    out.line((Tone.STRONG, first))
    for line in others:
        out.line("  ", line)


def listed(rows: "Sequence[Incident]", out: Ink, err: Ink) -> None:
    """One a line."""
    if not rows:
        err.line((Tone.QUIET, "No incidents."))
        return
    out.table(
        ("INCIDENT", "SEVERITY", "STATUS", "COMMANDER", "OPENED", "CHANNEL", "TITLE"), [_row(one) for one in rows]
    )


def shown(incident: "Incident", out: Ink) -> None:
    """All about one: what it is, what was told, what is done outside and what is not."""
    out.line((Tone.STRONG, f"{incident.id}  {incident.severity.upper()}  "), clean(incident.title))
    out.line("  status     ", _status(incident))
    out.line("  channel    ", incident.channel)
    out.line("  commander  ", incident.commander)
    out.line("  service    ", incident.service or "not known", f", team {incident.team or 'not known'}")
    out.line("  opened     ", f"{_moment(incident.opened_at)} by {incident.opened_by}")
    if incident.postmortem_at:
        out.line("  postmortem ", f"{incident.postmortem_at:%Y-%m-%d %H:%M %z}")
        out.line((Tone.QUIET, f"  draft       opsctl incident show {incident.id} --postmortem"))
    out.line()
    for update in incident.updates:
        words = update.text.splitlines() or [update.kind.removeprefix("incident_")]
        out.line(
            (Tone.QUIET, f"{_moment(update.at)}  "), f"{update.status.capitalize()}, {update.person}: ", clean(words[0])
        )
        for line in words[1:]:
            out.line("    ", clean(line))
    out.line()
    for step in incident.steps:
        out.line("  ", *_step(step))


def _row(one: "Incident") -> tuple[Piece, ...]:
    return (
        (Tone.STRONG, one.id),
        one.severity,
        _status(one),
        one.commander,
        ago(one.opened_at, datetime.now(UTC)),
        one.channel,
        clean(one.title),
    )


def _status(one: "Incident") -> Piece:
    return (Tone.BAD if one.is_open else Tone.GOOD), one.status.value


def _step(step: "StepState") -> tuple[Piece, ...]:
    from opsctl.chat.incident import task_of

    why = f" ({clean(step.why)})" if step.why else ""
    return _STEPS[step.outcome], f"{task_of(step.step)}{why}", (Tone.QUIET, f"  {step.operation}")


def _moment(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d} {clock(at)}"
