"""An answer given again and again, as often as is gentle to what is asked for it."""

import time
from collections.abc import Callable, Iterator

from opsctl.core.context import Context
from opsctl.core.facts import Fact

REST = 4
"""How many times as long as looking took nothing is asked: at most a fifth of the time is spent on asking."""


def repeated(context: Context, look: Callable[[], Iterator[Fact]], *, least_seconds: float) -> Iterator[Fact]:
    """Look again and again until this process is told to stop; at least so long after the last look ended."""
    while True:
        began = time.monotonic()
        yield from look()
        took = time.monotonic() - began
        if context.interruption.wait(max(least_seconds, REST * took)):
            return
