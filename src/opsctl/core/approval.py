"""Approvals: a person's yes or no to one plan digest, counted from the journal and never from rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from opsctl.core.journal import Entry
from opsctl.core.operation import Operation, State
from opsctl.core.plan import Plan
from opsctl.core.telling import distrusted

APPROVAL = "approval"
"""The journal kind of a yes or no that counts."""


WITHDRAWN = "approval_withdrawn"
"""The journal kind of a yes that was taken back before it was decided."""


class Verdict(Enum):
    """What the votes so far come to."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Tally:
    """The votes on one plan. `yes` are the handles in the order in which they agreed."""

    yes: tuple[str, ...]
    no: tuple[str, ...]
    need: int

    @property
    def verdict(self) -> Verdict:
        """One no rejects, whatever else was said; enough people approve."""
        if self.no:
            return Verdict.REJECTED
        return Verdict.APPROVED if len(self.yes) >= self.need else Verdict.OPEN


def tally(entries: Iterable[Entry], plan: Plan, requester: str) -> Tally:
    """Count the votes that name this plan's digest; one person is one vote, the requester none.

    Only those since it was last asked for: a plan that was void and came back is asked for anew.
    """
    votes: dict[str, bool] = {}
    for entry in entries:
        if entry.kind == State.AWAITING_APPROVAL:
            votes.clear()
        if entry.kind in (APPROVAL, WITHDRAWN):
            facts = entry.facts
            if facts["digest"] != plan.digest or facts["person"] == requester:
                continue
            if entry.kind == WITHDRAWN:
                votes.pop(facts["person"], None)
            else:
                votes[facts["person"]] = facts["is_yes"]
    return Tally(
        yes=tuple(person for person, is_yes in votes.items() if is_yes),
        no=tuple(person for person, is_yes in votes.items() if not is_yes),
        need=plan.rule.approvals if plan.rule else 0,
    )


def check_unaltered(operation: Operation, entries: Iterable[Entry]) -> None:
    """Raise StoreUnusable where the store's row of an operation says something else than its journal.

    Nothing depends on such a row; but who changed it is up to no good, and nobody should decide anything before that
    is looked into.
    """
    if operation.altered:
        journal = f"{operation.state.replace('_', ' ')} in {operation.lock}"
        if operation.plan and operation.plan.rule and operation.plan.rule.approvals:
            votes = tally(entries, operation.plan, operation.person)
            journal += f", with {len(votes.yes)} of {votes.need} approvals"
        row = operation.altered.replace("_", " ")
        raise distrusted(operation.id, f"its row in the store says {row}, the journal shows {journal}")


def proven_approvers(operation: Operation, entries: tuple[Entry, ...]) -> tuple[str, ...]:
    """Who approved what is about to run, derived from the journal alone.

    Raises StoreUnusable where an entry is not what its hash says, the approved plan is not the one that would be
    carried out, or fewer people agreed to it than its rule asks for.
    """
    for entry in entries:
        if not entry.is_whole:
            raise distrusted(operation.id, f"journal entry {entry.seq} was changed after it was written")
    plan = _approved_plan(entries)
    if plan is None or operation.plan is None or plan.digest != operation.plan.digest:
        raise distrusted(operation.id, "the plan that would be carried out is not the one that was approved")
    if _digest_again(operation, entries, plan) != plan.digest:
        raise distrusted(operation.id, "the approved plan does not match its digest")
    votes = tally(entries, plan, operation.person)
    if votes.verdict is not Verdict.APPROVED:
        raise distrusted(operation.id, f"the journal shows {len(votes.yes)} of {votes.need} approvals")
    return votes.yes


def _approved_plan(entries: tuple[Entry, ...]) -> Plan | None:
    states = [entry for entry in entries if entry.kind in frozenset(State)]
    if not states or states[-1].kind != State.APPROVED:
        return None
    return Plan.from_json(states[-1].facts["plan"])


def _digest_again(operation: Operation, entries: tuple[Entry, ...], plan: Plan) -> str:
    requested = entries[0].facts
    site = next(entry.facts["site"] for entry in reversed(entries) if entry.kind == State.APPROVED)
    if plan.rule is None:
        return ""
    return plan.under(plan.rule, operation=operation.id, command=requested["command"], site=site).digest
