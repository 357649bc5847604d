"""`audit`: who did what when."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Annotated, ClassVar, Literal

import typer

from opsctl.core.command import Names, Question
from opsctl.core.context import Context
from opsctl.core.errors import UsageError
from opsctl.core.facts import Fact, Note, Records
from opsctl.core.fields import Span
from opsctl.core.journal import Entry
from opsctl.core.moment import Moment
from opsctl.core.nearest import did_you_mean
from opsctl.core.record import Record, record_of
from opsctl.core.recovery import take_up
from opsctl.core.request import Request
from opsctl.core.store import RecordQuery

Result = Literal["", "success", "failure", "rejected", "denied", "expired", "cancelled", "interrupted"]

ALL = Span(0)
"""As far back as there is anything."""


@dataclass(frozen=True, slots=True)
class Audit(Question):
    """Show who did what when, newest first."""

    name = "audit"
    has_rows: ClassVar[bool] = True
    examples = (
        "audit --who @alice --service order-service --last 2d",
        'audit --result failure --since "yesterday 3am"',
    )

    who: Annotated[str, typer.Option(metavar="PERSON", help="Only what this person asked for."), Names.PERSON] = ""
    service: Annotated[str, typer.Option(metavar="SERVICE", help="Only of this service."), Names.SERVICE] = ""
    environment: Annotated[
        str, typer.Option(metavar="ENVIRONMENT", help="Only in this environment."), Names.ENVIRONMENT
    ] = ""
    result: Annotated[Result, typer.Option(help="Only with this result.", show_default=False)] = ""
    last: Annotated[
        Span, typer.Option(parser=Span.parse, metavar="SPAN", help="How far back: 90m, 12h, 7d; 0s means all.")
    ] = ALL
    since: Annotated[
        Moment | None,
        typer.Option(parser=Moment.parse, metavar="TIME", help="Asked for then or later; see: help times."),
    ] = None
    until: Annotated[
        Moment | None, typer.Option(parser=Moment.parse, metavar="TIME", help="Asked for before that; see: help times.")
    ] = None
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 20

    @property
    def place(self) -> tuple[str | None, str | None]:
        """None: the names it is given only choose what is shown."""
        return None, None

    def settled(self, now: datetime, zone: tzinfo | None = None) -> "Audit":
        """With its times as moments on the clock of who typed them. Raises UsageError for one that is in doubt."""
        try:
            return replace(
                self,
                since=self.since.settled(now, zone) if self.since else None,
                until=self.until.settled(now, zone) if self.until else None,
            )
        except ValueError as error:
            raise _wrong_times(f"{error}.") from error

    def answer(self, context: Context, request: Request) -> Iterator[Fact]:
        """The records in their published shape.

        Raises UsageError for a name that nobody knows, and StoreUnusable where an entry was changed: what it belongs to
        is left out.
        """
        since, until = self._between(request.at)
        who = self._person(context)
        yield from self._unknown(context, who)
        yield from take_up(context)
        query = RecordQuery(
            person=who,
            service=self.service or None,
            environment=self.environment or None,
            result=self.result or None,
            since=since,
            until=until,
            limit=self.limit + 1,
        )
        found = context.store.records(query)
        rows, changed = _read(context, found[: self.limit])
        yield Records(rows, more=len(found) > self.limit, since=since, until=until)
        if changed:
            from opsctl.core.verification import not_whole  # hardly ever

            raise not_whole(changed)

    def _between(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        if self.last.seconds and self.since:
            raise _wrong_times("--last and --since both say where to begin.", "Give one of them.")
        try:
            since = now - timedelta(seconds=self.last.seconds) if self.last.seconds else None
            since = self.since.at(now) if self.since else since
            until = self.until.at(now) if self.until else None
        except ValueError as error:
            raise _wrong_times(f"{error}.") from error
        if since and until and since >= until:
            raise _wrong_times(f"It would end ({until.isoformat()}) before it begins ({since.isoformat()}).")
        return since, until

    def _person(self, context: Context) -> str | None:
        """The handle; a user whom the site does not know has none, and is recorded by name alone."""
        if not self.who or self.who.startswith("@"):
            return self.who or None
        handle = f"@{self.who}"
        is_user = handle not in context.published().people and context.store.records(RecordQuery(self.who, limit=1))
        return self.who if is_user else handle

    def _unknown(self, context: Context, who: str | None) -> Iterator[Note]:
        """What is recorded is found, whether the site still has it or not; what is in neither is a mistake."""
        site = context.published()
        yield from _checked(context, "person", who, site.people, RecordQuery(person=who, limit=1))
        yield from _checked(context, "service", self.service, site.services, RecordQuery(service=self.service, limit=1))
        place = RecordQuery(environment=self.environment, limit=1)
        yield from _checked(context, "environment", self.environment, site.environments, place)


def _read(context: Context, operations: Sequence[str]) -> tuple[tuple[Record, ...], Entry | None]:
    """Their records, and the first entry met that was changed, whose record is left out."""
    rows: list[Record] = []
    first: Entry | None = None
    for operation in operations:
        entries = context.store.entries(operation)
        changed = next((entry for entry in entries if not entry.is_whole), None)
        first = first or changed
        record = None if changed else record_of(entries)
        if record is not None:
            rows.append(record)
    return tuple(rows), first


def _checked(
    context: Context, what: str, name: str | None, known: Collection[str], anything: RecordQuery
) -> Iterator[Note]:
    if not name or name in known:
        return
    if not context.store.records(anything):
        raise UsageError(
            f"There is no {what} {name!r} in the site, and no record of one.",
            means="Nothing was searched for.",
            do=did_you_mean(name, known),
            reason=f"unknown_{what}",
        )
    yield Note(f"The site has no {what} {name} now.", "Shown is what was recorded under that name.")


def _wrong_times(happened: str, do: str = "How times are written: opsctl help times") -> UsageError:
    return UsageError(happened, means="Nothing was searched for.", do=do, reason="times")
