"""The states of an operation and the arrows between them; nothing else may change a state."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from opsctl.core.errors import Conflict, UsageError
from opsctl.core.plan import Plan
from opsctl.core.shown import shown


class State(StrEnum):
    """Where an operation stands. Every state is also the kind of the journal entry that leads to it."""

    REQUESTED = "requested"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    DENIED = "denied"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    INTERRUPTED = "interrupted"

    @property
    def is_final(self) -> bool:
        """Whether no arrow leads out of it."""
        return self in FINAL


ARROWS: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.REQUESTED: frozenset(
            {
                State.DENIED,
                State.AWAITING_CONFIRMATION,
                State.AWAITING_APPROVAL,
                State.APPROVED,
                State.FAILED,
                State.INTERRUPTED,
            }
        ),
        State.AWAITING_CONFIRMATION: frozenset({State.APPROVED, State.CANCELLED, State.EXPIRED}),
        State.AWAITING_APPROVAL: frozenset({State.APPROVED, State.REJECTED, State.CANCELLED, State.EXPIRED}),
        # Back to a question, or to APPROVED again, when the plan changed; DENIED or FAILED when it can't stand.
        State.APPROVED: frozenset(
            {
                State.RUNNING,
                State.APPROVED,
                State.AWAITING_APPROVAL,
                State.AWAITING_CONFIRMATION,
                State.CANCELLED,
                State.EXPIRED,
                State.DENIED,
                State.FAILED,
            }
        ),
        State.RUNNING: frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED, State.INTERRUPTED}),
        State.SUCCEEDED: frozenset(),
        State.FAILED: frozenset(),
        State.DENIED: frozenset(),
        State.REJECTED: frozenset(),
        State.CANCELLED: frozenset(),
        State.EXPIRED: frozenset(),
        State.INTERRUPTED: frozenset(),
    }
)

STANDING = frozenset({State.AWAITING_CONFIRMATION, State.AWAITING_APPROVAL, State.APPROVED})
"""States in which an operation waits for somebody."""


FINAL = frozenset(state for state, leads_to in ARROWS.items() if not leads_to)
"""States that no arrow leads out of."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the store's clock. `mark` is the store's own and opaque; `at` is the wall-clock time, for the eye."""

    mark: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Operation:
    """One request being carried out, as its journal tells it.

    `holder` names the process that serves the request (see `Holder`). `overrides` is the running operation that this
    one cancels first; `caused_by` the operation that led to it. `service` and `environment` are what it changes, and
    `lock` the key of the lock that it needs to run. `altered` is what the store's own row says otherwise about where it
    stands; empty where nobody touched it.
    """

    id: str
    command: str
    person: str
    origin: str
    channel: str
    service: str | None
    environment: str | None
    state: State
    requested_at: datetime
    holder: str = ""
    plan: Plan | None = None
    deadline: Deadline | None = None
    executed_by: str | None = None
    overrides: str | None = None
    caused_by: str | None = None
    lock: str = ""
    altered: str = ""


def unknown(operation: str, known: Iterable[str] = ()) -> UsageError:
    """The error for an operation id that does not exist; one among the known ones that differs little is offered."""
    from difflib import get_close_matches  # only a mistake needs it

    # Ids have six letters and the same beginning: but for one or two letters they must be the same to be meant.
    close = get_close_matches(f"op-{operation.casefold().removeprefix('op-')}", known, cutoff=0.85)
    return UsageError(
        f"There is no operation {shown(operation)}.",
        means="Nothing was done.",
        do=f"Did you mean {' or '.join(close)}?" if close else "See what there is: opsctl operations",
        reason="unknown_operation",
    )


def check_arrow(operation: str, now: State, to: State) -> None:
    """Raise Conflict when no arrow leads from `now` to `to`."""
    if to not in ARROWS[now]:
        raise Conflict(
            f"{operation} is {now.replace('_', ' ')}; it cannot become {to.replace('_', ' ')}.",
            means="Nothing was changed by this try.",
            do=f"See what happened to it: opsctl operations {operation}",
            reason=now.value,
        )
