"""The parts that JSON output is made of: one for each event that can be in a line, by its name there."""

from collections.abc import Mapping
from typing import get_args

from opsctl.core.events import Event
from opsctl.core.facts import LogLines
from opsctl.core.ports import LogLine
from opsctl.terminal.json_display import name_of

PARTS: Mapping[str, type] = {name_of(kind.__name__): kind for kind in get_args(Event) if kind is not LogLines} | {
    # Written one a line, as `JsonDisplay` does.
    name_of(LogLine.__name__): LogLine
}
"""Every event but the error, which is no event of an operation."""
