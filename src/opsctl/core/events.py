"""What happens to an operation, as facts. Every surface draws from this stream, and every stream ends in one outcome.

Events of an operation are read from its journal entries, so that the process that acts and one that only watches
see the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from opsctl.core.facts import Fact
from opsctl.core.journal import Entry
from opsctl.core.operation import FINAL, State
from opsctl.core.plan import Plan


@dataclass(frozen=True, slots=True)
class Requested:
    """Somebody asked for a change, or the failed operation `caused_by` did in their name; it is on disk."""

    operation: str
    command: str
    person: str
    channel: str
    caused_by: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """What a dry run found: the plan, who could approve it, and the state it would go to."""

    plan: Plan
    approvers: tuple[str, ...]
    leads_to: State


@dataclass(frozen=True, slots=True)
class AwaitingConfirmation:
    """The requester has to confirm by naming `subject`."""

    operation: str
    plan: Plan
    subject: str
    until: datetime


@dataclass(frozen=True, slots=True)
class AwaitingApproval:
    """Others have to agree: as many of `approvers` as the plan's rule says."""

    operation: str
    plan: Plan
    approvers: tuple[str, ...]
    until: datetime


@dataclass(frozen=True, slots=True)
class Voted:
    """An approver said yes or no to the plan with that digest."""

    operation: str
    person: str
    is_yes: bool
    reason: str
    have: int
    need: int


@dataclass(frozen=True, slots=True)
class VoteWithdrawn:
    """An approver took their yes back before it was decided."""

    operation: str
    person: str
    have: int
    need: int


@dataclass(frozen=True, slots=True)
class VoteRefused:
    """A vote that does not count, and why."""

    operation: str
    person: str
    reason: str
    why: str


@dataclass(frozen=True, slots=True)
class PlanChanged:
    """What would happen is no longer what was agreed to; nothing agreed before counts."""

    operation: str
    was: Plan
    now: Plan


@dataclass(frozen=True, slots=True)
class Approved:
    """Nothing stands in the way any more. `by` is empty where no approval was needed."""

    operation: str
    plan: Plan
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Locked:
    """Another operation changes the same thing now; this one waits for it."""

    operation: str
    holder: str
    command: str
    person: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Started:
    """It is being carried out, since `at`."""

    operation: str
    plan: Plan
    executed_by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Stepped:
    """One step of it, at that time: `done` of `of` (0 of 0 where it cannot be counted)."""

    operation: str
    step: str
    done: int
    of: int
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CancelAsked:
    """Somebody asked for a running operation to be cancelled."""

    operation: str
    person: str
    reason: str


@dataclass(frozen=True, slots=True)
class LeftRunning:
    """Its platform is out of reach, so what became of it is not known; the lock stays until somebody can look."""

    operation: str
    happened: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The outcome. `happened`, `means` and `do` are the error's lines; `left` what stayed changed; empty on success."""

    operation: str
    state: State
    command: str
    by: str
    reason: str
    happened: str
    means: str
    do: str
    left: str
    log_tail: tuple[str, ...]
    duration_seconds: int
    exit_code: int
    dashboard: str = ""


Happening: TypeAlias = (
    Requested
    | Planned
    | AwaitingConfirmation
    | AwaitingApproval
    | Voted
    | VoteWithdrawn
    | VoteRefused
    | PlanChanged
    | Approved
    | Locked
    | Started
    | Stepped
    | CancelAsked
    | LeftRunning
    | Finished
)
"""What happens to an operation."""

Event: TypeAlias = Happening | Fact


def events_of(entry: Entry) -> Iterator[Event]:
    """The events that a journal entry of an operation tells; none for kinds that concern no surface."""
    return told(entry.operation, entry.kind, entry.at, entry.facts)


def told(operation: str, kind: str, at: str, facts: Mapping[str, Any]) -> Iterator[Event]:
    """The same, of an entry of that time whose body was read already."""
    if "was" in facts:
        yield PlanChanged(operation, Plan.from_json(facts["was"]), Plan.from_json(facts["plan"]))
    match kind:
        case State.REQUESTED:
            caused_by = facts.get("caused_by", "")
            yield Requested(operation, facts["command"], facts["person"], facts["channel"], caused_by)
        case State.AWAITING_CONFIRMATION:
            yield AwaitingConfirmation(
                operation, Plan.from_json(facts["plan"]), facts["subject"], _moment(facts["until"])
            )
        case State.AWAITING_APPROVAL:
            yield AwaitingApproval(
                operation, Plan.from_json(facts["plan"]), tuple(facts["approvers"]), _moment(facts["until"])
            )
        case State.APPROVED:
            yield Approved(operation, Plan.from_json(facts["plan"]), tuple(facts["by"]))
        case State.RUNNING:
            yield Started(operation, Plan.from_json(facts["plan"]), facts["executed_by"], _moment(at))
        case "approval":
            yield Voted(operation, facts["person"], facts["is_yes"], facts["reason"], facts["have"], facts["need"])
        case "approval_withdrawn":
            yield VoteWithdrawn(operation, facts["person"], facts["have"], facts["need"])
        case "approval_refused":
            yield VoteRefused(operation, facts["person"], facts["reason"], facts["why"])
        case "step":
            yield Stepped(operation, facts["step"], facts["done"], facts["of"], facts["detail"], _moment(at))
        case "cancel_asked":
            yield CancelAsked(operation, facts["person"], facts["reason"])
        case _ if kind in FINAL:
            yield _finished(operation, kind, facts)
        case _:
            pass


def _finished(operation: str, kind: str, facts: Mapping[str, Any]) -> Finished:
    return Finished(
        operation=operation,
        state=State(kind),
        command=facts["command"],
        by=facts["by"],
        reason=facts["reason"],
        happened=facts["happened"],
        means=facts["means"],
        do=facts["do"],
        left=facts["left"],
        log_tail=tuple(facts["log_tail"]),
        duration_seconds=facts["duration_seconds"],
        exit_code=facts["exit_code"],
        dashboard=facts["dashboard"],
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
