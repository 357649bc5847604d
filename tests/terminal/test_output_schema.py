"""The JSON Schema of the output: true for everything that can be shown, and for what every command really writes."""

import io
import json
import os
import select
import shlex
import signal
import subprocess
import sys
import typing
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from generate.schema import gone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from opsctl.core.errors import Denied
from opsctl.core.log_facts import LogLines
from opsctl.core.operation import Deadline
from opsctl.core.ports import LogLine
from opsctl.terminal.app import grammar_of_terminal
from opsctl.terminal.json_display import JsonDisplay
from opsctl.terminal.output_schema import NAMES, schema
from opsctl.terminal.parts import PARTS

SCHEMA = schema()
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
KINDS = sorted(PARTS.items())
moments = st.datetimes(timezones=st.just(UTC))


def checked(line: dict[str, Any]) -> None:
    VALIDATOR.validate(line)
    assert line["event"] in {*PARTS, "error"}, "held true only as an event of a later version"


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def of(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a type, with what its names mean."""
    if isinstance(hint, typing.ForwardRef):
        hint = NAMES[hint.__forward_arg__]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is datetime:
        return moments
    if hint is Deadline:
        return st.builds(Deadline, st.text(max_size=3), moments)
    if origin is tuple and arguments[-1:] == (...,):
        return st.lists(of(arguments[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*map(of, arguments))
    if origin is not None and "Sequence" in str(origin):
        return st.lists(of(arguments[0]), max_size=2)
    if origin is not None and "Mapping" in str(origin):
        return st.dictionaries(st.text(max_size=3), st.none() | st.text(max_size=3) | st.integers(), max_size=2)
    if origin is not None:
        return st.one_of(*map(of, arguments))
    if hasattr(hint, "__dataclass_fields__"):
        hints = typing.get_type_hints(hint, localns=NAMES)
        return st.builds(hint, **{field.name: of(hints[field.name]) for field in fields(hint)})
    if typing.is_typeddict(hint):
        return st.fixed_dictionaries({key: of(one) for key, one in typing.get_type_hints(hint).items()})
    if hint is float:
        return st.floats(allow_nan=False, allow_infinity=False)
    return st.none() if hint is type(None) else st.from_type(hint)


@pytest.mark.parametrize(("name", "kind"), KINDS, ids=[name for name, _ in KINDS])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_everything_that_can_be_shown_is_as_the_schema_says(name: str, kind: type, data: st.DataObject) -> None:
    if kind is LogLine:
        event: Any = LogLines([LogLine("2026-03-04T15:23:47.000000Z", "a", "b", "1", data.draw(st.text()))], wide=False)
    else:
        event = data.draw(of(kind))
    stream = io.StringIO()
    JsonDisplay(stream).show(event)
    for line in stream.getvalue().split("\n")[:-1]:
        written = json.loads(line)
        assert written["event"] == name
        checked(written)


def test_an_error_is_as_the_schema_says() -> None:
    stream = io.StringIO()
    JsonDisplay(stream).fail(Denied("No.", means="Nothing was changed.", do="Ask.", reason="no_role"))
    checked(json.loads(stream.getvalue()))


@pytest.mark.parametrize(
    "wrong",
    [
        {"opsctl": 2, "event": "note", "happened": "", "means": "", "do": ""},
        {"opsctl": 1, "event": "note", "happened": "", "means": ""},
        {"opsctl": 1, "event": "note", "happened": None, "means": "", "do": ""},
        {"opsctl": 1, "event": "records", "rows": [{}], "more": False, "since": None, "until": None},
        {"opsctl": 1, "event": "finished"},
        {"event": "note"},
        [],
    ],
)
def test_what_is_not_as_it_says_does_not_pass(wrong: Any) -> None:
    assert not VALIDATOR.is_valid(wrong)


def test_what_may_come_within_the_version_passes() -> None:
    VALIDATOR.validate({"opsctl": 1, "event": "note", "happened": "", "means": "", "do": "", "more": 1})
    VALIDATOR.validate({"opsctl": 1, "event": "of_a_later_opsctl"})


def test_a_key_or_an_event_that_goes_is_noticed_when_the_schema_is_written() -> None:
    less = json.loads(json.dumps(SCHEMA))
    note = next(line for line in less["oneOf"] if line["title"] == "note")
    note["required"].remove("means")
    less["$defs"]["Record"]["required"].remove("hash")
    less["oneOf"] = [line for line in less["oneOf"] if line["title"] != "voted"]
    assert list(gone(SCHEMA, less)) == ["note.means", "voted", "Record.hash"]
    assert list(gone(less, SCHEMA)) == []
    assert list(gone(SCHEMA, less | {"$id": "urn:opsctl:output:2"})) == []


@dataclass(frozen=True)
class Playground:
    """A playground whose lines are typed for programs, by any of its people; everything read is held to the schema."""

    folder: Path
    seen: set[str]

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "OPSCTL_CONFIG": str(self.folder / "opsctl.toml"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "XDG_DATA_HOME": str(self.folder / "data"),
        }
        return {**os.environ, **own}

    def type(self, *words: str, typed: str = "") -> list[dict[str, Any]]:
        vector = [sys.executable, "-m", "opsctl", *words, "--output", "json"]
        done = subprocess.run(
            vector, env=self.environment, input=typed, capture_output=True, text=True, check=False, timeout=100
        )
        return self.read(words, done.stdout)

    def left_standing(self, *words: str) -> str:
        """Ask for a change that waits for others, and stop waiting; returns its id."""
        vector = [sys.executable, "-m", "opsctl", *words, "--as", "@alice", "--output", "json"]
        waiting = subprocess.Popen(vector, env=self.environment, stdout=subprocess.PIPE, text=True)
        assert waiting.stdout is not None
        first = [waiting.stdout.readline() for _ in range(2)]
        waiting.send_signal(signal.SIGINT)
        rest, _ = waiting.communicate(timeout=30)
        assert waiting.returncode == 4
        operation: str = self.read(words, "".join(first) + rest)[0]["operation"]
        return operation

    def heard(self, words: str) -> None:
        """What `room follow` writes of these words, said meanwhile."""
        vector = [sys.executable, "-m", "opsctl", "room", "follow", "--output", "json"]
        with subprocess.Popen(vector, env=self.environment, stdout=subprocess.PIPE, text=True) as following:
            assert following.stdout is not None
            while not select.select([following.stdout], [], [], 1)[0]:
                self.type("room", "post", words)  # until it has begun to listen
            self.read(("room", "follow"), following.stdout.readline())
            following.send_signal(signal.SIGINT)

    def read(self, words: tuple[str, ...], text: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in text.splitlines()]
        assert lines, f"{words} wrote nothing"
        for line in lines:
            checked(line)
        names = [row.name for row in grammar_of_terminal() if words[: len(row.name.split())] == tuple(row.name.split())]
        self.seen.add(max(names, key=len, default=""))
        return lines


@pytest.fixture(scope="module")
def playground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    playground = Playground(tmp_path_factory.mktemp("playground"), set())
    playground.type("demo", "--no-tour", "--folder", str(playground.folder))
    yield playground
    playground.type("demo", "stop", "--folder", str(playground.folder))


def test_what_every_command_really_writes_is_as_the_schema_says(playground: Playground, tmp_path: Path) -> None:
    here = playground.type
    for line in (
        "deploy order-service v2.4.1 staging",
        "deploy order-service v2.4.1 production --dry-run",
        "deploy order-service v2.5.0 staging",
        "rollback order-service staging",
        "scale order-service 2 staging",
        "migrate order-service staging",
        "scale order-service 2 nowhere",
        "status",
        "status order-service",
        "logs order-service --last 5m",
        "operations",
        "operations op-nothere",
        "audit",
        "audit verify",
        "config check",
        "config show",
        "site show",
        "room",
        "room open",
        "doctor",
        "deplyo",
        "help audit",
        "help topics",
        "incident create 'Orders fail' --severity sev1 --service order-service",
        "incident update 'Root cause identified'",
        "incident assign @bob",
        "incident list",
        "incident show",
        "incident resolve 'Rolled back'",
        "completion show bash",
        "completion install bash",
        "relay --listen nowhere",
        "slack manifest",
        "slack check",
    ):
        here(*shlex.split(line))
    waits = playground.left_standing("deploy", "order-service", "v2.4.0", "production")
    for line in ("approvals", f"operations {waits}", f"audit show {waits}", f"approve {waits} --as @alice"):
        here(*line.split())
    here("approve", waits, "--as", "@bob", "--yes")
    here("run", waits)
    here("audit", "show", waits)
    here("reject", playground.left_standing("scale", "order-service", "1", "production"), "no", "--as", "@bob")
    here("cancel", playground.left_standing("scale", "order-service", "1", "production"), "--as", "@alice")
    site_file = str(playground.folder / "site.toml")
    here("site", "diff", site_file)
    here("site", "publish", site_file, "--dry-run")
    playground.heard("Looking into it")
    here("init", "--yes", "--folder", str(tmp_path / "new"))
    here("secrets", "set", "token", typed="hidden\n")
    here("secrets", "list")
    here("secrets", "remove", "token")
    here("demo", "stop", "--folder", str(playground.folder))
    assert playground.seen - {""} == {row.name for row in grammar_of_terminal()}, "a command is missing here"
