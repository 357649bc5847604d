"""What is said of an incident: the answer to each command about it, and the posts in its channel.

The terminal prints the same lines.
"""

from collections.abc import Iterator

from opsctl.core.incident import ASSIGNED, OPENED, RESOLVED, UPDATED, Outcome, Step, StepState
from opsctl.core.incident_report import IncidentReport
from opsctl.core.incident_status import ToldBy
from opsctl.core.incident_team import Because
from opsctl.core.post import Post

_TOLD_BY = {ToldBy.TEXT: " (as the text begins)", ToldBy.BEFORE: " (as before)", ToldBy.OPTION: ""}


def lines(report: IncidentReport) -> Iterator[str]:
    """What a command about an incident came to."""
    match report.kind:
        case k if k == OPENED:
            yield from _opened(report)
        case k if k == UPDATED:
            yield from _updated(report)
        case k if k == RESOLVED:
            yield from _resolved(report)
        case k if k == ASSIGNED:
            yield f"🧭 Incident commander: {report.commander} (was {report.commander_before})"
            yield _which(report)


def by_hand(report: IncidentReport) -> Iterator[tuple[Step, Post]]:
    """What somebody has to do by hand, as posts that call whoever leads."""
    for one in report.steps:
        if one.outcome is Outcome.BY_HAND:
            text = f"✋ To be done by hand for {report.incident}: {_task(one.step, report)}.\n{one.why}"
            yield one.step, Post(text, calls=(report.commander or report.person,))


def in_channel(report: IncidentReport) -> Post:
    """What is posted in the incident's own channel."""
    match report.kind:
        case k if k == OPENED:
            text = (
                f"🚨 {level(report.severity)}: {report.title}\nIncident commander: {report.commander}\n"
                'Here no id is needed: /incident update "…", /incident assign @somebody, /incident resolve "…"'
            )
            return Post(text, calls=(report.commander,))
        case k if k == ASSIGNED:
            text = f"🧭 Incident commander: {report.commander} (was {report.commander_before})"
            return Post(text, calls=(report.commander,))
        case k if k == RESOLVED:
            return Post(f"✅ Resolved after {_long(report.duration_seconds)}, says {report.person}:\n{report.text}")
        case _:
            assert report.status is not None
            return Post(f"📝 {report.status.capitalize()}, says {report.person}:\n{report.text}")


def level(severity: str) -> str:
    """SEV-1 for sev1."""
    return severity.upper().replace("SEV", "SEV-")


def task_of(step: Step) -> str:
    """What a step is called where it is listed."""
    return {
        Step.CHANNEL: "post in the incident's channel",
        Step.PAGER: "page the team",
        Step.STATUS_PAGE: "update the status page",
        Step.CALENDAR: "schedule the postmortem",
    }[step]


def _opened(report: IncidentReport) -> Iterator[str]:
    yield f"🚨 {level(report.severity)} Incident Created: {report.title}"
    channel = report.step(Step.CHANNEL)
    opened = "" if _is_done(channel) else f", not opened yet{_why(channel)}"
    yield f"Incident channel: {report.channel} ({report.incident}{opened})"
    yield f"Incident commander: {report.commander}"
    page = report.step(Step.STATUS_PAGE)
    yield "Status page updated: Investigating" if _is_done(page) else _not_done("Status page not updated", page)
    yield _paged(report)


def _paged(report: IncidentReport) -> str:
    page, is_several = report.step(Step.PAGER), report.because == Because.SEVERAL
    found = f"{'more than one' if is_several else 'no'} service stands in the title"
    if report.team is None:
        return f"Nobody paged: {found}, and the site names nobody on call. Page by hand."
    how = {
        Because.OPTION: f"the team of {report.service}",
        Because.TITLE: f"{report.service} stands in the title",
    }.get(Because(report.because), f"on call: {found}")
    team = f"{report.team} ({how})"
    return f"Paged: {team}" if _is_done(page) else _not_done(f"Not paged: {team}", page)


def _updated(report: IncidentReport) -> Iterator[str]:
    page = report.step(Step.STATUS_PAGE)
    yield "📝 Update posted to status page" if _is_done(page) else _not_done("📝 Update not on the status page", page)
    assert report.status is not None
    yield f"Status: {report.status.capitalize()}{_TOLD_BY[ToldBy(report.told_by)]}"
    yield _which(report)
    yield report.text


def _resolved(report: IncidentReport) -> Iterator[str]:
    yield f"✅ Incident resolved after {_long(report.duration_seconds)}"
    yield f"Duration: {_short(report.duration_seconds)}"
    page, calendar = report.step(Step.STATUS_PAGE), report.step(Step.CALENDAR)
    yield "Status page: Resolved" if _is_done(page) else _not_done("Status page not updated", page)
    meeting = _meeting(report)
    yield (
        f"Postmortem scheduled for {meeting}"
        if _is_done(calendar)
        else _not_done(f"Postmortem {meeting} not scheduled", calendar)
    )
    yield _which(report)
    yield report.text


def _meeting(report: IncidentReport) -> str:
    at = report.postmortem_at
    assert at is not None
    day = "tomorrow" if report.postmortem_in_days == 1 else f"{at:%A}"
    hour = f"{at:%I}".lstrip("0") + (f":{at:%M}" if at.minute else "") + f" {at:%p}"
    return f"{day} {hour} ({at:%Y-%m-%d}, {report.timezone})"


def _which(report: IncidentReport) -> str:
    return f"{report.incident}, {report.channel}: {report.title}"


def _is_done(step: StepState | None) -> bool:
    return step is not None and step.outcome is Outcome.DONE


def _not_done(what: str, step: StepState | None) -> str:
    match step.outcome if step else None:
        case Outcome.WAITING:
            return f"{what} yet{_why(step)}; it goes out later"
        case Outcome.DROPPED:
            return f"{what}{_why(step)}"
        case _:
            return f"{what}{_why(step)} Do it by hand."


def _why(step: StepState | None) -> str:
    return f": {step.why}" if step is not None and step.why else ""


def _task(step: Step, report: IncidentReport) -> str:
    return f"page {report.team or 'somebody'}" if step is Step.PAGER else task_of(step)


def _long(seconds: int) -> str:
    if seconds < 60:
        return _count(seconds, "second")
    hours, minutes = divmod(round(seconds / 60), 60)
    parts = (_count(hours, "hour") if hours else "", _count(minutes, "minute") if minutes or not hours else "")
    return " ".join(part for part in parts if part)


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _short(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
