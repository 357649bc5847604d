"""What a Slack workspace holds: people, channels, messages, reactions, files; changed by methods alone."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

TEAM = "T0ACME"
BOT = "U0BOT"
BOT_ID = "B0BOT"


@dataclass
class User:
    id: str
    name: str
    team: str = TEAM
    is_bot: bool = False
    is_guest: bool = False
    is_deleted: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "team_id": self.team,
            "deleted": self.is_deleted,
            "is_bot": self.is_bot,
            "is_restricted": self.is_guest,
            "is_ultra_restricted": False,
        }


@dataclass
class Message:
    channel: str
    ts: str
    user: str
    text: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] | None = None
    thread_ts: str = ""
    seen_by: str = ""  # an ephemeral message's one reader
    edits: int = 0
    edited_at: list[float] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    files: list["File"] = field(default_factory=list)

    def as_json(self, *, with_metadata: bool = False) -> dict[str, Any]:
        told = {"type": "message", "ts": self.ts, "user": self.user, "text": self.text, "blocks": self.blocks}
        if self.user == BOT:
            told |= {"bot_id": BOT_ID}
        if self.thread_ts:
            told |= {"thread_ts": self.thread_ts}
        if self.metadata and with_metadata:
            told |= {"metadata": self.metadata}
        if self.reactions:
            told |= {
                "reactions": [
                    {"name": name, "users": users, "count": len(users)} for name, users in self.reactions.items()
                ]
            }
        if self.files:
            told |= {"files": [{"id": one.id, "name": one.name, "title": one.title} for one in self.files]}
        return told


@dataclass
class Channel:
    id: str
    name: str
    topic: str = ""
    members: set[str] = field(default_factory=set)
    is_archived: bool = False
    is_im: bool = False
    is_private: bool = False
    messages: list[Message] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "is_archived": self.is_archived,
            "is_im": self.is_im,
            "is_member": BOT in self.members,
            "topic": {"value": self.topic},
        }

    def shown(self, text: str) -> list[Message]:
        """What everybody may read there whose text or blocks hold that text."""
        return [one for one in self.messages if not one.seen_by and text in f"{one.text}\n{words_of(one.blocks)}"]


@dataclass
class File:
    id: str
    name: str
    title: str = ""
    content: bytes = b""


@dataclass
class Workspace:
    """One workspace with one app in it, whose bot is `BOT`."""

    users: dict[str, User] = field(default_factory=lambda: {BOT: User(BOT, "opsctl", is_bot=True)})
    channels: dict[str, Channel] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    views: list[dict[str, Any]] = field(default_factory=list)
    triggers: set[str] = field(default_factory=set)  # those that may open a view, once
    _ids: Any = field(default_factory=lambda: count(1))

    def id(self, begins: str) -> str:
        return f"{begins}{next(self._ids):04d}"

    def ts(self) -> str:
        """A timestamp as Slack gives them: seconds, and a number that makes it unique."""
        import time

        return f"{int(time.time())}.{next(self._ids):06d}"

    def join(self, user: User) -> User:
        self.users[user.id] = user
        return user

    def open(self, name: str, *members: str) -> Channel:
        channel = Channel(self.id("C"), name, members={BOT, *members})
        self.channels[channel.id] = channel
        return channel

    def called(self, name: str) -> Channel:
        return next(one for one in self.channels.values() if one.name == name.lstrip("#"))

    def direct(self, user: str) -> Channel:
        """The conversation of the bot with that user alone."""
        for channel in self.channels.values():
            if channel.is_im and user in channel.members:
                return channel
        channel = Channel(self.id("D"), "", members={BOT, user}, is_im=True)
        self.channels[channel.id] = channel
        return channel

    def message(self, channel: str, ts: str) -> Message | None:
        found = self.channels.get(channel)
        return next((one for one in found.messages if one.ts == ts), None) if found else None

    def react(self, message: Message, user: str, name: str) -> None:
        users = message.reactions.setdefault(name, [])
        if user not in users:
            users.append(user)

    def take_back(self, message: Message, user: str, name: str) -> None:
        message.reactions.get(name, []).remove(user)
        message.reactions = {one: users for one, users in message.reactions.items() if users}


def words_of(blocks: Any) -> str:
    """What a person reads of blocks: all texts in them, in order; a mention as <@U…>."""
    match blocks:
        case {"type": "user", "user_id": str(user)}:
            return f"<@{user}>"
        case {"type": "link", "url": str(url)}:
            return url
        case {"text": str(text)}:
            return text
        case {"type": "actions", "elements": elements}:
            return "\n" + " ".join(f"[{words_of(one)}]" for one in elements)
        case dict():
            return "".join(words_of(blocks[key]) for key in ("text", "elements") if key in blocks)
        case list():
            return "".join(words_of(one) for one in blocks)
        case _:
            return ""
