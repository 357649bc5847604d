"""The room: a chat that lives in the store. Its channels, messages, threads, reactions, and who is signed in."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from opsctl.core.post import Post
from opsctl.core.published_site import PublishedSite

OPSCTL = "opsctl"
"""The author of what opsctl says. It has no "@", so no person can have it."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, with its "#"; `newest` is the id of its newest message that everybody may read, 0 for none."""

    name: str
    topic: str
    newest: int


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it stands now.

    `thread` is the message that it answers, 0 for none; `replies` how many answer it. `key` is opsctl's own name for
    it, empty for a person's. `audience` is the one person who may see it, empty for all. `reactions` are (emoji, who)
    in the order in which each first came. `change` counts up with everything that happens to any message.
    """

    id: int
    channel: str
    thread: int
    author: str
    at: datetime
    post: Post
    key: str
    audience: str
    edited_at: datetime | None
    change: int
    replies: int = 0
    reactions: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def may_be_seen_by(self, handle: str) -> bool:
        """Whether that person may read it."""
        return not self.audience or self.audience == handle


def channel_names(site: PublishedSite, opened: Iterable[Channel]) -> Iterator[str]:
    """The names of all channels: the site's own, spoken in or not, then those that were opened since."""
    own = dict.fromkeys((site.channel, *(one.channel for one in site.environments.values() if one.channel)))
    yield from own
    yield from (one.name for one in opened if one.name not in own)


class RoomWriter(Protocol):
    """The room in a transaction. Secrets in a post are masked."""

    def post(self, channel: str, author: str, post: Post, *, thread: int = 0, key: str = "", audience: str = "") -> int:
        """Post a message and return its id; where one with that key is there already, nothing but its id."""
        ...

    def edit(self, message: int, post: Post) -> None:
        """Put another content in place of its own."""
        ...

    def react(self, message: int, person: str, emoji: str) -> bool:
        """Add a person's reaction; whether it is new."""
        ...

    def take_back(self, message: int, person: str, emoji: str) -> bool:
        """Take a reaction back; whether there was one."""
        ...

    def open_channel(self, name: str, topic: str) -> bool:
        """Make a channel, or give it this topic; whether it is new."""
        ...

    def hand_out(self, digest: str, person: str, seconds: float) -> None:
        """A key to sign in with, once and within that time; kept as its SHA-256 alone."""
        ...

    def sign_in(self, key_digest: str, session_digest: str, seconds: float) -> str | None:
        """Use up a key and begin a session of that length; whose it is, None where the key is none (any more)."""
        ...

    def sign_out(self, session_digest: str) -> None:
        """End a session."""
        ...


class RoomReader(Protocol):
    """The room as it is. Every method raises StoreUnusable when it can't."""

    def channels(self) -> list[Channel]:
        """All channels, in the order in which they were made."""
        ...

    def message(self, message: int) -> Message | None:
        """The message with that id."""
        ...

    def messages(
        self, channel: str, reader: str, *, thread: int = 0, before: int = 0, limit: int = 50
    ) -> list[Message]:
        """The newest messages that `reader` may see, oldest first: of a channel, or of one thread in it.

        `before` is a message id (0: none) that all are older than.
        """
        ...

    def changes(self, after: int, limit: int = 200) -> Sequence[Message]:
        """Messages that came or changed after that `change`, in the order of their last change."""
        ...

    def newest_change(self) -> int:
        """The `change` of what happened last, 0 before anything did."""
        ...

    def session(self, session_digest: str) -> str | None:
        """Whose session it is, None where there is none (any more)."""
        ...
