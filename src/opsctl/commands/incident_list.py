"""`incident list`: what is wrong, and what was."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from opsctl.core.command import Question
from opsctl.core.context import Context
from opsctl.core.facts import Fact
from opsctl.core.incident import fold
from opsctl.core.incident_facts import Incidents
from opsctl.core.request import Request


@dataclass(frozen=True, slots=True)
class IncidentList(Question):
    """List incidents, newest first."""

    name = "incident list"
    examples = ("incident list", "incident list --open")

    open: Annotated[bool, typer.Option("--open", help="Only those that are not resolved.")] = False
    limit: Annotated[int, typer.Option(min=1, max=10000, help="At most so many.")] = 20

    def answer(self, context: Context, request: Request) -> Iterator[Fact]:  # noqa: ARG002
        """Folded from the journal."""
        incidents = context.store.incidents
        numbers = incidents.open()[::-1][: self.limit] if self.open else incidents.newest(self.limit)
        yield Incidents(tuple(fold(incidents.entries(number)) for number in numbers))
