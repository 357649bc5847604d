"""The line that moves while something is waited for: what for, and how long already. Only where a person looks."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class ProgressLine:
    """One line at the foot of the output, taken away before anything else is drawn."""

    def __init__(self, ink: Ink) -> None:
        self._ink = ink
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._waits_for = ""
        self._since = time.monotonic()

    @property
    def elapsed(self) -> str:
        """How long the present phase takes already."""
        return span(time.monotonic() - self._since)

    def follow(self, event: Event) -> None:
        """Say what is waited for after this event."""
        match event:
            case Requested():
                self._wait_for("planning")
            case AwaitingApproval():
                self._wait_for(f"waiting for approval of {event.operation}", restart=True)
            case Locked():
                self._wait_for(f"waiting for {event.holder}")
            case Approved():
                self._wait_for("starting")
            case Started():
                self._wait_for("running", restart=True)
            case Stepped():
                self._wait_for(f"{event.step} {event.done}/{event.of}" if event.of else event.step)
            case AwaitingConfirmation() | Finished() | LeftRunning():
                self.stop()
            case _:
                pass

    @contextmanager
    def aside(self) -> Iterator[None]:
        """While something else is drawn on the same terminal."""
        if self._progress is not None:
            self._progress.stop()
        yield
        if self._progress is not None:
            self._progress.start()

    def stop(self) -> None:
        """Take the line away."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def _wait_for(self, what: str, *, restart: bool = False) -> None:
        if restart:
            self._since = time.monotonic()
            self.stop()
        if not self._ink.is_terminal:
            return
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        if self._progress is None:
            columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
            self._progress = Progress(*columns, console=self._ink.console, transient=True)
            self._task = self._progress.add_task(what)
            self._progress.start()
        elif self._task is not None:
            self._progress.update(self._task, description=what)
