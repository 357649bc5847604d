"""Messages as the page gets them. Control characters are shown, never sent: text is text."""

import re
from typing import Any

from opsctl.core.post import Post
from opsctl.core.room import Channel, Message

# C0 and C1 but for tab and line feed; what turns the writing direction is the page's to contain, with isolation.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def message_json(message: Message) -> dict[str, Any]:
    """A message, for a person who may see it."""
    return {
        "id": message.id,
        "channel": message.channel,
        "thread": message.thread,
        "author": message.author,
        "at": message.at.isoformat(),
        "is_edited": message.edited_at is not None,
        "is_private": bool(message.audience),
        "change": message.change,
        "replies": message.replies,
        "reactions": [{"emoji": emoji, "people": list(people)} for emoji, people in message.reactions],
        **_post_json(message.post),
    }


def channel_json(channel: Channel) -> dict[str, Any]:
    """A channel."""
    return {"name": channel.name, "topic": _shown(channel.topic), "newest": channel.newest}


def _post_json(post: Post) -> dict[str, Any]:
    return {
        "text": _shown(post.text),
        "block": _shown(post.block),
        "calls": list(post.calls),
        "buttons": [
            {"label": one.label, "action": one.action.value, "operation": one.operation, "plan": one.plan}
            for one in post.buttons
        ],
    }


def _shown(text: str) -> str:
    return _UNSAFE.sub("�", text.replace("\r\n", "\n"))
