"""What Slack brings, in any of the forms in which it does: a form, an event's JSON, an envelope of Socket Mode.

docs.slack.dev/interactivity/implementing-slash-commands, docs.slack.dev/apis/events-api,
docs.slack.dev/interactivity/handling-user-interaction, docs.slack.dev/apis/events-api/using-socket-mode
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

PLATFORM = "slack"
"""The platform of Slack's deliveries."""


class Kind(StrEnum):
    """What a delivery is about."""

    COMMAND = "command"
    EVENT = "event"
    INTERACTION = "interaction"


_TRIGGER = r"(?:^|&)trigger_id=([^&]+)"
_IDS = {Kind.COMMAND: "trigger_id", Kind.EVENT: "event_id", Kind.INTERACTION: "trigger_id"}
_ENVELOPES = {"slash_commands": Kind.COMMAND, "events_api": Kind.EVENT, "interactive": Kind.INTERACTION}


@dataclass(frozen=True, slots=True)
class Arrival:
    """One delivery. `id` is Slack's own for it, and stays the same when it comes again, over whatever way.

    It is never made of what was said: two equal commands are two commands. `read_payload` parses what came: whoever
    only stores a command has no need of that, and it takes longer than all else that is done with it.
    """

    kind: Kind
    id: str
    read_payload: Callable[[], Mapping[str, Any]]

    @property
    def payload(self) -> Mapping[str, Any]:
        """What came, parsed."""
        return self.read_payload()


def read(body: str) -> Arrival:
    """What came, as it was sent. Raises ValueError for what Slack would not send."""
    if not body.startswith("{"):
        return _of_form(body)
    found = _object(body)
    if "envelope_id" in found:
        return _of_envelope(found)
    if found.get("type") != "event_callback":
        raise ValueError(f"no delivery of the type {found.get('type')!r} is known")
    return _arrival(Kind.EVENT, found)


def _of_form(body: str) -> Arrival:
    trigger = re.search(_TRIGGER, body)
    if trigger:
        return Arrival(Kind.COMMAND, f"{Kind.COMMAND}/{unquote_plus(trigger[1])}", lambda: _fields(body))
    payload = _fields(body).get("payload")
    if payload is None:
        raise ValueError("a form with neither a command and its trigger_id nor a payload")
    return _arrival(Kind.INTERACTION, _object(payload))


def _fields(body: str) -> Mapping[str, str]:
    return dict(parse_qsl(body, keep_blank_values=True))


def _of_envelope(envelope: Mapping[str, Any]) -> Arrival:
    kind, payload = _ENVELOPES.get(str(envelope.get("type"))), envelope.get("payload")
    if kind is None or not isinstance(payload, dict):
        raise ValueError(f"no envelope of the type {envelope.get('type')!r} is known")
    return _arrival(kind, payload, str(envelope["envelope_id"] or ""))


def _arrival(kind: Kind, payload: Mapping[str, Any], envelope: str = "") -> Arrival:
    # An event that is sent again over Socket Mode may come in an envelope with an id of its own.
    own = payload.get(_IDS[kind])
    if own and isinstance(own, str):
        return Arrival(kind, f"{kind}/{own}", lambda: payload)
    if envelope:
        return Arrival(kind, f"envelope/{envelope}", lambda: payload)
    raise ValueError(f"the {kind} has no {_IDS[kind]}")


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found
