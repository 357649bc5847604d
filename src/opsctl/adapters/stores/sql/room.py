"""The room."""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opsctl.adapters.stores.sql.clock import Clock, deadline_in, has_passed
from opsctl.adapters.stores.sql.database import Connection, Rows
from opsctl.core.canonical import canonical
from opsctl.core.journal import timestamp
from opsctl.core.masking import masked
from opsctl.core.operation import Deadline
from opsctl.core.post import Post
from opsctl.core.room import Channel, Message

# ruff: noqa: S608 - the statements are made of constants of this file, values are parameters
_NEXT_CHANGE = "(SELECT coalesce(max(change), 0) + 1 FROM room_messages)"
_MESSAGE = (
    "id, channel, thread, author, at, post, key, audience, edited_at, change, "
    "(SELECT count(*) FROM room_messages AS reply WHERE reply.channel = room_messages.channel "
    "AND reply.thread = room_messages.id AND reply.audience = '')"
)
_KEY, _SESSION = "key", "session"


@dataclass(frozen=True, slots=True)
class SqlRoomWriter:
    """The room in a transaction that others begin and end."""

    connection: Connection
    clock: Clock

    def post(self, channel: str, author: str, post: Post, *, thread: int = 0, key: str = "", audience: str = "") -> int:
        """Post a message and return its id; where one with that key is there already, nothing but its id."""
        self._make_channel(channel)
        row = self.connection.execute(
            "INSERT INTO room_messages (channel, thread, author, at, post, key, audience, change) "
            f"VALUES (?, ?, ?, ?, ?, ?, ?, {_NEXT_CHANGE}) ON CONFLICT (key) DO NOTHING RETURNING id",
            (channel, thread, author, timestamp(self.clock.now()), _text(post), key or None, audience),
        ).fetchone()
        if row is None:
            row = self.connection.execute("SELECT id FROM room_messages WHERE key = ?", (key,)).fetchone()
        elif thread:
            self._touch(thread)
        message: int = row[0]
        return message

    def edit(self, message: int, post: Post) -> None:
        """Put another content in place of its own."""
        self.connection.execute(
            f"UPDATE room_messages SET post = ?, edited_at = ?, change = {_NEXT_CHANGE} WHERE id = ?",
            (_text(post), timestamp(self.clock.now()), message),
        )

    def react(self, message: int, person: str, emoji: str) -> bool:
        """Add a person's reaction; whether it is new."""
        done = self.connection.execute(
            "INSERT INTO room_reactions (message, person, emoji) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (message, person, emoji),
        )
        return self._touched(message, done)

    def take_back(self, message: int, person: str, emoji: str) -> bool:
        """Take a reaction back; whether there was one."""
        done = self.connection.execute(
            "DELETE FROM room_reactions WHERE message = ? AND person = ? AND emoji = ?", (message, person, emoji)
        )
        return self._touched(message, done)

    def open_channel(self, name: str, topic: str) -> bool:
        """Make a channel, or give it this topic; whether it is new."""
        is_new = self._make_channel(name)
        self.connection.execute("UPDATE room_channels SET topic = ? WHERE name = ?", (topic, name))
        return is_new

    def hand_out(self, digest: str, person: str, seconds: float) -> None:
        """A key to sign in with, once and within that time; kept as its SHA-256 alone."""
        self._keep(digest, _KEY, person, seconds)

    def sign_in(self, key_digest: str, session_digest: str, seconds: float) -> str | None:
        """Use up a key and begin a session of that length; whose it is, None where the key is none (any more)."""
        person = _person_of(self.connection, self.clock, key_digest, _KEY)
        self.connection.execute("DELETE FROM room_keys WHERE digest = ? AND kind = ?", (key_digest, _KEY))
        if person is not None:
            self._keep(session_digest, _SESSION, person, seconds)
        return person

    def sign_out(self, session_digest: str) -> None:
        """End a session."""
        self.connection.execute("DELETE FROM room_keys WHERE digest = ? AND kind = ?", (session_digest, _SESSION))

    def _make_channel(self, name: str) -> bool:
        done = self.connection.execute(
            "INSERT INTO room_channels (name, topic, at) VALUES (?, '', ?) ON CONFLICT (name) DO NOTHING",
            (name, timestamp(self.clock.now())),
        )
        return done.rowcount == 1

    def _keep(self, digest: str, kind: str, person: str, seconds: float) -> None:
        until = deadline_in(self.clock, seconds)
        self.connection.execute(
            "INSERT INTO room_keys (digest, kind, person, until_mark, until_at) VALUES (?, ?, ?, ?, ?)",
            (digest, kind, person, until.mark, timestamp(until.at)),
        )

    def _touched(self, message: int, done: Rows) -> bool:
        if done.rowcount == 1:
            self._touch(message)
        return done.rowcount == 1

    def _touch(self, message: int) -> None:
        """What is drawn of a message changed, though its content did not."""
        self.connection.execute(f"UPDATE room_messages SET change = {_NEXT_CHANGE} WHERE id = ?", (message,))


@dataclass(frozen=True, slots=True)
class SqlRoomReader:
    """The room as it is; `reading` lends a connection, `clock` is the store's."""

    reading: Callable[[], AbstractContextManager[Connection]]
    clock: Callable[[], Clock]

    def channels(self) -> list[Channel]:
        """All channels, in the order in which they were made."""
        newest = "SELECT max(id) FROM room_messages WHERE channel = name AND thread = 0 AND audience = ''"
        with self.reading() as connection:
            rows = connection.execute(
                f"SELECT name, topic, coalesce(({newest}), 0) FROM room_channels ORDER BY at, name"
            )
            return [Channel(*row) for row in rows]

    def message(self, message: int) -> Message | None:
        """The message with that id."""
        with self.reading() as connection:
            found = _messages(connection, "id = ?", (message,))
        return found[0] if found else None

    def messages(
        self, channel: str, reader: str, *, thread: int = 0, before: int = 0, limit: int = 50
    ) -> list[Message]:
        """The newest messages that `reader` may see, oldest first: of a channel, or of one thread in it."""
        condition = "channel = ? AND thread = ? AND audience IN ('', ?) AND (? = 0 OR id < ?)"
        with self.reading() as connection:
            found = _messages(
                connection, f"{condition} ORDER BY id DESC LIMIT ?", (channel, thread, reader, before, before, limit)
            )
        return found[::-1]

    def changes(self, after: int, limit: int = 200) -> Sequence[Message]:
        """Messages that came or changed after that `change`, in the order of their last change."""
        with self.reading() as connection:
            return _messages(connection, "change > ? ORDER BY change LIMIT ?", (after, limit))

    def newest_change(self) -> int:
        """The `change` of what happened last, 0 before anything did."""
        with self.reading() as connection:
            newest: int = connection.execute("SELECT coalesce(max(change), 0) FROM room_messages").fetchone()[0]
        return newest

    def session(self, session_digest: str) -> str | None:
        """Whose session it is, None where there is none (any more)."""
        with self.reading() as connection:
            return _person_of(connection, self.clock(), session_digest, _SESSION)


def _text(post: Post) -> str:
    return canonical(masked(post.as_json()))


def _person_of(connection: Connection, clock: Clock, digest: str, kind: str) -> str | None:
    row = connection.execute(
        "SELECT person, until_mark, until_at FROM room_keys WHERE digest = ? AND kind = ?", (digest, kind)
    ).fetchone()
    if row is None or has_passed(clock, Deadline(row[1], datetime.fromisoformat(row[2]))):
        return None
    person: str = row[0]
    return person


def _messages(connection: Connection, condition: str, values: Iterable[Any]) -> list[Message]:
    rows = connection.execute(f"SELECT {_MESSAGE} FROM room_messages WHERE {condition}", tuple(values)).fetchall()
    reactions = _reactions(connection, [row[0] for row in rows])
    return [_message(row, reactions.get(row[0], {})) for row in rows]


def _reactions(connection: Connection, messages: Sequence[int]) -> dict[int, dict[str, list[str]]]:
    if not messages:
        return {}
    rows = connection.execute(
        f"SELECT message, emoji, person FROM room_reactions WHERE message IN ({', '.join('?' * len(messages))}) "
        "ORDER BY number",
        messages,
    )
    found: dict[int, dict[str, list[str]]] = {}
    for message, emoji, person in rows:
        found.setdefault(message, {}).setdefault(emoji, []).append(person)
    return found


def _message(row: Sequence[Any], reactions: dict[str, list[str]]) -> Message:
    id_, channel, thread, author, at, post, key, audience, edited_at, change, replies = row
    return Message(
        id=id_,
        channel=channel,
        thread=thread,
        author=author,
        at=datetime.fromisoformat(at),
        post=Post.from_json(json.loads(post)),
        key=key or "",
        audience=audience,
        edited_at=datetime.fromisoformat(edited_at) if edited_at else None,
        change=change,
        replies=replies,
        reactions=tuple((emoji, tuple(who)) for emoji, who in reactions.items()),
    )
