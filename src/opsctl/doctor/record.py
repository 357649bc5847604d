"""The store: whether it can be written, whether its journal holds, what waits in it."""

from opsctl.core.context import utc_now
from opsctl.core.errors import OpsctlError
from opsctl.core.operation import STANDING, State
from opsctl.core.setup_facts import Examined
from opsctl.core.shown import span
from opsctl.core.store import Store
from opsctl.doctor.findings import care, down, failed, well

READABLE = "What is recorded can be read; changes are refused."


def store(opened: Store) -> Examined:
    """Whether it takes what is written."""
    try:
        opened.write(lambda tx: tx.now)
    except OpsctlError as error:
        return failed("store", error, READABLE)
    return well("store", f"can be read and written; its id is {opened.id}")


def journal(opened: Store) -> Examined:
    """Whether all of it is what was written."""
    try:
        found = opened.verify()
    except OpsctlError as error:
        return failed("journal", error)
    if found.faults:
        first = found.faults[0]
        return down(
            "journal",
            f"{len(found.faults)} entries do not hold; the first is entry {first.seq}: {first.what}",
            "Everything goes on, but what is recorded can't be relied on.",
            "See all of it: opsctl audit verify   Then compare the heads in the chat's threads.",
        )
    return well("journal", f"{found.entries} entries hold")


def operations(opened: Store) -> Examined:
    """Whether somebody's operation was left running, or waits."""
    over = [lock.operation for lock in opened.locks() if lock.is_over and "/" in lock.key]
    if over:
        return care(
            "operations",
            f"{', '.join(over)} was left running by a process that is gone.",
            "Other services can be changed; these are locked until it is known what became of them.",
            f"Find out: opsctl run {over[0]}",
        )
    waiting = opened.operations(states=STANDING, limit=None)
    running = opened.operations(states=[State.RUNNING], limit=None)
    return well("operations", f"{len(running)} running, {len(waiting)} waiting for somebody")


def outbox(opened: Store) -> Examined:
    """Whether everything reached what it was for."""
    waiting = opened.outbox(limit=100_000)
    if not waiting:
        return well("outbox", "everything was taken")
    oldest = waiting[0]
    age = span((utc_now() - oldest.at).total_seconds())
    troubles = dict.fromkeys(f"{item.target}: {item.trouble}" for item in waiting if item.trouble)
    return care(
        "outbox",
        " ".join((f"{len(waiting)} items wait, the oldest for {age}.", *troubles)),
        "Changes are made and recorded all the same; what waits goes out in order, with its real time.",
        "It goes out with the next command, or by the relay: opsctl relay",
    )
