"""What a command answers is shown as it comes, and nothing is asked of the person, whatever it tells about."""

import sys
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from opsctl.core import engine
from opsctl.core.command import Command
from opsctl.core.context import Context
from opsctl.core.request import Request
from opsctl.terminal.display import Display
from opsctl.terminal.streams import see_that_somebody_reads

if TYPE_CHECKING:
    from opsctl.core.events import Event


def answer(context: Context, request: Request, display: Display) -> int:
    """Show the answer to a question, until it is interrupted; returns the exit code.

    Raises what the engine raises, and BrokenPipeError where nobody reads any more.
    """
    with closing(engine.ask(context, request)) as events:  # type: ignore[type-var]  # it is a generator
        for _ in shown(events, display, request.command):
            if context.interruption.is_asked:
                break
    return 130 if context.interruption.is_asked else 0


def shown(events: "Iterator[Event]", display: Display, command: Command) -> "Iterator[Event]":
    """Show events, and hand each on. Raises BrokenPipeError where nobody reads; a proof is carried to its end first."""
    try:
        for event in events:
            display.show(event)
            see_that_somebody_reads(sys.stdout)
            yield event
    except BrokenPipeError:
        if command.is_proof:
            for _ in events:  # raises what it found
                pass
        raise
