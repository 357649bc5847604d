"""How a change through the team's tool ended, told by what was there before and what is there now."""

from opsctl.adapters.deployers.process.asking import Tool
from opsctl.core.errors import ActionFailed, CancelRequested
from opsctl.core.ports import ServiceState

_UNTOUCHED = "What was in service before still is."


def failed(
    failure: ActionFailed, before: ServiceState, now: ServiceState, service: str, environment: str
) -> ActionFailed:
    """The failure, with what it left."""
    left = _left(before, now)
    return ActionFailed(
        failure.happened,
        means=f"There is now: {left}." if left else _UNTOUCHED,
        do=f"See what is there: opsctl status {service} --environment {environment}   Mend the cause, then ask again.",
        reason=failure.reason,
        log_tail=failure.log_tail,
        left=left,
    )


def cancelled(cancel: CancelRequested, before: ServiceState, now: ServiceState) -> CancelRequested:
    """The cancellation, with what it left."""
    return CancelRequested(cancel.by, cancel.because, left=_left(before, now))


def unproven(program: str, before: ServiceState, now: ServiceState, tool: Tool) -> ActionFailed:
    """The failure of a change that the tool says it has done, and its state does not show."""
    return ActionFailed(
        f"{program} ended well, but {tool.settings.healthy_seconds:g} s later its state shows: {described(now)}.",
        means="So it counts as failed."
        if _left(before, now)
        else "So it counts as failed; what was in service still is.",
        do=f"Look at it: opsctl status {tool.service} --environment {tool.environment}",
        reason="not_proven",
        left=_left(before, now),
    )


def described(now: ServiceState) -> str:
    """What is there, in a few words: `v2.4.1, 1 of 2 ready`."""
    release = now.release.version if now.release else "nothing in service"
    if now.release and not now.release.is_healthy:
        release += " (not healthy)"
    busy = ", still at work" if now.is_busy else ""
    count = f"{now.ready} ready" if now.replicas is None else f"{now.ready} of {now.replicas} ready"
    return f"{release}, {count}{busy}"


def _left(before: ServiceState, now: ServiceState) -> str:
    """What stayed changed; empty where nothing did."""
    return "" if _truth(before) == _truth(now) else described(now)


def _truth(state: ServiceState) -> tuple[object, ...]:
    return state.release, state.replicas, state.ready, state.is_busy
