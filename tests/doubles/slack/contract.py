"""Whether a request is one that Slack's description knows; by Slack's documentation where that lacks the method."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

FORM, JSON = "application/x-www-form-urlencoded", "application/json"

DOCUMENTED: dict[str, tuple[set[str], set[str]]] = {
    # method: (arguments that must be there, those that may), as on docs.slack.dev/reference/methods/NAME
    "conversations.history": (
        {"channel"},
        {"cursor", "include_all_metadata", "inclusive", "latest", "limit", "oldest"},
    ),
    "conversations.replies": (
        {"channel", "ts"},
        {"cursor", "include_all_metadata", "inclusive", "latest", "limit", "oldest"},
    ),
    "conversations.info": ({"channel"}, {"include_locale", "include_num_members"}),
    "conversations.open": (set(), {"channel", "users", "return_im", "prevent_creation"}),
    "files.getUploadURLExternal": ({"filename", "length"}, {"snippet_type", "alt_txt"}),
    "files.completeUploadExternal": (
        {"files"},
        {"channel_id", "channels", "thread_ts", "initial_comment", "blocks"},
    ),
    "reactions.remove": ({"name"}, {"channel", "timestamp", "file", "file_comment"}),
    "bots.info": (set(), {"bot", "team_id"}),
    "team.info": (set(), {"team", "domain"}),
}


@cache
def _description() -> Any:
    """The vendor's, None where this machine does not say where it is: then the rules above are all that is held to."""
    folder = os.environ.get("OPSCTL_CONTRACTS")
    return json.loads((Path(folder) / "slack.json").read_text()) if folder else None


def violations(method: str, content_type: str, arguments: dict[str, Any]) -> list[str]:
    """What is wrong with a request, one line each."""
    if method in DOCUMENTED:
        needed, allowed = DOCUMENTED[method]
        missing, unknown = needed - arguments.keys(), arguments.keys() - needed - allowed
        return [f"{method}: {one} is missing" for one in missing] + [f"{method}: unknown {one}" for one in unknown]
    description = _description()
    if description is None:
        return []
    if f"/{method}" not in description["paths"]:
        return [f"{method} is no method that is known here"]
    body = description["paths"][f"/{method}"]["post"].get("requestBody")
    if body is None:
        return [f"{method} takes no argument: {sorted(arguments)}"] if arguments else []
    if content_type not in body["content"]:
        return [f"{method} does not take {content_type}"]
    schema = {**body["content"][content_type]["schema"], "components": description["components"]}
    values = arguments if content_type == JSON else _typed(arguments, schema)
    return [f"{method}: {one.message}" for one in jsonschema.Draft202012Validator(schema).iter_errors(values)]


def _typed(arguments: dict[str, str], schema: dict[str, Any]) -> dict[str, Any]:
    """A form's values as what they stand for."""
    typed: dict[str, Any] = {}
    for name, text in arguments.items():
        match schema.get("properties", {}).get(name, {}).get("type"):
            case "boolean" if text in ("0", "1", "true", "false"):
                typed[name] = text in ("1", "true")
            case "integer" if text.lstrip("-").isdigit():
                typed[name] = int(text)
            case _:
                typed[name] = text
    return typed
