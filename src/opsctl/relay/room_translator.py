"""What is done in the room, in the relay's terms. core/talking.py writes its deliveries."""

import json
import re
from typing import Any

from opsctl.core.context import Context
from opsctl.core.identity import Caller, Origin
from opsctl.core.post import Action
from opsctl.core.room import OPSCTL
from opsctl.relay.heard import Heard, Pressed, Reacted, Said

_CALLED = re.compile(r"@?opsctl(?:[\s:,]+|$)", re.IGNORECASE)


def translate(context: Context, body: str) -> Heard | None:
    """A line that begins with "/" or with opsctl's name, a reaction to a message of opsctl's, a pressed button.

    Raises ValueError for a body that is not what the room writes.
    """
    try:
        return _heard(context, json.loads(body))
    except (KeyError, TypeError) as error:
        raise ValueError(f"no delivery of the room: {error!r}") from error


def _heard(context: Context, facts: Any) -> Heard | None:
    person = context.published().people.get(facts["person"])
    caller = Caller(person, facts["person"], Origin.ROOM, facts["channel"])
    match facts["kind"]:
        case "message":
            line = _line(facts["text"])
            return None if line is None else Said(caller, line, str(facts["thread"] or ""))
        case "reaction":
            message = context.store.room.message(facts["message"])
            if message is None or message.author != OPSCTL or not message.key:
                return None
            return Reacted(caller, message.key, facts["emoji"], facts["is_on"])
        case "button":
            return Pressed(caller, Action(facts["action"]), facts["operation"], facts["plan"], facts.get("reason", ""))
        case kind:
            raise ValueError(f"no kind of delivery of the room: {kind!r}")


def _line(text: str) -> str | None:
    """The command in a message, None where it is talk among people."""
    text = text.strip()
    if text.startswith("/"):
        return text
    called = _CALLED.match(text)
    # Its name alone asks what it can do.
    return (text[called.end() :] or "help") if called else None
