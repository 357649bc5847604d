"""The store's clock: CLOCK_BOOTTIME plus the boot id, so that nobody moves a deadline by setting the wall clock."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from opsctl.core.operation import Deadline


class Clock(Protocol):
    """What the store reads the time from."""

    @property
    def boot(self) -> str:
        """What `uptime` counts from: another value after each boot."""
        ...

    def uptime(self) -> float:
        """Seconds since the boot, sleep included."""
        ...

    def now(self) -> datetime:
        """The wall-clock time, UTC."""
        ...


class SystemClock:
    """The clock of this host."""

    def __init__(self) -> None:
        self._boot = ""

    @property
    def boot(self) -> str:
        """The kernel's boot id."""
        if not self._boot:
            self._boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return self._boot

    def uptime(self) -> float:
        """Seconds since the boot, sleep included."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def now(self) -> datetime:
        """The wall-clock time, UTC."""
        return datetime.now(UTC)


def deadline_in(clock: Clock, seconds: float) -> Deadline:
    """The moment `seconds` from now."""
    return Deadline(f"{clock.boot} {clock.uptime() + seconds:.6f}", clock.now() + timedelta(seconds=seconds))


def has_passed(clock: Clock, deadline: Deadline) -> bool:
    """Whether that moment is over. After a reboot there is only the wall clock to tell."""
    boot, _, mark = deadline.mark.partition(" ")
    if boot != clock.boot:
        return clock.now() >= deadline.at
    return clock.uptime() >= float(mark)
