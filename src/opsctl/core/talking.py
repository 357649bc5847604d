"""What people do in the room. It is stored there and, in the same transaction, as a delivery for the relay to answer.

Talk among people is no delivery: nobody has to deal with it, also where no relay ever is.

Each has an id that whoever sent it chose: the same id again is the same thing, so it may be sent again where no answer
came.
"""

import json
import re
from collections.abc import Callable
from typing import Any, TypeAlias

from opsctl.core.post import Button, Post
from opsctl.core.room import OPSCTL, Message
from opsctl.core.store import Transaction

PLATFORM = "room"
"""The platform of the room's deliveries."""

Deed: TypeAlias = Callable[[Transaction], int]
"""The work of a transaction; returns the id of the message that it is about."""

_CALLED = r"@?opsctl(?:[\s:,]+|$)"


def line_in(text: str) -> str | None:
    """The command in a message: what begins with "/" or with opsctl's name; None where it is talk among people."""
    text = text.strip()
    if text.startswith("/"):
        return text
    called = re.match(_CALLED, text, re.IGNORECASE)
    # Its name alone asks what it can do.
    return (text[called.end() :] or "help") if called else None


def say(person: str, channel: str, text: str, id: str, thread: int = 0) -> Deed:  # noqa: A002  # the delivery's
    """A person says something, as an answer to another message if `thread` names it."""

    def work(tx: Transaction) -> int:
        message = tx.room.post(channel, person, Post(text), thread=thread, key=f"{person}/{id}")
        if line_in(text) is not None:
            _deliver(tx, person, id, "message", channel, message, {"thread": thread, "text": text})
        return message

    return work


def react(person: str, message: Message, emoji: str, id: str, *, is_on: bool) -> Deed:  # noqa: A002
    """A person adds a reaction, or takes theirs back; nothing where that is how it stands."""

    def work(tx: Transaction) -> int:
        change = tx.room.react if is_on else tx.room.take_back
        if change(message.id, person, emoji) and message.author == OPSCTL:
            _deliver(tx, person, id, "reaction", message.channel, message.id, {"emoji": emoji, "is_on": is_on})
        return message.id

    return work


def press(person: str, message: Message, button: Button, id: str, reason: str = "") -> Deed:  # noqa: A002
    """A person presses a button of a message."""

    def work(tx: Transaction) -> int:
        pressed = {"action": button.action.value, "operation": button.operation, "plan": button.plan, "reason": reason}
        _deliver(tx, person, id, "button", message.channel, message.id, pressed)
        return message.id

    return work


def _deliver(tx: Transaction, person: str, id_: str, kind: str, channel: str, message: int, more: Any) -> None:
    body = {"kind": kind, "person": person, "channel": channel, "message": message, **more}
    tx.deliveries.receive(PLATFORM, f"{person}/{id_}", json.dumps(body, ensure_ascii=False))
