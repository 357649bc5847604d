"""`audit`: who did what when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

import typer

from opsctl.core.command import Names, Question
from opsctl.core.context import Context, utc_now
from opsctl.core.facts import Fact, Records
from opsctl.core.fields import Span
from opsctl.core.record import record_of
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
    examples = ("audit", "audit --who @alice --service order-service --last 2d")

    who: Annotated[str, typer.Option(metavar="PERSON", help="Only what this person asked for."), Names.PERSON] = ""
    service: Annotated[str, typer.Option(metavar="SERVICE", help="Only of this service."), Names.SERVICE] = ""
    environment: Annotated[
        str, typer.Option(metavar="ENVIRONMENT", help="Only in this environment."), Names.ENVIRONMENT
    ] = ""
    result: Annotated[Result, typer.Option(help="Only with this result.", show_default=False)] = ""
    last: Annotated[
        Span, typer.Option(parser=Span.parse, metavar="SPAN", help="How far back: 90m, 12h, 7d; 0s means all.")
    ] = ALL
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 20

    def answer(self, context: Context, request: Request) -> Iterator[Fact]:  # noqa: ARG002
        """The records in their published shape."""
        yield from take_up(context)
        query = RecordQuery(
            person=self._person(),
            service=self.service or None,
            environment=self.environment or None,
            result=self.result or None,
            since=utc_now() - timedelta(seconds=self.last.seconds) if self.last.seconds else None,
            limit=self.limit + 1,
        )
        found = context.store.records(query)
        records = (record_of(context.store.entries(operation)) for operation in found[: self.limit])
        yield Records(tuple(one for one in records if one is not None), more=len(found) > self.limit)

    def _person(self) -> str | None:
        if not self.who:
            return None
        return self.who if self.who.startswith("@") else f"@{self.who}"
