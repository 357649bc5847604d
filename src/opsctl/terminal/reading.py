"""A question from the terminal: its answer is shown, and nothing is asked of the person, whatever it tells about."""

import sys
from contextlib import closing

from opsctl.core import engine
from opsctl.core.context import Context
from opsctl.core.request import Request
from opsctl.terminal.display import Display
from opsctl.terminal.streams import see_that_somebody_reads


def answer(context: Context, request: Request, display: Display) -> int:
    """Show the answer to a question, until it is interrupted; returns the exit code.

    Raises what the engine raises, and BrokenPipeError where nobody reads any more.
    """
    with closing(engine.ask(context, request)) as events:  # type: ignore[type-var]  # it is a generator
        for event in events:
            display.show(event)
            see_that_somebody_reads(sys.stdout)
            if context.interruption.is_asked:
                break
    return 130 if context.interruption.is_asked else 0
