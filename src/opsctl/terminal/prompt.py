"""A question to the person at the terminal. Asked on stderr: stdout is for results."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from opsctl.core.errors import UsageError


def ask_person(question: str) -> str:
    """What the person types, without the line break; empty at the end of input.

    Raises KeyboardInterrupt for Ctrl-C and SIGTERM, also where they ask more politely elsewhere.
    """
    return ask_line(question) or ""


def ask_line(question: str) -> str | None:
    """What the person types, without the line break; None at the end of input. Raises as `ask_person` does."""
    with _leaving():
        line = ""
        try:
            sys.stderr.write(question)
            sys.stderr.flush()
            line = sys.stdin.readline()
        finally:
            if not line:  # what comes next begins below the question
                sys.stderr.write("\n")
        return line.rstrip("\n") if line else None


def ask_secret(question: str) -> str:
    """What the person types at the terminal, which does not show it; empty at the end of input.

    Raises UsageError where the terminal can't be kept from showing it, and as `ask_person` does.
    """
    import warnings
    from getpass import GetPassWarning, getpass

    with _leaving(), warnings.catch_warnings():
        warnings.simplefilter("error", GetPassWarning)
        try:
            return getpass(question)
        except EOFError:
            sys.stderr.write("\n")
            return ""
        except GetPassWarning:
            raise UsageError(
                "This terminal would show what you type.",
                means="Nothing was asked, and nothing was kept.",
                do="Pipe the secret in from the program that holds it: … | opsctl secrets set NAME",
            ) from None


@contextmanager
def _leaving() -> Iterator[None]:
    """Ctrl-C and SIGTERM end the question, and nothing else: the terminal gets its echo back before anything ends."""

    def leave(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise KeyboardInterrupt

    before = {number: signal.signal(number, leave) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
