"""What Slack brings, in any of the forms in which it does: a form, an event's JSON, an envelope of Socket Mode.

docs.slack.dev/interactivity/implementing-slash-commands, docs.slack.dev/apis/events-api,
docs.slack.dev/interactivity/handling-user-interaction, docs.slack.dev/apis/events-api/using-socket-mode
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl

PLATFORM = "slack"
"""The platform of Slack's deliveries."""


class Kind(StrEnum):
    """What a delivery is about."""

    COMMAND = "command"
    EVENT = "event"
    INTERACTION = "interaction"


_IDS = {Kind.COMMAND: "trigger_id", Kind.EVENT: "event_id", Kind.INTERACTION: "trigger_id"}
_ENVELOPES = {"slash_commands": Kind.COMMAND, "events_api": Kind.EVENT, "interactive": Kind.INTERACTION}


@dataclass(frozen=True, slots=True)
class Arrival:
    """One delivery. `id` is Slack's own for it, and stays the same when it comes again, over whatever way.

    It is never made of what was said: two equal commands are two commands.
    """

    kind: Kind
    id: str
    payload: Mapping[str, Any]


def read(body: str) -> Arrival:
    """What came, as it was sent. Raises ValueError for what Slack would not send."""
    if not body.startswith("{"):
        return _of_form(dict(parse_qsl(body, keep_blank_values=True)))
    found = _object(body)
    if "envelope_id" in found:
        return _of_envelope(found)
    if found.get("type") != "event_callback":
        raise ValueError(f"no delivery of the type {found.get('type')!r} is known")
    return _arrival(Kind.EVENT, found)


def _of_form(fields: Mapping[str, str]) -> Arrival:
    if "payload" in fields:
        return _arrival(Kind.INTERACTION, _object(fields["payload"]))
    if "command" in fields:
        return _arrival(Kind.COMMAND, fields)
    raise ValueError("a form with neither a command nor a payload")


def _of_envelope(envelope: Mapping[str, Any]) -> Arrival:
    kind, payload = _ENVELOPES.get(str(envelope.get("type"))), envelope.get("payload")
    if kind is None or not isinstance(payload, dict):
        raise ValueError(f"no envelope of the type {envelope.get('type')!r} is known")
    return _arrival(kind, payload, str(envelope["envelope_id"] or ""))


def _arrival(kind: Kind, payload: Mapping[str, Any], envelope: str = "") -> Arrival:
    # An event that is sent again over Socket Mode may come in an envelope with an id of its own.
    own = payload.get(_IDS[kind])
    if own and isinstance(own, str):
        return Arrival(kind, f"{kind}/{own}", payload)
    if envelope:
        return Arrival(kind, f"envelope/{envelope}", payload)
    raise ValueError(f"the {kind} has no {_IDS[kind]}")


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found
