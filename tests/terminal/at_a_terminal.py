"""opsctl at a terminal of its own, typed at as a person would."""

import os
import re
import select
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from typing import Self

PATIENCE_SECONDS = 20.0


class AtATerminal:
    """A running opsctl. `seen` is all that its terminal has shown; a context manager that ends it."""

    def __init__(self, *words: str, environment: Mapping[str, str], stderr: int | None = None) -> None:
        self._ours, theirs = os.openpty()
        self._keep = theirs  # its settings can be asked for as long as somebody holds it
        self.seen = ""
        self._waited_for = 0
        self.process = subprocess.Popen(
            ["setsid", "--ctty", sys.executable, "-m", "opsctl", *words],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs if stderr is None else stderr,
            env={**environment, "TERM": "xterm", "NO_COLOR": "1"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self._keep)

    @property
    def shows_what_is_typed(self) -> bool:
        """Whether the terminal's echo is on."""
        return bool(termios.tcgetattr(self._keep)[3] & termios.ECHO)

    def wait_for(self, text: str) -> None:
        """Until that was shown, after what was waited for before."""
        end = time.monotonic() + PATIENCE_SECONDS
        while text not in self.seen[self._waited_for :]:
            assert time.monotonic() < end, f"{text!r} is not in {self.seen[self._waited_for :]!r}"
            assert self._read() or self.process.poll() is None, f"it ended without {text!r}: {self.seen!r}"
        self._waited_for = self.seen.index(text, self._waited_for) + len(text)

    def type(self, text: str) -> None:
        """Keys, as they are: \\r is Enter, \\x03 Ctrl-C, \\x04 Ctrl-D."""
        os.write(self._ours, text.encode())

    def answer(self, question: str, text: str) -> None:
        """Wait for a question and answer it with Enter."""
        self.wait_for(question)
        self.type(f"{text}\r")

    def exit_code(self) -> int:
        """Wait for the end; then all is in `seen`."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self.process.poll() is None and time.monotonic() < end:
            self._read()
        while self._read():
            pass
        return self.process.wait(timeout=1)

    def _read(self) -> bool:
        if not select.select([self._ours], [], [], 0.1)[0]:
            return False
        text = os.read(self._ours, 65536).decode(errors="replace").replace("\r\n", "\n")
        self.seen += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
        return True
