"""Where a plan goes under its rule: to confirmation, to approval, or straight on."""

from dataclasses import dataclass

from opsctl.core import policy
from opsctl.core.canonical import JSON
from opsctl.core.command import Change
from opsctl.core.context import Context
from opsctl.core.errors import Denied, UsageError
from opsctl.core.holder import what_became_of
from opsctl.core.journal import Entry
from opsctl.core.left_behind import left_behind
from opsctl.core.masking import masked
from opsctl.core.operation import Operation, State
from opsctl.core.plan import Plan
from opsctl.core.published_site import PublishedSite
from opsctl.core.site import Site
from opsctl.core.store import Lock, Transaction
from opsctl.core.transition import move, outcome


@dataclass(frozen=True, slots=True)
class Gate:
    """A plan under its rule, the state it goes to, who may approve it, and the digest of the site that says so."""

    plan: Plan
    to: State
    approvers: tuple[str, ...]
    site: str


def gate_for(site: Site, entitled: PublishedSite, operation: str, command: str, requester: str, change: Change) -> Gate:
    """Plan a change and put it under its rule; `entitled` says who holds which role now.

    Raises any OpsctlError of the plan, and Denied by the rule or where the site does not know the requester.
    """
    _check_holds_no_secret(command)
    policy.check_known(site.published, requester)
    service, environment = change.place
    plan = change.plan(site)
    rule = policy.rule_for(site.published, change.name, environment, plan, requester)
    policy.check_requester(entitled, rule, service, requester)
    plan = plan.under(rule, operation=operation, command=command, site=site.digest)
    if rule.approvals:
        approvers = policy.approvers_of(entitled, rule, service, requester)
        policy.check_approvable(rule, approvers)
        return Gate(plan, State.AWAITING_APPROVAL, approvers, site.digest)
    where = site.published.environments.get(environment) if environment else None
    asks = plan.asks or (where is not None and where.is_protected)
    return Gate(plan, State.AWAITING_CONFIRMATION if asks else State.APPROVED, (), site.digest)


def _check_holds_no_secret(command: str) -> None:
    """Raise UsageError where the journal would keep another line than was typed: what it keeps is carried out."""
    if masked(command) != command:
        raise UsageError(
            "This line holds a secret, or what looks like one.",
            means="The journal masks it, and only what stands in the journal is carried out. Nothing was changed.",
            do="Say it without; give a program its secrets where it runs.",
            reason="secret_in_line",
        )


def enter(context: Context, tx: Transaction, operation: Operation, gate: Gate) -> tuple[Operation, Entry]:
    """A new request goes through its gate, or is denied where something else changes the same thing now.

    Where nothing stands in its way, it leaves with the lock.
    """
    lock = tx.lock(operation.lock)
    if lock is not None and lock.operation != gate.plan.overrides:
        error = locked(tx, lock)
        return move(tx, operation, State.DENIED, outcome(operation, State.DENIED, by="", error=error))
    after, entry = pass_on(context, tx, operation, gate)
    if after.state is State.APPROVED and lock is None:
        tx.take(after.lock, after.id, context.holder, context.lease_seconds)
    return after, entry


def pass_on(
    context: Context, tx: Transaction, operation: Operation, gate: Gate, was: Plan | None = None
) -> tuple[Operation, Entry]:
    """Take the arrow that the gate says; `was` is the plan that was agreed to before, where this one replaces it."""
    waits_for_confirmation = gate.to is State.AWAITING_CONFIRMATION
    seconds = context.confirmation_seconds if waits_for_confirmation else context.approval_seconds
    deadline = tx.deadline(seconds)
    facts: dict[str, JSON] = {"plan": gate.plan.as_json(), "site": gate.site}
    match gate.to:
        case State.AWAITING_CONFIRMATION:
            facts["subject"] = operation.service or operation.command
        case State.AWAITING_APPROVAL:
            facts["approvers"] = list(gate.approvers)
        case _:
            facts["by"] = []
    if was is not None:
        facts["was"] = was.as_json()
    return move(tx, operation, gate.to, facts, plan=gate.plan, deadline=deadline)


def locked(tx: Transaction, lock: Lock) -> Denied:
    """The refusal that tells who changes the same thing, what, and since when."""
    other = tx.operation(lock.operation)
    assert other is not None
    # From its last arrow on: it runs, or it is about to.
    since = next(entry.at for entry in reversed(tx.entries(other.id)) if entry.kind == other.state)
    fate = what_became_of(lock.holder) if lock.is_over else ""
    gone = ""
    if fate and left_behind(tx.entries(other.id)):
        gone = f" Its process {fate}, and the program that it ran is still at work."
    elif fate:
        gone = f" Its process {fate}, and its platform could not be asked what became of it."
    return Denied(
        f"{other.person} is changing {other.service or 'the site'}"
        + (f" in {other.environment}" if other.environment else "")
        + f" since {since[11:19]} UTC: {other.command} ({other.id}).{gone}",
        means="One change at a time. Nothing was changed by yours.",
        do=f"Wait for it (opsctl run {other.id}), or stop it: opsctl cancel {other.id}",
        reason="locked",
    )
