"""Every error a person can meet, each with what it means and what to do next.

OpsctlError                 exit
├── UsageError              2    the line, the settings or a name in them is wrong
├── NotConfirmed            2    a change that asks for confirmation was not confirmed
├── Denied                  3    a rule, a role or a lock says no
├── Undecided               4    not decided in time, or left waiting
├── ActionFailed            1    a platform answered, and could not
├── Unreachable             5    an outside system does not answer
├── StoreUnusable           6    the journal cannot be written or read
├── Conflict                1    somebody else took this step first
├── Abandoned               130  who asked left before it was over
└── Interrupting            130  not for people: what stops a running change from outside
    ├── CancelRequested          somebody cancelled; put back what can be put back
    └── LeaseLost                another process may act now; touch nothing more
"""

from typing import ClassVar


class OpsctlError(Exception):
    """What happened, what it means for the operation, what to do next: at most three lines.

    The class fixes the exit code; `reason` is a stable word for records and programs.
    """

    exit_code: ClassVar[int] = 1
    reason: str = "failed"

    def __init__(self, happened: str, *, means: str = "", do: str = "", reason: str | None = None) -> None:
        super().__init__(happened)
        self.happened = happened
        self.means = means
        self.do = do
        if reason is not None:
            self.reason = reason

    @property
    def lines(self) -> tuple[str, ...]:
        """The one to three lines that a person reads."""
        return tuple(line for line in (self.happened, self.means, self.do) if line)


class UsageError(OpsctlError):
    """The line, the settings or a name in them is wrong; nothing was done."""

    exit_code = 2
    reason = "usage"


def cannot_scale(service: str, environment: str, why: str) -> UsageError:
    """The error where the platform of a service can't bring it to another number of replicas."""
    return UsageError(
        f"{service} in {environment} can't be scaled: {why}.",
        means="Nothing was changed.",
        do="Scale it where it runs, or let a lead complete its deployer in the site file.",
        reason="cannot_scale",
    )


class NotConfirmed(OpsctlError):
    """A change that asks for confirmation was not confirmed."""

    exit_code = 2
    reason = "not_confirmed"


class Denied(OpsctlError):
    """A rule, a role or a lock says no; nothing was changed."""

    exit_code = 3
    reason = "denied"


class Undecided(OpsctlError):
    """Not decided in time, or left waiting."""

    exit_code = 4
    reason = "undecided"


class ActionFailed(OpsctlError):
    """A platform answered and could not do it.

    `log_tail` holds the last lines it wrote (oldest first); `left` says what stayed changed, empty when nothing did.
    """

    exit_code = 1
    reason = "action_failed"

    def __init__(
        self,
        happened: str,
        *,
        means: str = "",
        do: str = "",
        reason: str | None = None,
        log_tail: tuple[str, ...] = (),
        left: str = "",
    ) -> None:
        super().__init__(happened, means=means, do=do, reason=reason)
        self.log_tail = log_tail
        self.left = left


class Unreachable(OpsctlError):
    """An outside system does not answer; whether a call that was sent took effect is unknown.

    `again_seconds` is how long it asked to be left alone, 0 where it did not say.
    """

    exit_code = 5
    reason = "unreachable"

    def __init__(
        self, happened: str, *, means: str = "", do: str = "", reason: str | None = None, again_seconds: float = 0.0
    ) -> None:
        super().__init__(happened, means=means, do=do, reason=reason)
        self.again_seconds = again_seconds


class StoreUnusable(OpsctlError):
    """The journal cannot be written, read or trusted."""

    exit_code = 6
    reason = "journal"


class Conflict(OpsctlError):
    """Somebody else took this step first; what they did stands."""

    exit_code = 1
    reason = "conflict"


class Abandoned(OpsctlError):
    """Who asked left before it was over; what was begun stays as it was then."""

    exit_code = 130
    reason = "abandoned"


class Interrupting(OpsctlError):
    """Thrown into a running change to stop it between two outside calls."""

    exit_code = 130
    reason = "interrupted"


class CancelRequested(Interrupting):
    """Somebody asked to cancel: put back what can be put back, then let this error through.

    What can't be put back is told by raising one with `left` in its place.
    """

    reason = "cancelled"

    def __init__(self, by: str, because: str, *, left: str = "") -> None:
        super().__init__(f"Cancelled by {by}" + (f": {because}." if because else "."))
        self.by = by
        self.because = because
        self.left = left


class LeaseLost(Interrupting):
    """The lease went to someone else: make no further outside call, not even to clean up."""

    reason = "lease_lost"
