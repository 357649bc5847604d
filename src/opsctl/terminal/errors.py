"""How an error is shown: what happened, what it means, what to do next. Needs nothing of the core but the error."""

import sys

from opsctl.core.errors import OpsctlError
from opsctl.terminal.ink import Ink, Tone
from opsctl.terminal.text import clean


def show_error(error: OpsctlError, *, is_json: bool, with_traceback: bool = False) -> None:
    """Show the error that ended a line."""
    if is_json:
        from opsctl.terminal.json_display import JsonDisplay

        JsonDisplay(sys.stdout).fail(error)
    else:
        ink = Ink(sys.stderr)
        draw_error(ink, error.happened, error.means, error.do, log_tail=getattr(error, "log_tail", ()))
    if with_traceback:
        import traceback

        traceback.print_exception(error.__cause__ if error.reason == "internal" and error.__cause__ else error)


def draw_error(ink: Ink, *lines: str, tone: Tone = Tone.BAD, mark: str = "✗ ", log_tail: tuple[str, ...] = ()) -> None:
    """The lines that are not empty, the first with its mark; then the last lines that a platform wrote."""
    first, *rest = [line for line in lines if line] or [""]
    if first:
        ink.line((tone, mark), *_folded(first))
    for line in rest:
        ink.line("  ", *_folded(line))
    for line in log_tail:
        ink.line((Tone.QUIET, f"    {clean(line)}"))


def _folded(text: str) -> list[str]:
    """Our own errors may list several mistakes, one a line; all of it is cleaned line by line."""
    return ["\n  ".join(clean(line) for line in text.splitlines())]
