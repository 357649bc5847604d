"""docs/output.schema.json: the JSON Schema of the output, and the promise that within a version nothing goes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from opsctl.terminal.output_schema import schema

COMMITTED = Path(__file__).parent.parent / "docs" / "output.schema.json"


def page() -> str:
    """The schema's text. Raises SystemExit where it breaks the promise that the committed one made."""
    now = schema()
    if COMMITTED.exists():
        lost = list(gone(json.loads(COMMITTED.read_text()), now))
        if lost:
            raise SystemExit(
                f"JSON output would lose {', '.join(lost)}: within a version keys and events come, none goes.\n"
                "Keep them, or raise VERSION in terminal/json_display.py."
            )
    return json.dumps(now, indent=2, ensure_ascii=False) + "\n"


def gone(before: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """What a schema promised that another of the same version does not: "event", "event.key" or "Type.key"."""
    if before["$id"] != now["$id"]:
        return
    has = {name: set(keys) for name, keys in _promised(now)}
    for name, keys in _promised(before):
        if name not in has:
            yield name
        else:
            yield from (f"{name}.{key}" for key in keys if key not in has[name])


def _promised(one: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    yield from ((line["title"], line["required"]) for line in one["oneOf"] if "required" in line)
    yield from ((name, kind["required"]) for name, kind in one["$defs"].items() if "required" in kind)
