"""`operations`: what is going on, and what went on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.core.command import Names, Question
from opsctl.core.context import Context
from opsctl.core.facts import Operations
from opsctl.core.operation import FINAL, State, unknown
from opsctl.core.recovery import take_up
from opsctl.core.request import Request

if TYPE_CHECKING:
    from opsctl.core.events import Event


@dataclass(frozen=True, slots=True)
class ListOperations(Question):
    """List operations, newest first, or tell the story of one."""

    name = "operations"
    examples = ("operations", "operations op-7f3k9q", "operations --open")

    operation: Annotated[
        str, typer.Argument(metavar="[OPERATION]", help="Only this one, from its first entry on."), Names.OPERATION
    ] = ""
    service: Annotated[str, typer.Option(metavar="SERVICE", help="Only of this service."), Names.SERVICE] = ""
    environment: Annotated[
        str, typer.Option(metavar="ENVIRONMENT", help="Only in this environment."), Names.ENVIRONMENT
    ] = ""
    open: Annotated[bool, typer.Option("--open", help="Only those that are not over.")] = False
    limit: Annotated[int, typer.Option(min=1, max=10000, help="At most so many.")] = 20

    def answer(self, context: Context, request: Request) -> Iterator["Event"]:  # noqa: ARG002
        """The story of one, or a list."""
        yield from take_up(context)
        if self.operation:
            yield from _story(context, self.operation)
            return
        published = context.published()
        states = [state for state in State if state not in FINAL] if self.open else []
        rows = context.store.operations(
            states=states,
            service=published.service(self.service).name if self.service else None,
            environment=published.environment(self.environment).name if self.environment else None,
            limit=self.limit,
        )
        yield Operations(tuple(rows))


def _story(context: Context, operation: str) -> Iterator["Event"]:
    from opsctl.core.events import events_of  # a list, which is asked for most, tells none

    row = context.store.operation(operation)
    if row is None:
        raise unknown(operation)
    yield Operations((row,))
    for entry in context.store.entries(operation):
        yield from events_of(entry)
