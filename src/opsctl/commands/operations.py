"""`operations`: what is going on, and what went on."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.core.command import Names, Question, Watch
from opsctl.core.context import Context
from opsctl.core.errors import UsageError
from opsctl.core.facts import Fact, Operations
from opsctl.core.operation import FINAL, State, unknown
from opsctl.core.recovery import take_up
from opsctl.core.repeating import repeated
from opsctl.core.request import Request

if TYPE_CHECKING:
    from opsctl.core.events import Event


RECENT = 1000
"""Operations among which the one is sought that was meant by a wrong id."""

LEAST_SECONDS = 1.0
"""Between two looks at the store."""


@dataclass(frozen=True, slots=True)
class ListOperations(Question):
    """List operations, newest first, or tell the story of one."""

    name = "operations"
    examples = ("operations", "operations op-7f3k9q", "operations --open --watch")

    operation: Annotated[
        str, typer.Argument(metavar="[OPERATION]", help="Only this one, from its first entry on."), Names.OPERATION
    ] = ""
    service: Annotated[str, typer.Option(metavar="SERVICE", help="Only of this service."), Names.SERVICE] = ""
    environment: Annotated[
        str, typer.Option(metavar="ENVIRONMENT", help="Only in this environment."), Names.ENVIRONMENT
    ] = ""
    open: Annotated[bool, typer.Option("--open", help="Only those that are not over.")] = False
    watch: Watch = False
    limit: Annotated[int, typer.Option(min=1, max=10000, help="At most so many.")] = 20

    @property
    def is_repeated(self) -> bool:
        """Where the list is watched; a story goes on where it was."""
        return self.watch and not self.operation

    def answer(self, context: Context, request: Request) -> Iterator["Event"]:  # noqa: ARG002
        """The story of one, or a list."""
        if self.operation:
            yield from take_up(context)
            yield from self._story(context)
            return
        look = partial(self._look, context)
        yield from repeated(context, look, least_seconds=LEAST_SECONDS) if self.watch else look()

    def _look(self, context: Context) -> Iterator[Fact]:
        yield from take_up(context)
        published = context.published()
        states = [state for state in State if state not in FINAL] if self.open else []
        rows = context.store.operations(
            states=states,
            service=published.service(self.service).name if self.service else None,
            environment=published.environment(self.environment).name if self.environment else None,
            limit=self.limit,
        )
        yield Operations(tuple(rows))

    def _story(self, context: Context) -> Iterator["Event"]:
        from opsctl.core.events import events_of  # a list, which is asked for most, tells none

        row = context.store.operation(self.operation)
        if row is None:
            raise self._missing(context)
        yield Operations((row,))
        seen = 0
        while True:
            for entry in context.store.entries(self.operation, after=seen):
                seen = entry.seq
                yield from events_of(entry)
                row = replace(row, state=State(entry.kind)) if entry.kind in frozenset(State) else row
            if not self.watch or row.state.is_final or context.interruption.wait(context.poll_seconds):
                return

    def _missing(self, context: Context) -> UsageError:
        error = unknown(self.operation, (one.id for one in context.store.operations(limit=RECENT)))
        if context.store.entries(self.operation):
            error.do = f"It was no change. What it was: opsctl audit show {self.operation}"
        return error
