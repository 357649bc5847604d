"""An answer that is given again and again, in its place on a terminal. Only `--watch` loads this, and rich with it."""

import io
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console, ConsoleDimensions
from rich.live import Live
from rich.text import Text

from opsctl.core.errors import OpsctlError
from opsctl.core.facts import Note
from opsctl.terminal.answers import moment
from opsctl.terminal.drawers import draw
from opsctl.terminal.errors import draw_error
from opsctl.terminal.ink import Ink, Tone
from opsctl.terminal.streams import telling
from opsctl.terminal.text_display import is_happening

if TYPE_CHECKING:
    from opsctl.core.events import Event
    from opsctl.core.facts import Fact

# What rich leaves out. Terminals disagree about the width of some characters: a line that is wider than rich measured
# is cut, where folding it would push the whole screen up. (xterm's DECAWM.)
_CUT, _FOLD = "\x1b[?7l", "\x1b[?7h"
# Between these two a terminal that knows them shows nothing half drawn; others pass over them.
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"

_USUAL_COLUMNS, _USUAL_LINES = 80, 24


class LiveDisplay:
    """Draws each answer over the last, on a screen of its own; the last one stays when it is closed."""

    def __init__(self, stream: TextIO, err: Ink, colour: str) -> None:
        self._stream = stream
        self._err = err
        self._colour = colour
        self._live = Live(
            console=_console(stream), screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
        )
        self._notes: list[Note] = []
        self._last: Fact | None = None
        self._looked_at = datetime.now().astimezone()
        self._before: dict[int, Any] = {}
        self._is_writing = False
        self._put_off: list[int] = []

    def show(self, event: "Event") -> None:
        """Draw an answer in place of the last; what was said beside it stays above it."""
        if isinstance(event, Note):
            self._notes += [event] * (event not in self._notes)
        elif not is_happening(event):
            self._last, self._looked_at = event, datetime.now().astimezone()
            if not self._before:
                self._before = {each: signal.signal(each, self._heed) for each in (signal.SIGTSTP, signal.SIGWINCH)}
            self._draw()

    def fail(self, error: OpsctlError) -> None:
        """The lines of the error, on the screen that was there before."""
        self.close()
        draw_error(self._err, error.happened, error.means, error.do)

    def close(self) -> None:
        """Give the screen back, and leave the last answer on it."""
        last, self._last = self._last, None
        if last is not None:
            with self._writing():
                self._leave()
                self._stream.write("".join(f"{line}\n" for line in self._page(last)))
                self._stream.flush()
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()
        self._notes.clear()
        self._err.flush()

    def _draw(self) -> None:
        if self._last is None or not self._is_in_front():
            return
        columns, lines = self._window()
        frame = Text.from_ansi("\n".join(self._framed(self._page(self._last), lines)), no_wrap=True, overflow="crop")
        with self._writing():
            self._live.console.size = ConsoleDimensions(columns, lines)
            self._live.start()
            self._stream.write(_CUT + _BEGIN)
            self._live.update(frame, refresh=True)
            self._stream.write(_END)
            self._stream.flush()

    def _leave(self) -> None:
        if self._live.is_started:
            self._stream.write(_FOLD)
            self._live.stop()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A stream cannot be written to twice at once, so what a signal asks for waits until all is written."""
        self._is_writing = True
        try:
            with telling():
                yield
        finally:
            self._is_writing = False
        while self._put_off:
            signal.raise_signal(self._put_off.pop())

    def _heed(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self._is_writing:
            self._put_off.append(number)
        elif number == signal.SIGTSTP:
            self._pause()
        else:
            self._draw()

    def _pause(self) -> None:
        """Ctrl-Z: give the screen back and stop, as if nobody had caught it; whoever goes on takes it again."""
        with self._writing():
            self._leave()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, self._heed)
        self._draw()

    def _page(self, answer: "Fact") -> list[str]:
        page = _Page(self._stream)
        ink = Ink(page, self._colour)
        for fact in (*self._notes, answer):
            draw(fact, ink, ink)
        return page.getvalue().splitlines()

    def _framed(self, page: list[str], lines: int) -> list[str]:
        """As much of a page as such a window holds, and what is to be said below it."""
        foot = self._foot()
        if len(page) + 1 + len(foot) > lines:
            room = max(1, lines - 1 - len(self._foot(len(page))))
            page, foot = page[:room], self._foot(len(page) - room)
        return [*page, "", *foot]

    def _foot(self, missing: int = 0) -> list[str]:
        page = _Page(self._stream)
        cut = f", {missing} more lines than fit here" if missing else ""
        Ink(page, self._colour).line((Tone.QUIET, f"{moment(self._looked_at)}{cut}; Ctrl-C ends."))
        return page.getvalue().splitlines()

    def _is_in_front(self) -> bool:
        """Whether the shell has not sent it to the background (`bg`), where it would draw over what is typed."""
        try:
            return os.tcgetpgrp(self._stream.fileno()) == os.getpgrp()
        except OSError:  # a terminal that no shell rules
            return True

    def _window(self) -> tuple[int, int]:
        try:
            columns, lines = os.get_terminal_size(self._stream.fileno())
        except OSError:  # it was closed meanwhile
            columns, lines = 0, 0
        return columns or _USUAL_COLUMNS, lines or _USUAL_LINES


class _Page(io.StringIO):
    """What is drawn for a terminal before it goes there at once: for the same window, in the same encoding."""

    def __init__(self, terminal: TextIO) -> None:
        super().__init__()
        self._terminal = terminal

    @property
    def encoding(self) -> str:  # type: ignore[override]  # StringIO cannot be told one either
        return self._terminal.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override]  # as above
        return self._terminal.errors

    def fileno(self) -> int:
        return self._terminal.fileno()

    def isatty(self) -> bool:
        return True


def _console(stream: TextIO) -> Console:
    """A console that takes nothing from the environment: what is drawn was decided by the ink already."""
    return Console(
        file=stream,
        color_system="standard",
        no_color=False,
        force_terminal=True,
        force_interactive=True,
        force_jupyter=False,
    )
