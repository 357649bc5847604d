"""The lines that come out of a pipe, as they come, however a program writes them."""

import os
import select
import time
from codecs import getincrementaldecoder
from io import IncrementalNewlineDecoder

CHUNK_BYTES = 64 * 1024
LONGEST_LINE = 8 * 1024
"""Characters; what is longer is told in pieces, so that a program without line ends can't fill the memory."""


class Pipe:
    """One end of a pipe. Nothing is read ahead, so that a program which writes too fast has to wait.

    `is_open` until the last who could write to it is gone; `is_idle` where nothing came in the last look.
    """

    def __init__(self, descriptor: int) -> None:
        self.is_open = True
        self.is_idle = False
        self._descriptor = descriptor
        self._ready = select.poll()
        self._ready.register(descriptor, select.POLLIN)
        # A lone carriage return ends a line, too: progress bars are drawn with it.
        self._decoder = IncrementalNewlineDecoder(getincrementaldecoder("utf-8")("replace"), translate=True)
        self._rest = ""

    def lines(self, wait_seconds: float) -> list[str]:
        """What has been written since, as soon as there is anything; empty where that takes longer."""
        if not self.is_open:
            time.sleep(wait_seconds)
            return []
        self.is_idle = not self._ready.poll(wait_seconds * 1000)
        if self.is_idle:
            return []
        data = os.read(self._descriptor, CHUNK_BYTES)
        self.is_open = bool(data)
        text: str = self._rest + self._decoder.decode(data, final=not data)
        *lines, self._rest = text.split("\n")
        return lines + self.rest() if not data or len(self._rest) >= LONGEST_LINE else lines

    def rest(self) -> list[str]:
        """The beginning of a line whose end did not come yet, where there is one; it is not told again."""
        rest, self._rest = self._rest, ""
        return [rest] if rest else []
