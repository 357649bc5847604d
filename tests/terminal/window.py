"""A terminal window with a real pseudo-terminal in it: what a program draws there is what a person would see."""

import fcntl
import os
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import pyte

TOP = Path(__file__).parents[2]

ENVIRONMENT = {"TERM": "xterm-256color", "TERM_PROGRAM": "", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
"""Everything that how a screen looks depends on."""


class Window:
    """Runs one program, and takes what it writes to a terminal of that size."""

    def __init__(
        self,
        program: Sequence[str],
        columns: int,
        environment: Mapping[str, str] | None = None,
        *,
        shows_keys: bool = False,
    ) -> None:
        self.screen = pyte.Screen(columns, 200)
        self.written = b""
        self._stream = pyte.ByteStream(self.screen)
        self._ours, terminal = os.openpty()
        self.resize(columns)
        if not shows_keys:
            mode = termios.tcgetattr(terminal)
            mode[3] &= ~termios.ECHO
            termios.tcsetattr(terminal, termios.TCSANOW, mode)
        own = {
            name: value for name, value in os.environ.items() if name != "NO_COLOR" and not name.startswith("OPSCTL")
        }
        self.process = subprocess.Popen(
            # A terminal of its own, so that its keys are signals.
            ["setsid", "--ctty", *program],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            cwd=TOP,
            env={**own, **ENVIRONMENT, **(environment or {})},
        )
        os.close(terminal)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)

    @property
    def text(self) -> str:
        """What is on the screen, without the blanks at the end of each line and of all."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip() + "\n"

    def resize(self, columns: int) -> None:
        """Make it that wide. Nothing on it is folded anew, as in xterm."""
        self.screen.resize(columns=columns)
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", self.screen.lines, columns, 0, 0))

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def shows(self, text: str) -> None:
        """Wait until it can be read."""
        self._take(lambda: text in self.text)

    def looks_for(self, seconds: float) -> None:
        """Take what comes in that time."""
        end = time.monotonic() + seconds
        self._take(lambda: time.monotonic() >= end)

    def ends(self) -> int:
        """Wait until the program has ended; returns its exit code."""
        self._take(lambda: False)
        return self.process.wait(20)

    def _take(self, is_enough: Callable[[], bool], seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not is_enough():
            assert time.monotonic() < end, f"not after {seconds} s:\n{self.text}"
            if select.select([self._ours], [], [], 0.05)[0]:
                try:
                    data = os.read(self._ours, 65536)
                except OSError:  # nobody holds its other side any more
                    return
                self.written += data
                self._stream.feed(data)


def seen(program: Sequence[str], columns: int, environment: Mapping[str, str] | None = None) -> str:
    """The screen that a program leaves behind."""
    with Window(program, columns, environment) as window:
        window.ends()
        return window.text


def scene(name: str) -> list[str]:
    """The program that draws a scene."""
    return [sys.executable, "-m", "tests.terminal.scenes", name]
