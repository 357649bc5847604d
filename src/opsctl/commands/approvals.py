"""`approvals`: what waits for somebody's yes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from opsctl.core.approval import tally
from opsctl.core.command import Question
from opsctl.core.context import Context
from opsctl.core.facts import Fact, Waiting
from opsctl.core.operation import Operation, State
from opsctl.core.policy import approvers_of
from opsctl.core.recovery import take_up
from opsctl.core.request import Request


@dataclass(frozen=True, slots=True)
class Approvals(Question):
    """List the operations that wait for approval, with who may give it."""

    name = "approvals"
    examples = ("approvals", "approvals --mine")

    mine: Annotated[bool, typer.Option("--mine", help="Only those that you may approve.")] = False

    def answer(self, context: Context, request: Request) -> Iterator[Fact]:
        """Newest first."""
        yield from take_up(context)
        rows = (_row(context, one) for one in context.store.operations(states=[State.AWAITING_APPROVAL], limit=None))
        yield Waiting(tuple(row for row in rows if not self.mine or request.caller.handle in row[1]))


def _row(context: Context, operation: Operation) -> tuple[Operation, tuple[str, ...], int]:
    assert operation.plan is not None
    assert operation.plan.rule is not None
    votes = tally(context.store.entries(operation.id), operation.plan, operation.person)
    able = approvers_of(context.entitled(), operation.plan.rule, operation.service, operation.person)
    return operation, tuple(one for one in able if one not in votes.yes), len(votes.yes)
