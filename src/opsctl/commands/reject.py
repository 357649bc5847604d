"""`reject`: no to the plan of somebody's operation."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from opsctl.commands.approve import SeenPlan
from opsctl.core.command import AwaitingOperation, Decision
from opsctl.core.context import Context
from opsctl.core.events import Event
from opsctl.core.request import Request
from opsctl.core.voting import Ballot, vote


@dataclass(frozen=True, slots=True)
class Reject(Decision):
    """Reject an operation that waits for approval; your own is cancelled."""

    name = "reject"
    examples = ('reject op-7f3k9q "not during the sale"',)

    operation: AwaitingOperation
    reason: Annotated[str, typer.Argument(metavar="REASON", help="Why not; the requester sees it.")]
    plan: SeenPlan = ""

    def decide(self, context: Context, request: Request) -> Iterator[Event]:
        """Give the no."""
        yield from vote(context, request, Ballot(self.operation, is_yes=False, reason=self.reason, plan=self.plan))
