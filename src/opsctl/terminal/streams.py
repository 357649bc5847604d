"""Standard streams that may be missing, or go away meanwhile: a closed pipe, a closed terminal, a full disk."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from opsctl.core.errors import OpsctlError


class OutputLostError(OpsctlError):
    """What was to be shown could not be written. A pipe that closes early is no such error."""

    reason = "output"


@contextmanager
def telling() -> Iterator[None]:
    """While something is written. Raises OutputLostError where that fails, BrokenPipeError where nobody reads."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputLostError(
            f"The output cannot be written: {error.strerror}.",
            means="What was done is recorded all the same.",
            do="See what was done: opsctl operations",
        ) from error


@contextmanager
def unheard() -> Iterator[None]:
    """While an error is told: where nobody reads it, its exit code still tells."""
    try:
        yield
    except BrokenPipeError:
        let_go(sys.stdout, sys.stderr)


def hold_standard_streams() -> None:
    """Put something in the place of standard streams that were closed.

    Otherwise the next file that is opened would get their number, and what is meant for a person end in it.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free, which is this one
    sys.stdin = sys.stdin or open(0, closefd=False)  # noqa: SIM115  # open as long as the process is
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115


def see_that_somebody_reads(stream: TextIO) -> None:
    """Raises BrokenPipeError where the stream is a pipe that nobody reads any more, before anything is written."""
    import select

    watch = select.poll()
    try:
        watch.register(stream.fileno(), 0)
    except OSError:  # it lives in memory
        return
    if any(happened & select.POLLERR for _, happened in watch.poll(0)):
        raise BrokenPipeError


def let_go(*streams: TextIO) -> None:
    """From now on, what is written to these streams goes nowhere, and what is read from them is at its end."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in streams:
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def let_go_of_the_terminal() -> None:
    """Let go of those standard streams that are a terminal: one that is gone fails every write."""
    let_go(*(stream for stream in (sys.stdin, sys.stdout, sys.stderr) if stream.isatty()))
