"""`help output`: the forms that an answer can have, as the displays write them."""

from opsctl.core import usage
from opsctl.core.command import Surface
from opsctl.core.record import Record
from opsctl.terminal.json_display import VERSION
from opsctl.terminal.parts import PARTS


def page(surface: Surface) -> str:  # noqa: ARG001  # the terminal's alone
    """The page."""
    forms = usage.section(
        "Forms (--output FORM, else OPSCTL_OUTPUT, else the setting output)",
        [
            ("text", "For people: tables and words; coloured on a terminal, plain elsewhere."),
            ("json", "For programs: one JSON object a line, as things happen, errors too."),
            ("csv", "For spreadsheets: the records of audit, RFC 4180; asked for with --output alone."),
        ],
    )
    events = ", ".join(sorted(PARTS))
    return f"""\
{forms}

Results go to standard output, progress and errors to standard error; with json, all of it to standard output.
Colours are left out where NO_COLOR is set or nobody looks; questions are asked only at a terminal.

Every JSON line is {{"opsctl": {VERSION}, "event": NAME, …}}. Within a version keys and events may come, none goes or
changes its meaning; pass over what you do not know. The JSON Schema: opsctl help schema

Events: {events}.

CSV has the record's keys as its header: {", ".join(Record.__annotations__)}.

A cell that a spreadsheet would take for a formula begins with an apostrophe; json has every text as it was written."""
