"""Telling the team channel about an operation: one message that is edited as it goes, and what must be seen by itself.

What is said is drawn from the operation's journal entries; here it is only brought into the chat.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from opsctl.core.canonical import digest_of
from opsctl.core.command import Command
from opsctl.core.context import Context, utc_now
from opsctl.core.errors import ActionFailed, OpsctlError
from opsctl.core.journal import Entry
from opsctl.core.outbox import Item, Posted
from opsctl.core.ports import Chat
from opsctl.core.post import Post
from opsctl.core.published_site import PublishedSite

MAIN = "main"
"""The key of the message that tells how an operation stands."""

MESSAGE_GONE = "message_gone"
"""The reason of an ActionFailed by a chat in which a message is not there any more."""


@dataclass(frozen=True, slots=True)
class Announced:
    """A message that should stand in the chat. `key` names it among those of its operation.

    `is_answer`: it stands in the thread of the main message. `is_final`: it is posted once and never edited.
    `audience`: the one person who can see it, empty for all.
    """

    key: str
    post: Post
    is_answer: bool = False
    is_final: bool = False
    audience: str = ""


class Draw(Protocol):
    """What the team should see of an operation."""

    def __call__(
        self, entries: Sequence[Entry], command: Command | None, site: PublishedSite, now: datetime
    ) -> Sequence[Announced]:
        """All messages about the operation whose entries these are, oldest first, the main one before its answers.

        `command` is None where the site does not know it any more.
        """
        ...


@dataclass(frozen=True, slots=True)
class Announcer:
    """The taker of what the team is told."""

    context: Context
    chat: Chat
    draw: Draw

    def take(self, operation: str, items: Sequence[Item]) -> None:
        """Post what is not there yet, edit what changed. Raises Unreachable, and ActionFailed."""
        store = self.context.store
        entries = store.entries(operation)
        command = self._command(operation)
        there = dict(store.posts(operation))
        channel = items[-1].channel
        for one in self.draw(entries, command, self.context.published(), utc_now()):
            known, digest = there.get(one.key), digest_of(one.post.as_json())
            if known is None or not known.message:
                tried = None if known is None else datetime.fromisoformat(entries[0].at)
                self._post(operation, channel, one, there, tried)
            elif known.digest != digest and not one.is_final:
                self._edit(operation, known, one, there)

    def _post(
        self, operation: str, channel: str, one: Announced, there: dict[str, Posted], tried: datetime | None
    ) -> None:
        if tried is None and not self.chat.knows_keys:
            # Whoever comes after a crash, or an answer that was lost, looks whether it stands there already.
            self._note(operation, one, Posted(channel, "", ""), there)
        thread = there[MAIN].message if one.is_answer and MAIN in there else ""
        key = f"{operation}/{one.key}"
        message = self.chat.post(channel, one.post, key=key, thread=thread, audience=one.audience, tried=tried)
        self._note(operation, one, Posted(channel, message, digest_of(one.post.as_json())), there)

    def _edit(self, operation: str, known: Posted, one: Announced, there: dict[str, Posted]) -> None:
        try:
            self.chat.edit(known.channel, known.message, one.post)
        except ActionFailed as error:
            if error.reason != MESSAGE_GONE:
                raise
            # Nobody acts unseen: who deletes a message gets it anew.
            self._post(operation, known.channel, one, there, None)
            return
        self._note(operation, one, Posted(known.channel, known.message, digest_of(one.post.as_json())), there)

    def _note(self, operation: str, one: Announced, found: Posted, there: dict[str, Posted]) -> None:
        there[one.key] = found
        self.context.store.write(lambda tx: tx.posted(operation, one.key, found))

    def _command(self, operation: str) -> Command | None:
        row = self.context.store.operation(operation)
        try:
            return self.context.read(row.command, self.context.published()) if row else None
        except OpsctlError:
            return None  # the site took the command away meanwhile
