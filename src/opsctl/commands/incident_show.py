"""`incident show`: one incident, its story, and what still has to be done about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from opsctl.core.command import Names, Question
from opsctl.core.context import Context
from opsctl.core.facts import Fact, HelpText
from opsctl.core.identity import TERMINAL
from opsctl.core.incident_book import IncidentBook
from opsctl.core.incident_facts import IncidentShown
from opsctl.core.incident_report import with_troubles
from opsctl.core.request import Request


@dataclass(frozen=True, slots=True)
class IncidentShow(Question):
    """Show an incident: who leads, what was told, what is done outside and what is not."""

    name = "incident show"
    examples = ("incident show", "incident show inc-7", "incident show inc-7 --postmortem")

    incident: Annotated[
        str,
        typer.Argument(metavar="[INCIDENT]", help="Such as inc-7; else the channel's, else the only open one."),
        Names.INCIDENT,
    ] = ""
    postmortem: Annotated[
        bool, typer.Option("--postmortem", help="The draft of its postmortem, in Markdown, from the journal.")
    ] = False

    def answer(self, context: Context, request: Request) -> Iterator[Fact]:
        """Folded from the journal, with why what waits in the outbox still waits."""
        channel = request.caller.channel
        published = context.published()
        book = IncidentBook(context.store, published, asked_in="" if channel == TERMINAL else channel)
        incident = book.meant(self.incident)
        if self.postmortem:
            from opsctl.core.postmortem import draft_of

            yield HelpText(draft_of(context.store, incident, published))
        else:
            yield IncidentShown(with_troubles(context.store, incident))
