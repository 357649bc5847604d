"""`run`: wait for a standing operation, or carry it out."""

from collections.abc import Iterator
from dataclasses import dataclass

from opsctl.core.approval import check_unaltered
from opsctl.core.command import Decision, OpenOperation
from opsctl.core.context import Context
from opsctl.core.errors import Denied
from opsctl.core.events import Event, Finished
from opsctl.core.operation import Operation
from opsctl.core.policy import approvers_of
from opsctl.core.request import Request, answered
from opsctl.core.serving import serve
from opsctl.core.store import Transaction
from opsctl.core.voting import existing, too_late
from opsctl.core.watching import see_through


@dataclass(frozen=True, slots=True)
class Run(Decision):
    """Wait for an operation that stands, and carry it out once it is approved."""

    name = "run"
    examples = ("run op-7f3k9q",)

    operation: OpenOperation

    def exit_code(self, outcome: Finished) -> int:
        """That of the operation it saw through."""
        return outcome.exit_code

    def decide(self, context: Context, request: Request) -> Iterator[Event]:
        """See it through; only its requester and those who may approve it can."""

        def work(tx: Transaction) -> int:
            now = existing(tx, self.operation)
            entries = tx.entries(self.operation)
            check_unaltered(now, entries)
            if now.state.is_final:
                raise too_late(now, entries)
            _check_may_run(context, now, request)
            serve(context, tx, now)
            answered(tx, request, about=now)
            return next(entry.seq for entry in reversed(entries) if entry.kind == now.state)

        seen = context.store.write(work)
        # From its last arrow on, so that who comes late sees what is asked or done.
        yield from see_through(context, self.operation, after=seen - 1)


def _check_may_run(context: Context, operation: Operation, request: Request) -> None:
    who, published = request.caller.handle, context.entitled()
    rule = operation.plan.rule if operation.plan else None
    approvers = approvers_of(published, rule, operation.service, operation.person) if rule else ()
    if who not in (operation.person, *approvers) and "lead" not in published.roles_of(who, operation.service):
        raise Denied(
            f"{who} may not run {operation.id}: {operation.person} asked for it.",
            means="It stands as it was.",
            do=f"Ask {' or '.join((operation.person, *approvers))}.",
            reason="no_role",
        )
