"""JSON lines: one envelope for everything, errors too."""

import io
import json
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from opsctl.core.errors import Denied
from opsctl.core.events import AwaitingApproval, Event
from opsctl.core.log_facts import LogLines
from opsctl.core.plan import Change, Plan, Rule
from opsctl.core.ports import LogLine
from opsctl.terminal.json_display import JsonDisplay, name_of
from opsctl.terminal.parts import PARTS

PLAN = Plan((Change("release", "v2.4.0", "v2.4.1"),), rule=Rule("deploy", approvals=1, roles=("lead",)), digest="3f9a")


def written(*events: Event) -> list[dict[str, Any]]:
    stream = io.StringIO()
    display = JsonDisplay(stream)
    for event in events:
        display.show(event)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_with_its_fields_by_name() -> None:
    until = datetime(2026, 3, 4, 16, 23, tzinfo=UTC)
    (line,) = written(AwaitingApproval("op-7f3k9q", PLAN, ("@bob",), until))
    assert line["opsctl"] == 1
    assert line["event"] == "awaiting_approval"
    assert line["operation"] == "op-7f3k9q"
    assert line["approvers"] == ["@bob"]
    assert line["until"] == "2026-03-04T16:23:00+00:00"
    assert line["plan"]["changes"] == [{"name": "release", "was": "v2.4.0", "to": "v2.4.1"}]


def test_log_lines_are_one_line_each_with_hostile_text_as_data() -> None:
    line = LogLine("2026-03-04T15:23:47.000000Z", "order-service", "staging", "1", 'a "quote"\x1b[2J\n')
    written_line = written(LogLines([line, line], wide=False))
    assert [one["text"] for one in written_line] == [line.text, line.text]


def test_an_error_has_its_three_parts_its_reason_and_its_exit_code() -> None:
    stream = io.StringIO()
    JsonDisplay(stream).fail(Denied("No.", means="Nothing was changed.", do="Ask.", reason="no_role"))
    assert json.loads(stream.getvalue()) == {
        "opsctl": 1,
        "event": "error",
        "reason": "no_role",
        "happened": "No.",
        "means": "Nothing was changed.",
        "do": "Ask.",
        "exit_code": 3,
    }


@pytest.mark.parametrize("kind", list(filter(is_dataclass, PARTS.values())), ids=lambda kind: kind.__name__)
def test_no_event_has_a_field_that_hides_the_envelope(kind: type) -> None:
    assert not {"opsctl", "event"} & {field.name for field in fields(kind)}
    assert name_of(kind.__name__).replace("_", "").isalpha()
