"""`logs`: what a service wrote, merged over replicas and environments by time."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, islice
from typing import Annotated

import typer

from opsctl.commands.status import places_of
from opsctl.core.command import Names, Question, ServiceName
from opsctl.core.context import Context, utc_now
from opsctl.core.facts import Fact
from opsctl.core.fields import Span
from opsctl.core.log_facts import LogEnd, LogLines
from opsctl.core.ports import LogLine, LogQuery, LogSource
from opsctl.core.request import Request

BATCH = 2048
"""Lines handed on together: enough to make the hand-over cheap, few enough to appear at once."""

AN_HOUR = Span(3600)


@dataclass(frozen=True, slots=True)
class Logs(Question):
    """Show what a service wrote, over all its replicas."""

    name = "logs"
    examples = ("logs order-service --last 2h", "logs order-service --environment staging --grep timeout --follow")

    service: ServiceName
    last: Annotated[Span, typer.Option(parser=Span.parse, metavar="SPAN", help="How far back: 90s, 15m, 1h, 2d.")] = (
        AN_HOUR
    )
    environment: Annotated[
        str, typer.Option(metavar="ENVIRONMENT", help="Only in this environment."), Names.ENVIRONMENT
    ] = ""
    grep: Annotated[str, typer.Option(metavar="TEXT", help="Only lines that contain this text.")] = ""
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with new lines as they come.")] = False
    limit: Annotated[int, typer.Option(min=0, max=10_000_000, help="The newest lines only; 0 means all.")] = 0

    def answer(self, context: Context, request: Request) -> Iterator[Fact]:  # noqa: ARG002
        """Oldest first, in constant memory."""
        site = context.site()
        places = places_of(site, self.service, self.environment)
        sources = [site.logs(*place) for place in places]
        query = LogQuery(since=utc_now() - timedelta(seconds=self.last.seconds), grep=self.grep)
        is_wide = len(places) > 1
        following = [source.follow(query) for source in sources] if self.follow else []
        shown, is_cut = 0, False
        if self.limit:
            lines, is_cut = newest(sources, query, self.limit)
        else:
            streams = [source.lines(query) for source in sources]
            lines = streams[0] if len(streams) == 1 else heapq.merge(*streams)
        for batch in _batches(lines):
            shown += len(batch)
            yield LogLines(batch, is_wide)
        yield LogEnd(shown, is_cut, self.limit)
        while following and not context.interruption.is_asked:
            fresh = sorted(chain.from_iterable(next(source) for source in following))
            # Also where nothing is new: it may be that nobody reads any more.
            yield LogLines(fresh, is_wide)
            if not fresh:
                context.interruption.wait(context.poll_seconds)


def newest(sources: Sequence[LogSource], query: LogQuery, limit: int) -> tuple[Iterator[LogLine], bool]:
    """The newest `limit` lines of all sources, oldest first, and whether older ones were left out."""
    # One more than asked for from each, so that "cut" is known and not guessed.
    lines = sorted(chain.from_iterable(source.tail(query, limit + 1) for source in sources))
    return iter(lines[-limit:]), len(lines) > limit


def _batches(lines: Iterator[LogLine]) -> Iterator[Sequence[LogLine]]:
    while batch := list(islice(lines, BATCH)):
        yield batch
