"""The outside steps of incidents: each is brought to its port, and how it went stands in the journal.

A port that is out of reach is asked again, for ten minutes; by then somebody has reached for the telephone. One that
answers and will not is not asked again. What is not done then is for a person's hands, and is shown as that.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from opsctl.core.context import Context, utc_now
from opsctl.core.errors import ActionFailed, OpsctlError, StoreUnusable, Unreachable
from opsctl.core.incident import ASSIGNED, OPENED, STEPPED, Incident, Outcome, Step, fold
from opsctl.core.incident_book import note_step
from opsctl.core.incident_report import IncidentReport, report_of
from opsctl.core.incident_time import POSTMORTEM_MINUTES
from opsctl.core.journal import Entry
from opsctl.core.outbox import Item
from opsctl.core.ports import Calendar, Chat, Meeting, Page, Pager, StatusPage
from opsctl.core.post import Post
from opsctl.core.postmortem import draft_of
from opsctl.core.public import public_page
from opsctl.core.store import Store

PATIENCE = timedelta(minutes=10)


class Dropped(OpsctlError):
    """The step is not needed any more."""


@dataclass(frozen=True, slots=True)
class StepTaker:
    """Takes one kind of step. `carry_out` is given the operation's entries, and may have been called before for them.

    It raises Unreachable to be called again later, Dropped where there is nothing left to do, and any other
    OpsctlError where a person has to do it.
    """

    context: Context
    step: Step
    carry_out: Callable[[Sequence[Entry]], None]

    def take(self, operation: str, items: Sequence[Item]) -> None:
        """Do it once, and write down how it went. Raises Unreachable while it is worth another try."""
        entries = self.context.store.entries(operation)
        if any(entry.kind == STEPPED and entry.facts["step"] == self.step for entry in entries):
            return  # whoever did it died before it could mark the item
        outcome, why = self._outcome(entries, items)
        self.context.store.write(lambda tx: note_step(tx, operation, self.step, outcome, why))

    def _outcome(self, entries: Sequence[Entry], items: Sequence[Item]) -> tuple[Outcome, str]:
        try:
            self.carry_out(entries)
        except StoreUnusable:
            raise
        except Dropped as dropped:
            return Outcome.DROPPED, dropped.happened
        except Unreachable as error:
            if utc_now() - items[0].at < PATIENCE:
                raise
            return Outcome.BY_HAND, error.happened
        except OpsctlError as error:
            return Outcome.BY_HAND, error.happened
        return Outcome.DONE, ""


@dataclass(frozen=True, slots=True)
class ChannelStep:
    """The channel in which an incident is talked about. `draw` says what is posted there, once."""

    context: Context
    chat: Chat
    draw: Callable[[IncidentReport], Post]

    def __call__(self, entries: Sequence[Entry]) -> None:
        """Open it where the incident is new, or somebody else leads; post what was told."""
        report = _report(entries)
        if report.kind in (OPENED, ASSIGNED):
            topic = f"{report.incident} {report.severity.upper()}: {report.title}"
            self.chat.open_channel(report.channel, topic, self._responders(report))
        tried = datetime.fromisoformat(entries[0].at)
        self.chat.post(report.channel, self.draw(report), key=f"{report.operation}/channel", tried=tried)

    def _responders(self, report: IncidentReport) -> tuple[str, ...]:
        """Whom it takes there: who leads, who opened it, and the team that is paged."""
        team = self.context.published().teams.get(report.team or "")
        people = (*team.members, *team.leads) if team else ()
        return tuple(dict.fromkeys((report.commander, report.person, *people)))


@dataclass(frozen=True, slots=True)
class PagerStep:
    """The page to the team."""

    context: Context
    pager: Pager

    def __call__(self, entries: Sequence[Entry]) -> None:
        """Call everybody in the team."""
        report, site = _report(entries), self.context.published()
        if report.team is None:
            raise ActionFailed("Nobody is on call: the site names no team for it (on_call in the site file).")
        if not incident_of(self.context.store, report).is_open:
            raise Dropped("The incident was resolved before.")
        team = site.teams.get(report.team)
        people = tuple(dict.fromkeys((*team.members, *team.leads))) if team else ()
        if not people:
            raise ActionFailed(f"There is nobody in {report.team}.")
        self.pager.page(
            Page(
                key=report.operation,
                team=report.team,
                people=people,
                severity=report.severity,
                title=report.title,
                channel=report.channel,
                reach_in=site.channel,
                asked_at=datetime.fromisoformat(entries[0].at),
            )
        )


@dataclass(frozen=True, slots=True)
class StatusPageStep:
    """What everybody reads."""

    context: Context
    page: StatusPage

    def __call__(self, entries: Sequence[Entry]) -> None:
        """Show everything as it is now; also because another site was published."""
        report = report_of(entries)
        page = public_page(self.context.store, self.context.published())
        self.page.publish(page, report.incident if report else "")


@dataclass(frozen=True, slots=True)
class CalendarStep:
    """The postmortem, with its draft."""

    context: Context
    calendar: Calendar

    def __call__(self, entries: Sequence[Entry]) -> None:
        """Book it."""
        report, store = _report(entries), self.context.store
        assert report.postmortem_at is not None
        incident = incident_of(store, report)
        about = (
            f"{incident.severity.upper()}, {incident.channel}. Draft: opsctl incident show {incident.id} --postmortem"
        )
        draft = draft_of(store, incident, self.context.published())
        title = f"Postmortem: {incident.title}"
        self.calendar.book(Meeting(incident.id, title, report.postmortem_at, POSTMORTEM_MINUTES, about, draft))


def incident_of(store: Store, report: IncidentReport) -> Incident:
    """The incident that a report is about, as it is now."""
    return fold(store.incidents.entries(int(report.incident.removeprefix("inc-"))))


def _report(entries: Sequence[Entry]) -> IncidentReport:
    report = report_of(entries)
    assert report is not None
    return report
