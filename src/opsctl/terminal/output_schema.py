"""The JSON Schema (draft 2020-12) of JSON output, written from the types of what is shown.

A key of a type is a key of its object, and always there. What is not said is allowed, so that keys can come.
"""

import inspect
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, ForwardRef, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints, is_typeddict

from opsctl.core import canonical, incident, incident_report, plan, ports, post, record, room, verification
from opsctl.core.command import Surface
from opsctl.core.operation import Deadline
from opsctl.terminal.json_display import VERSION
from opsctl.terminal.parts import PARTS

Schema: TypeAlias = dict[str, Any]

NAMES = {
    name: one
    for module in (canonical, incident, incident_report, plan, ports, post, record, room, verification)
    for name, one in vars(module).items()
}
"""What type hints may name without importing it where they stand."""

_SIMPLE: dict[object, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    datetime: {"type": "string", "format": "date-time"},
    Deadline: {"type": "string", "format": "date-time"},
    Any: {},
}
_ERROR = {"reason": str, "happened": str, "means": str, "do": str, "exit_code": int}
_RECORD_ABOUT = {
    "timestamp": "When it was asked for, UTC, to the second.",
    "approved_by": 'Those who agreed, in order, joined by ", "; null where nobody had to.',
    "duration_seconds": "From running to its end; 0 where it never ran.",
    "hash": "Of its last journal entry: SHA-256, lower-case hex.",
}


def page(surface: Surface) -> str:  # noqa: ARG001  # the terminal's alone
    """The schema as JSON."""
    return json.dumps(schema(), indent=2, ensure_ascii=False)


def schema() -> Schema:
    """The schema of one line."""
    return _Writer().schema()


class _Writer:
    """Writes each named type once, under `$defs`."""

    def __init__(self) -> None:
        self._definitions: dict[str, Schema] = {}

    def schema(self) -> Schema:
        lines = {name: self._object(name, kind, self._keys(kind)) for name, kind in PARTS.items()}
        lines["error"] = self._line("error", "The error that ended it, in its three parts.", _ERROR)
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:opsctl:output:{VERSION}",
            "title": "A line of `opsctl --output json`",
            "type": "object",
            "required": ["opsctl", "event"],
            "properties": {"opsctl": {"const": VERSION}, "event": {"type": "string"}},
            "oneOf": [*(lines[name] for name in sorted(lines)), _later(sorted(lines))],
            "$defs": dict(sorted(self._definitions.items())),
        }

    def _object(self, name: str, kind: type, keys: Mapping[str, Any]) -> Schema:
        return self._line(name, _about(kind), keys)

    def _line(self, name: str, about: str, keys: Mapping[str, Any]) -> Schema:
        properties = {"event": {"const": name}} | {key: self._of(hint) for key, hint in keys.items()}
        return {"title": name, "description": about, "required": ["event", *keys], "properties": properties}

    def _keys(self, kind: type) -> dict[str, Any]:
        hints = get_type_hints(kind, localns=NAMES)
        names = [field.name for field in fields(kind)] if is_dataclass(kind) else list(hints)
        return {name: hints[name] for name in names}

    def _of(self, hint: Any) -> Schema:
        if isinstance(hint, ForwardRef):
            hint = NAMES[hint.__forward_arg__]
        if hint in _SIMPLE:
            return _SIMPLE[hint]
        origin, arguments = get_origin(hint), get_args(hint)
        if origin in (Union, UnionType):
            return _any_of([self._of(one) for one in arguments])
        if origin is Literal:
            return {"enum": list(arguments)}
        if origin is tuple and arguments[-1:] != (...,):
            each = [self._of(one) for one in arguments]
            return {"type": "array", "prefixItems": each, "minItems": len(each)}
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return {"type": "object"}
        if isinstance(origin, type) and issubclass(origin, Sequence):
            return {"type": "array", "items": self._of(arguments[0])}
        return self._named(hint)

    def _named(self, kind: type) -> Schema:
        if issubclass(kind, Enum):
            return {"enum": [member.value for member in kind]}
        if kind.__name__ not in self._definitions:
            self._definitions[kind.__name__] = {}  # before its keys, which may name it
            self._definitions[kind.__name__] = self._definition(kind)
        return {"$ref": f"#/$defs/{kind.__name__}"}

    def _definition(self, kind: type) -> Schema:
        keys = self._keys(kind)
        properties = {key: self._of(hint) for key, hint in keys.items()}
        if is_typeddict(kind):
            properties |= {key: properties[key] | {"description": about} for key, about in _RECORD_ABOUT.items()}
        return {"type": "object", "description": _about(kind), "required": list(keys), "properties": properties}


def _later(known: list[str]) -> Schema:
    return {
        "title": "an event of a later opsctl",
        "description": "Events may come within a version; pass over those that you do not know.",
        "properties": {"event": {"not": {"enum": known}}},
    }


def _any_of(several: list[Schema]) -> Schema:
    """One of several; simple types in one word."""
    if all(set(one) == {"type"} for one in several):
        return {"type": [one["type"] for one in several]}
    return {"anyOf": several}


def _about(kind: type) -> str:
    return inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[0].replace("\n", " ")
