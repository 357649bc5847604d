"""A question to the person at the terminal. Asked on stderr: stdout is for results."""

import signal
import sys
from types import FrameType


def ask_person(question: str) -> str:
    """What the person types, without the line break; empty at the end of input.

    Raises KeyboardInterrupt for Ctrl-C and SIGTERM, also where they ask more politely elsewhere.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise KeyboardInterrupt

    before = {number: signal.signal(number, leave) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        sys.stderr.write(question)
        sys.stderr.flush()
        return sys.stdin.readline().rstrip("\n")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
