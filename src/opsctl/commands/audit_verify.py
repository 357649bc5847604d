"""`audit verify`: prove that the journal is whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from opsctl.core.audit_facts import Verified
from opsctl.core.command import Question
from opsctl.core.context import Context
from opsctl.core.errors import StoreUnusable
from opsctl.core.facts import Fact
from opsctl.core.request import Request


@dataclass(frozen=True, slots=True)
class AuditVerify(Question):
    """Prove that nothing in the journal was changed, removed or reordered."""

    name = "audit verify"
    is_proof = True
    examples = ("audit verify",)
    needs_site = False

    new_head: Annotated[
        bool, typer.Option("--new-head", help="Make the head file anew, where you know why it is missing.")
    ] = False

    def answer(self, context: Context, request: Request) -> Iterator[Fact]:  # noqa: ARG002
        """What was found. Raises StoreUnusable where it does not hold."""
        if self.new_head:
            context.store.renew_witness()
        verification = context.store.verify()
        yield Verified(verification)
        if verification.faults:
            raise StoreUnusable(
                f"The journal does not verify: {verification.faults[0]}.",
                means="What it says can't be trusted from there on. Nothing was changed.",
                do="Keep the store as it is, and compare it with a backup and with the heads posted in the channel.",
                reason="not_verified",
            )
