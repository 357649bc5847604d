"""Ctrl-C, SIGTERM and a closed terminal: asked for politely first, so that nothing is lost.

The first Ctrl-C or SIGTERM asks the engine to stop where it can; a second Ctrl-C ends the process at once. When the
terminal is closed, what waits is left standing, and what runs goes on to its end unseen.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from opsctl.core.context import Interruption
from opsctl.terminal.streams import let_go_of_the_terminal


@contextmanager
def interrupting(interruption: Interruption) -> Iterator[None]:
    """While this lasts, signals ask through `interruption`."""

    def ask(number: int, frame: FrameType | None) -> None:
        del frame
        if interruption.is_asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        interruption.ask("interrupted at the terminal" if number == signal.SIGINT else "the process was terminated")

    def hang_up(number: int, frame: FrameType | None) -> None:
        del number, frame
        interruption.hang_up()
        let_go_of_the_terminal()

    handlers = {signal.SIGINT: ask, signal.SIGTERM: ask, signal.SIGHUP: hang_up}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
