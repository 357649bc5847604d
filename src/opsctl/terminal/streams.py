"""Standard streams that may go away while a change runs: a closed pipe, a closed terminal."""

import os
import sys
from typing import TextIO


def let_go(*streams: TextIO) -> None:
    """From now on, what is written to these streams goes nowhere, and what is read from them is at its end."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in streams:
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def let_go_of_the_terminal() -> None:
    """Let go of those standard streams that are a terminal: one that is gone fails every write."""
    let_go(*(stream for stream in (sys.stdin, sys.stdout, sys.stderr) if stream.isatty()))
