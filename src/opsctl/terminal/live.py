"""An answer that is given again and again: in its place on a terminal, one below the other elsewhere."""

import io
import os
import signal
from dataclasses import replace
from datetime import datetime
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO

from opsctl.core.errors import OpsctlError
from opsctl.core.facts import Fact, Note, StatusPage
from opsctl.terminal import answers
from opsctl.terminal.display import Display
from opsctl.terminal.errors import draw_error
from opsctl.terminal.ink import Ink, Tone
from opsctl.terminal.streams import see_that_somebody_reads, telling

if TYPE_CHECKING:
    from opsctl.core.events import Event

# xterm's control sequences. The other screen keeps what was there; lines too long are cut, not folded.
_ENTER = "\x1b[?1049h\x1b[?7l\x1b[?25l\x1b[H\x1b[2J"
_LEAVE = "\x1b[?25h\x1b[?7h\x1b[?1049l"
# Between these two a terminal that knows them shows nothing half drawn; others pass over them.
_BEGIN, _END = "\x1b[?2026h\x1b[H", "\x1b[J\x1b[?2026l"


class LiveDisplay:
    """Draws each answer over the last, on a screen of its own; the last one stays when it is closed."""

    def __init__(self, stream: TextIO, err: Ink, colour: str) -> None:
        self._stream = stream
        self._err = err
        self._colour = colour
        self._notes: list[Note] = []
        self._last: Fact | None = None
        self._is_on_screen = False
        self._before: Any = None

    def show(self, event: "Event") -> None:
        """Draw an answer in place of the last; what was said beside it stays above it."""
        if isinstance(event, Note):
            self._notes += [event] * (event not in self._notes)
        elif isinstance(event, Fact):
            self._enter()
            self._last = event
            self._write(self._framed(self._page(event)))

    def fail(self, error: OpsctlError) -> None:
        """The lines of the error, on the screen that was there before."""
        self.close()
        draw_error(self._err, error.happened, error.means, error.do)

    def close(self) -> None:
        """Give the screen back, and leave the last answer on it."""
        if self._last is not None:
            signal.signal(signal.SIGTSTP, self._before)
            self._leave()
            self._write("".join(f"{line}\n" for line in self._page(self._last)))
        self._last = None
        self._notes.clear()
        self._err.flush()

    def _enter(self) -> None:
        if self._last is None:
            self._before = signal.signal(signal.SIGTSTP, self._pause)
        if not self._is_on_screen:
            self._is_on_screen = True
            os.write(self._stream.fileno(), _ENTER.encode())

    def _leave(self) -> None:
        self._is_on_screen = False
        os.write(self._stream.fileno(), _LEAVE.encode())

    def _pause(self, number: int, frame: FrameType | None) -> None:
        """Ctrl-Z: give the screen back and stop, as if nobody had caught it; the next answer takes it again."""
        del frame
        self._leave()
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)
        signal.signal(number, self._pause)

    def _page(self, answer: Fact) -> list[str]:
        page = _Page()
        ink = Ink(page, self._colour)
        for fact in (*self._notes, answer):
            answers.draw(fact, ink, ink)
        return page.getvalue().splitlines()

    def _framed(self, lines: list[str]) -> str:
        room = os.get_terminal_size(self._stream.fileno()).lines - 2
        cut = f", {len(lines) - room} more lines than fit here" if len(lines) > room else ""
        foot = _Page()
        Ink(foot, self._colour).line((Tone.QUIET, f"{answers.moment(datetime.now().astimezone())}{cut}; Ctrl-C ends."))
        shown = (*lines[:room], "", foot.getvalue().rstrip("\n"))
        return _BEGIN + "\r\n".join(f"{line}\x1b[K" for line in shown) + _END

    def _write(self, text: str) -> None:
        with telling():
            self._stream.write(text)
            self._stream.flush()


class Changes:
    """Shows an answer only where it says something that the last one did not; under the time, where `times` is.

    Ends, with BrokenPipeError, once nobody reads `stream` any more.
    """

    def __init__(self, display: Display, stream: TextIO, times: Ink | None = None) -> None:
        self._display = display
        self._stream = stream
        self._times = times
        self._said: list[object] = []

    def show(self, event: "Event") -> None:
        """Show it, where it is news."""
        said = _without_latency(event)
        if said in self._said:
            see_that_somebody_reads(self._stream)
            return
        # Notes are said once; of answers, only the last counts.
        self._said = [one for one in self._said if isinstance(one, Note) or isinstance(event, Note)]
        self._said.append(said)
        if self._times and not isinstance(event, Note):
            self._times.line((Tone.QUIET, answers.moment(datetime.now().astimezone())))
        self._display.show(event)

    def fail(self, error: OpsctlError) -> None:
        """As the display does."""
        self._display.fail(error)

    def close(self) -> None:
        """As the display does."""
        self._display.close()


class _Page(io.StringIO):
    """What is drawn for a terminal, before it goes there at once."""

    def isatty(self) -> bool:
        return True


def _without_latency(event: "Event") -> "Event":
    """An answer without what is another at every look."""
    if isinstance(event, StatusPage):
        return replace(event, rows=tuple(replace(row, latency_ms=None) for row in event.rows))
    return event
