"""How an error is shown: what happened, what it means, what to do next. Needs nothing of the core but the error."""

import sys

from opsctl.core.errors import OpsctlError
from opsctl.terminal.ink import Ink, Tone
from opsctl.terminal.streams import unheard


def show_error(error: OpsctlError, *, is_json: bool, colour: str = "", with_traceback: bool = False) -> None:
    """Show the error that ended a line, to whoever still reads."""
    with unheard():
        if is_json:
            from opsctl.terminal.json_display import JsonDisplay

            JsonDisplay(sys.stdout).fail(error)
        else:
            ink = Ink(sys.stderr, colour)
            draw_error(ink, error.happened, error.means, error.do, log_tail=getattr(error, "log_tail", ()))
            ink.flush()
    if with_traceback:
        show_traceback(error)


def show_traceback(error: OpsctlError) -> None:
    """What `--debug` adds for who reports an error."""
    import traceback

    traceback.print_exception(error.__cause__ if error.reason == "internal" and error.__cause__ else error)


def draw_error(ink: Ink, *lines: str, tone: Tone = Tone.BAD, mark: str = "✗ ", log_tail: tuple[str, ...] = ()) -> None:
    """The lines that are not empty, the first with its mark; then the last lines that a platform wrote."""
    # Our own errors may list several mistakes, one a line.
    split = [line for text in lines for line in text.splitlines()]
    for number, line in enumerate(split):
        ink.line((tone, mark) if number == 0 else "  ", line)
    for line in log_tail:
        ink.line((Tone.QUIET, f"    {line}"))
