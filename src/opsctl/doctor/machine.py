"""The machine that it runs on: its clock, the disk of the store, its keyring."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from opsctl.core.context import utc_now
from opsctl.core.errors import UsageError
from opsctl.core.setup_facts import Examined
from opsctl.core.store import Store
from opsctl.doctor.findings import care, down, well

if TYPE_CHECKING:
    from opsctl.settings.secrets import Secrets

LEAST_BYTES = 64 * 1024 * 1024
FEW_BYTES = 512 * 1024 * 1024
ANY_NAME = "any"
TOLERATED = timedelta(seconds=60)
"""How far ahead of this clock others may have written."""


def clock(store: Store) -> Examined:
    """Whether the wall clock is not behind what others wrote; deadlines go by another clock anyway."""
    newest = max((one.requested_at for one in store.operations(limit=1)), default=None)
    ahead = newest - utc_now() if newest else timedelta()
    if ahead > TOLERATED:
        return care(
            "clock",
            f"This clock is {round(ahead.total_seconds())} s behind the newest operation.",
            works="Locks and deadlines count by the time since boot, and hold.",
            do="Set it: timedatectl set-ntp true",
        )
    return well("clock", f"{utc_now():%Y-%m-%d %H:%M:%S} UTC")


def disk(folder: Path) -> Examined:
    """Whether there is room beside the store."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return down("disk", f"{folder} can't be looked at: {error.strerror}.", do=f"See: ls -ld {folder}")
    room = f"{free // 1024 // 1024} MiB free at {folder}"
    if free < LEAST_BYTES:
        return down(
            "disk", f"Only {room}.", "What is recorded can still be read.", "Free some space, or move the store."
        )
    if free < FEW_BYTES:
        return care("disk", f"Only {room}.", "Everything still works.", "Free some space before it is full.")
    return well("disk", room)


def keyring(secrets: "Secrets") -> Examined:
    """Whether secrets can be kept and read."""
    try:
        kept = [name for name, _ in secrets.list()]
        for name in kept:
            secrets.get(name)
        if not kept:
            secrets.check_keepable(ANY_NAME)
    except UsageError as error:
        return care("keyring", error.happened, "Whatever needs no secret works.", error.do)
    return well("keyring", f"{len(kept)} secrets can be read" if kept else "usable; no secrets are kept")
