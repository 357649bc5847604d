"""A program that was started for an operation and outlived the process of opsctl that started it."""

import os
import signal
import time
from collections.abc import Iterable

from opsctl.core.errors import Undecided
from opsctl.core.holder import Holder
from opsctl.core.journal import Entry

LOOK_SECONDS = 0.1


def left_behind(entries: Iterable[Entry]) -> Holder | None:
    """The leader of a process group that was started for the operation with these entries, and is still at work.

    Also one of which nobody can know from here.
    """
    for entry in entries:
        leader = Holder.parse(entry.facts.get("process", "")) if entry.kind == "step" else None
        if leader is not None and leader.has_living_group():
            return leader
    return None


def still_at_work(operation: str, leader: Holder) -> Undecided:
    """The error for an operation that nobody can close yet."""
    here = "" if leader.is_of_this_host() else f" on {leader.host}"
    return Undecided(
        f"The program that {operation} runs is still at work (process group {leader.pid}{here}).",
        do=f"Wait for it to end, or end it: opsctl cancel {operation}",
        reason="still_at_work",
    )


def end(operation: str, leader: Holder, grace_seconds: float) -> None:
    """End its process group: SIGTERM, then SIGKILL after the grace. Raises Undecided where this process can't."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            # Looked at again just before: the number might be somebody else's by now.
            if leader.is_of_this_host() and leader.has_living_group():
                os.killpg(leader.pid, number)
        except ProcessLookupError:
            return
        except PermissionError:
            break
        give_up_at = time.monotonic() + grace_seconds
        while leader.has_living_group():
            if time.monotonic() > give_up_at:
                break
            time.sleep(LOOK_SECONDS)
        else:
            return
    raise Undecided(
        f"The program that {operation} runs is still at work, and can't be ended from here.",
        do=f"As the user it runs as, or as root, on {leader.host}: kill -- -{leader.pid}",
        reason="still_at_work",
    )
