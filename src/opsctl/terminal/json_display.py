"""Events as JSON lines: one object each, as it happens, in one versioned envelope; errors too."""

import json
import re
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, TextIO

from opsctl.core.canonical import JSON
from opsctl.core.errors import OpsctlError
from opsctl.core.log_facts import LogLines
from opsctl.core.operation import Deadline

if TYPE_CHECKING:
    from opsctl.core.events import Event
from opsctl.terminal.stand_ins import is_utf8
from opsctl.terminal.streams import telling

VERSION = 1
"""Of the envelope: new keys may come, none goes or changes its meaning within a version."""


class JsonDisplay:
    """Writes `{"opsctl": 1, "event": NAME, ...}` lines to a stream."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def show(self, event: "Event") -> None:
        """One line; log lines are one each."""
        if isinstance(event, LogLines):
            for line in event.lines:
                self._write("log_line", line._asdict())
            return
        self._write(
            name_of(type(event).__name__), {field.name: plain(getattr(event, field.name)) for field in fields(event)}
        )

    def fail(self, error: OpsctlError) -> None:
        """The error in its three parts, with its reason and exit code."""
        about: dict[str, JSON] = {
            "reason": error.reason,
            "happened": error.happened,
            "means": error.means,
            "do": error.do,
            "exit_code": error.exit_code,
        }
        self._write("error", about)

    def close(self) -> None:
        """Hand everything on."""
        with telling():
            self._stream.flush()

    def _write(self, event: str, about: dict[str, JSON]) -> None:
        # Where not everything can be written, JSON's own escapes lose nothing.
        text = json.dumps({"opsctl": VERSION, "event": event, **about}, ensure_ascii=not is_utf8(self._stream))
        with telling():
            self._stream.write(text + "\n")
            self._stream.flush()


def name_of(class_name: str) -> str:
    """AwaitingApproval → awaiting_approval."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", class_name).lower()


def plain(value: object) -> JSON:
    """A fact as JSON: dataclasses by field, moments in RFC 3339, enums by value."""
    if isinstance(value, Deadline):
        # The store's own mark means nothing outside it.
        return plain(value.at)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    match value:
        case Enum():
            return plain(value.value)
        case datetime():
            return value.isoformat()
        case dict():
            return {str(key): plain(one) for key, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)
