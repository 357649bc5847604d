"""`audit show`: everything about one command, from the journal alone."""

from collections.abc import Iterator
from dataclasses import dataclass

from opsctl.core.audit_facts import Account, Evidence
from opsctl.core.command import OperationId, Question
from opsctl.core.context import Context
from opsctl.core.facts import Fact
from opsctl.core.journal import Entry
from opsctl.core.operation import unknown
from opsctl.core.record import record_of
from opsctl.core.recovery import take_up
from opsctl.core.request import Request
from opsctl.core.store import RecordQuery
from opsctl.core.verification import not_whole

RECENT = 1000
"""Commands among which the one is sought that was meant by a wrong id."""


@dataclass(frozen=True, slots=True)
class AuditShow(Question):
    """Show everything the journal holds about one command, and whether it holds.

    Plan, rule, votes, steps, outcome and the last lines of the platform, of a change; of a read or a decision its
    record. `operations` tells the same as it happens, to who works with it.
    """

    name = "audit show"
    is_proof = True
    examples = ("audit show op-7f3k9q",)

    operation: OperationId

    def answer(self, context: Context, request: Request) -> Iterator[Fact]:  # noqa: ARG002
        """One account. Raises UsageError for an unknown id, and StoreUnusable where an entry was changed."""
        yield from take_up(context)
        entries = context.store.entries(self.operation)
        if not entries:
            raise unknown(self.operation, self._recent(context))
        changed = next((entry for entry in entries if not entry.is_whole), None)
        record = None if changed else record_of(entries)
        yield Account(self.operation, record, tuple(map(_evidence, entries)))
        if changed:
            raise not_whole(changed)

    def _recent(self, context: Context) -> set[str]:
        standing = (one.id for one in context.store.operations(limit=RECENT))
        return {*standing, *context.store.records(RecordQuery(limit=RECENT))}


def _evidence(entry: Entry) -> Evidence:
    facts = entry.facts if entry.is_whole else {}
    return Evidence(entry.seq, entry.at, entry.kind, facts, entry.previous, entry.hash, entry.is_whole)
