"""Lines of logs and programs, as they are shown."""

from typing import assert_never

from opsctl.core import log_facts
from opsctl.core.log_facts import LogFact
from opsctl.terminal.ink import Ink, Tone
from opsctl.terminal.text import clean, isolated


def draw(answer: LogFact, out: Ink, err: Ink) -> None:
    """Draw an answer: the lines on `out`, words about them on `err`."""
    match answer:
        case log_facts.LogLines():
            lines = "".join(_log_lines(answer))
            out.write(isolated(lines) if out.is_terminal else lines)
            out.flush()
        case log_facts.LogEnd():
            _log_end(answer, err)
        case log_facts.OutputLines():
            out.write("".join(f"{clean(line)}\n" for line in answer.lines))
            out.flush()
        case _ as never:
            assert_never(never)


def _log_lines(answer: log_facts.LogLines) -> list[str]:
    lines = answer.lines
    # Nearly all lines are printable as they are; asking that of many at once is much cheaper than of each.
    if not "".join([line.text for line in lines]).isprintable():
        lines = [line._replace(text=clean(line.text)) for line in lines]
    if answer.wide:
        return [f"{at} {environment}/{replica} {text}\n" for at, _, environment, replica, text in lines]
    return [f"{at} {replica} {text}\n" for at, _, _, replica, text in lines]


def _log_end(end: log_facts.LogEnd, err: Ink) -> None:
    if end.is_cut:
        err.line((Tone.QUIET, f"The newest {end.shown} lines; older ones were left out (--limit {end.limit})."))
    elif not end.shown:
        err.line((Tone.QUIET, "No lines in that time."))
