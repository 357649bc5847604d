"""`cancel`: end an operation that waits or runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from opsctl.core.command import Decision, OpenOperation
from opsctl.core.context import Context
from opsctl.core.events import Event, Finished
from opsctl.core.operation import State
from opsctl.core.request import Request
from opsctl.core.voting import cancel
from opsctl.core.watching import see_through


@dataclass(frozen=True, slots=True)
class Cancel(Decision):
    """Cancel an operation that waits or runs; what can be put back is put back."""

    name = "cancel"
    examples = ("cancel op-7f3k9q",)

    operation: OpenOperation
    reason: Annotated[str, typer.Argument(metavar="[REASON]", help="Why; everybody sees it.")] = ""

    def exit_code(self, outcome: Finished) -> int:
        """0 only where it was cancelled, and not over before."""
        return 0 if outcome.state is State.CANCELLED else 1

    def decide(self, context: Context, request: Request) -> Iterator[Event]:
        """Cancel it, and see it end."""
        said = cancel(context, request, self.operation, self.reason)
        yield from see_through(context, self.operation, after=said.seq - 1)
