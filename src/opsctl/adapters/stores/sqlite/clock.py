"""The store's clock: CLOCK_BOOTTIME plus the boot id, so that nobody moves a deadline by setting the wall clock."""

import time
from datetime import UTC, datetime
from pathlib import Path


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
