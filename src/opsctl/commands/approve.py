"""`approve`: yes to the plan of somebody's operation."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from opsctl.core.command import AwaitingOperation, Decision
from opsctl.core.context import Context
from opsctl.core.events import Event
from opsctl.core.request import Request
from opsctl.core.voting import Ballot, vote
from opsctl.core.watching import question_of

SeenPlan = Annotated[
    str, typer.Option(metavar="DIGEST", help="Count only if the plan is still the one with this digest.")
]


@dataclass(frozen=True, slots=True)
class Approve(Decision):
    """Approve an operation that waits for it."""

    name = "approve"
    examples = ("approve op-7f3k9q", "approve op-7f3k9q --plan 3f9a1c2e")

    operation: AwaitingOperation
    plan: SeenPlan = ""

    def decide(self, context: Context, request: Request) -> Iterator[Event]:
        """Give the yes; whoever names no plan is shown the one that counts first."""
        if not self.plan:
            yield from question_of(context, self.operation)
        yield from vote(context, request, Ballot(self.operation, is_yes=True, plan=self.plan))
