"""A word on somebody's operation: yes, no, stop. Whether it counts is decided in the transaction that records it."""

from collections.abc import Iterator
from dataclasses import dataclass

from opsctl.core.approval import APPROVAL, WITHDRAWN, Verdict, check_unaltered, tally
from opsctl.core.canonical import JSON
from opsctl.core.context import Context
from opsctl.core.errors import Conflict, Denied, OpsctlError
from opsctl.core.events import Event, events_of
from opsctl.core.identity import Caller
from opsctl.core.journal import Entry
from opsctl.core.operation import STANDING, Operation, State, unknown
from opsctl.core.policy import approvers_of
from opsctl.core.published_site import PublishedSite
from opsctl.core.request import Request, answered
from opsctl.core.store import Transaction
from opsctl.core.transition import move, note, outcome

APPROVAL_REFUSED = "approval_refused"
"""The journal kind of a yes or no that does not count."""

LEAST_DIGEST = 8
"""Characters of a plan's digest that name it well enough."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """A yes or no. `plan` is the beginning of the digest that was seen; empty means the plan as it is now."""

    operation: str
    is_yes: bool
    reason: str = ""
    plan: str = ""


def vote(context: Context, request: Request, ballot: Ballot) -> Iterator[Event]:
    """Give a yes or no to an operation's plan. The requester's own no cancels it.

    Raises Denied where it may not count, Conflict where it comes too late; both are journalled first.
    """
    if not ballot.is_yes and _is_own(context, request, ballot.operation):
        yield from events_of(cancel(context, request, ballot.operation, ballot.reason or "withdrawn by the requester"))
        return

    site = context.entitled()

    def work(tx: Transaction) -> tuple[list[Entry], OpsctlError | None]:
        operation = existing(tx, ballot.operation)
        check_unaltered(operation, tx.entries(operation.id))
        if _is_said(tx, operation, request, ballot):
            answered(tx, request, about=operation)
            return [], None
        refusal = _refusal(tx, operation, request, ballot, _approvers(site, operation))
        if refusal is not None:
            facts: dict[str, JSON] = {
                "person": request.caller.handle,
                "reason": refusal.reason,
                "why": refusal.happened,
                "is_yes": ballot.is_yes,
            }
            entry = note(tx, operation, APPROVAL_REFUSED, facts)
            answered(tx, request, refusal, about=operation)
            return [entry], refusal
        answered(tx, request, about=operation)
        return _count(context, site, tx, operation, request, ballot), None

    entries, refusal = context.store.write(work)
    for entry in entries:
        yield from events_of(entry)
    if refusal is not None:
        raise refusal


def cancel(context: Context, request: Request, operation: str, because: str) -> Entry:
    """End a standing operation, or ask the process that runs it to cancel it; returns the entry that says so.

    Raises Denied for anybody but the requester and the leads of the service's team (of any, where it is about the
    site), Conflict where it has ended.
    """
    published = context.published()

    def work(tx: Transaction) -> Entry:
        now = existing(tx, operation)
        _check_may_cancel(now, request, published.roles_of(request.caller.handle, now.service))
        answered(tx, request, about=now)
        if now.state is State.RUNNING:
            return note(tx, now, "cancel_asked", {"person": request.caller.handle, "reason": because})
        if now.state not in STANDING:
            raise too_late(now, tx.entries(operation))
        facts = outcome(now, State.CANCELLED, by=request.caller.handle, reason=because or "cancelled")
        return move(tx, now, State.CANCELLED, facts)[1]

    return context.store.write(work)


def withdraw(context: Context, request: str, caller: Caller, ballot: Ballot) -> Entry | None:
    """Take a yes back that was given to that plan; returns the entry that says so, None where there was none.

    `request` is the id under which it came. Raises Conflict where it comes after the decision.
    """

    def work(tx: Transaction) -> Entry | None:
        now, entries = existing(tx, ballot.operation), tx.entries(ballot.operation)
        if now.plan is None or now.plan.digest != ballot.plan:
            return None
        votes = tally(entries, now.plan, now.person)
        if caller.handle not in votes.yes:
            return None
        if now.state is not State.AWAITING_APPROVAL:
            raise too_late(now, entries)
        facts: dict[str, JSON] = {
            "person": caller.handle,
            "digest": ballot.plan,
            "origin": caller.origin.value,
            "channel": caller.channel,
            "request": request,
            "have": len(votes.yes) - 1,
            "need": votes.need,
        }
        return note(tx, now, WITHDRAWN, facts)

    return context.store.write(work)


def existing(tx: Transaction, operation: str) -> Operation:
    """The operation of that id. Raises UsageError where there is none."""
    now = tx.operation(operation)
    if now is None:
        raise unknown(operation)
    return now


def too_late(operation: Operation, entries: tuple[Entry, ...]) -> Conflict:
    """The refusal of a word on an operation that does not wait for one, with who decided it."""
    last = next((entry.facts for entry in reversed(entries) if entry.kind == operation.state), {})
    by = last.get("by") or operation.executed_by or ""
    who = ", ".join(by) if isinstance(by, list) else by
    return Conflict(
        f"Too late: {operation.id} is already {operation.state.replace('_', ' ')}" + (f" by {who}." if who else "."),
        means="This changes nothing; it is in the journal.",
        do=f"See what became of it: opsctl operations {operation.id}",
        reason="too_late",
    )


def _is_own(context: Context, request: Request, operation: str) -> bool:
    row = context.store.operation(operation)
    return row is not None and row.person == request.caller.handle


def _is_said(tx: Transaction, operation: Operation, request: Request, ballot: Ballot) -> bool:
    """Whether that person's same answer to that plan counted before: heard twice, it is one."""
    if operation.plan is None or not ballot.plan or not operation.plan.digest.startswith(ballot.plan):
        return False
    votes = tally(tx.entries(operation.id), operation.plan, operation.person)
    return request.caller.handle in (votes.yes if ballot.is_yes else votes.no)


def _approvers(site: PublishedSite, operation: Operation) -> tuple[str, ...]:
    if operation.plan is None or operation.plan.rule is None:
        return ()
    return approvers_of(site, operation.plan.rule, operation.service, operation.person)


def _refusal(
    tx: Transaction, operation: Operation, request: Request, ballot: Ballot, approvers: tuple[str, ...]
) -> OpsctlError | None:
    who = request.caller.handle
    if operation.state is not State.AWAITING_APPROVAL:
        return too_late(operation, tx.entries(operation.id))
    if operation.deadline is not None and tx.has_passed(operation.deadline):
        return Conflict(
            f"Too late: {operation.id} was not approved in time.",
            means="It expires; nothing was changed.",
            do="The requester has to ask again.",
            reason="too_late",
        )
    if who == operation.person:
        return Denied(
            f"You asked for {operation.id} yourself, so your approval does not count.",
            means="It still waits.",
            do=f"Ask one of: {', '.join(approvers)}",
            reason="own_request",
        )
    if who not in approvers:
        assert operation.plan is not None
        roles = operation.plan.rule.roles if operation.plan.rule else ()
        return Denied(
            f"{who} may not approve {operation.id}: it takes the role {' or '.join(roles)} for it.",
            means="It still waits.",
            do=f"Ask one of: {', '.join(approvers)}",
            reason="no_role",
        )
    if ballot.plan and len(ballot.plan) < LEAST_DIGEST:
        return Denied(
            f"{ballot.plan!r} is too short to name a plan.",
            means="Your answer does not count; the operation still waits.",
            do=f"Give at least {LEAST_DIGEST} characters of its digest: opsctl approvals",
            reason="plan_unclear",
        )
    if ballot.plan and operation.plan is not None and not operation.plan.digest.startswith(ballot.plan):
        return Conflict(
            f"The plan of {operation.id} is not the one you saw ({ballot.plan}).",
            means="Your answer does not count; the operation still waits.",
            do="Look at the plan as it is now: opsctl approvals",
            reason="plan_changed",
        )
    return None


def _count(
    context: Context, site: PublishedSite, tx: Transaction, operation: Operation, request: Request, ballot: Ballot
) -> list[Entry]:
    assert operation.plan is not None
    plan, who = operation.plan, request.caller.handle
    before = tally(tx.entries(operation.id), plan, operation.person)
    have = len({*before.yes, who}) if ballot.is_yes else len([one for one in before.yes if one != who])
    facts: dict[str, JSON] = {
        "person": who,
        "is_yes": ballot.is_yes,
        "reason": ballot.reason,
        "digest": plan.digest,
        "roles": sorted(site.roles_of(who, operation.service)),
        "origin": request.caller.origin.value,
        "channel": request.caller.channel,
        "request": request.id,
        "have": have,
        "need": before.need,
    }
    if who in site.granted:
        facts["granted"] = sorted(site.granted[who])
    entries = [note(tx, operation, APPROVAL, facts)]
    votes = tally(tx.entries(operation.id), plan, operation.person)
    match votes.verdict:
        case Verdict.APPROVED:
            approved: dict[str, JSON] = {"plan": plan.as_json(), "site": _site_of(tx, operation), "by": list(votes.yes)}
            deadline = tx.deadline(context.approval_seconds)
            entries.append(move(tx, operation, State.APPROVED, approved, deadline=deadline)[1])
        case Verdict.REJECTED:
            rejected = outcome(operation, State.REJECTED, by=who, reason=ballot.reason or "rejected")
            entries.append(move(tx, operation, State.REJECTED, rejected)[1])
        case Verdict.OPEN:
            pass
    return entries


def _site_of(tx: Transaction, operation: Operation) -> str:
    asked = next(entry for entry in reversed(tx.entries(operation.id)) if entry.kind == State.AWAITING_APPROVAL)
    site: str = asked.facts["site"]
    return site


def _check_may_cancel(operation: Operation, request: Request, roles: frozenset[str]) -> None:
    lead = "lead" if operation.service else "any-lead"
    if operation.person != request.caller.handle and lead not in roles:
        raise Denied(
            f"{request.caller.handle} may not cancel {operation.id}: {operation.person} asked for it.",
            means="It goes on as it was.",
            do=f"Ask {operation.person}, or a lead of the service's team.",
            reason="no_role",
        )
