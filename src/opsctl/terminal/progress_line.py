"""The line that moves while something is waited for: how long already, and what for. Only where a person looks.

Not rich.status: that hides the cursor, which stays hidden after Ctrl-Z and `kill -9`, and loads rich for every change.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import cycle
from threading import Event as Signal
from threading import Lock, Thread

from opsctl.core.events import (
    Approved,
    AwaitingApproval,
    AwaitingConfirmation,
    Event,
    Finished,
    LeftRunning,
    Locked,
    Requested,
    Started,
    Stepped,
)
from opsctl.core.shown import span
from opsctl.terminal.ink import Ink
from opsctl.terminal.stand_ins import SPINNER
from opsctl.terminal.streams import OutputLostError

_REDRAW_SECONDS = 0.1


class ProgressLine:
    """One line at the foot of the output, taken away before anything else is drawn.

    It never hides the cursor, which blinks in front of it: there is nothing to restore, however the process ends.
    """

    def __init__(self, ink: Ink) -> None:
        self._ink = ink
        self._waits_for = ""
        self._since = time.monotonic()
        self._drawing = Lock()
        self._is_over = Signal()
        self._thread: Thread | None = None

    def follow(self, event: Event) -> None:
        """Say what is waited for after this event."""
        match event:
            case Requested():
                self._wait_for("planning")
            case AwaitingApproval():
                self._wait_for(f"waiting for approval of {event.operation}", since=datetime.now(UTC))
            case Locked():
                self._wait_for(f"waiting for {event.holder}")
            case Approved():
                self._wait_for("starting")
            case Started():
                self._wait_for("running", since=event.at)
            case Stepped():
                step = event.step
                self._wait_for(f"{step} {event.done}/{event.of}" if event.of else step)
            case AwaitingConfirmation() | Finished() | LeftRunning():
                self.stop()
            case _:
                pass

    @contextmanager
    def aside(self) -> Iterator[None]:
        """While something else is drawn on the same terminal."""
        with self._drawing:
            self._wipe()
            yield

    def stop(self) -> None:
        """Take the line away."""
        with self._drawing:
            self._wipe()
            self._waits_for = ""
        self._is_over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _wait_for(self, what: str, *, since: datetime | None = None) -> None:
        if since is not None:
            # Who comes late sees how long it takes already.
            self._since = time.monotonic() - max(0.0, (datetime.now(UTC) - since).total_seconds())
        if not self._ink.is_terminal:
            return
        self._waits_for = what
        if self._thread is None:
            self._is_over.clear()
            self._thread = Thread(target=self._redraw, name="progress", daemon=True)
            self._thread.start()

    def _redraw(self) -> None:
        # A terminal that is gone shows no progress; whoever acts finds out for themselves.
        with suppress(OSError, OutputLostError):
            for frame in cycle(SPINNER):
                with self._drawing:
                    if self._waits_for:
                        self._ink.in_place(f"  {frame} {span(time.monotonic() - self._since)}  {self._waits_for}")
                if self._is_over.wait(_REDRAW_SECONDS):
                    return

    def _wipe(self) -> None:
        if self._waits_for:
            self._ink.in_place()
