"""A store's clock, and the moments that are measured on it."""

from datetime import datetime, timedelta
from typing import Protocol

from opsctl.core.operation import Deadline


class Clock(Protocol):
    """What the store reads the time from."""

    @property
    def boot(self) -> str:
        """What `uptime` counts from: another value where two readings can't be compared, such as after a boot."""
        ...

    def uptime(self) -> float:
        """Seconds, which nobody moves by setting the wall clock of this process's host."""
        ...

    def now(self) -> datetime:
        """The wall-clock time, UTC."""
        ...


def deadline_in(clock: Clock, seconds: float) -> Deadline:
    """The moment `seconds` from now."""
    return Deadline(f"{clock.boot} {clock.uptime() + seconds:.6f}", clock.now() + timedelta(seconds=seconds))


def has_passed(clock: Clock, deadline: Deadline) -> bool:
    """Whether that moment is over. Where `boot` is another there is only the wall clock to tell."""
    boot, _, mark = deadline.mark.partition(" ")
    if boot != clock.boot:
        return clock.now() >= deadline.at
    return clock.uptime() >= float(mark)
