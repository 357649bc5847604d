"""Slack as the place where the team talks."""

import re
import time
import unicodedata
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from opsctl.adapters.chats.slack.client import Slack
from opsctl.adapters.chats.slack.people import People
from opsctl.adapters.chats.slack.render import Rendered, rendered
from opsctl.core.errors import ActionFailed
from opsctl.core.post import Post

EVENT = "opsctl_post"
"""The type of the metadata in which a message carries opsctl's own key for it."""

PRIVATE = "private"
"""Ends the id of a message that its reader alone sees: Slack can't edit it, nor find it again."""

EDIT_SECONDS = 1.0
CLOCKS_SECONDS = 600
"""How far this machine's clock and Slack's may lie apart, where a message is looked for."""

MOST_TOLD = 10_000
"""Private words and edits that a relay which runs for months remembers."""

MOST_TOPIC = 250
MOST_NAME = 80
QUIET = {"parse": "none", "link_names": False}
"""Slack finds no mentions and no links by itself in what it is sent."""

_UNSEEN = ("user_not_in_channel", "not_in_channel", "channel_not_found", "is_archived")


@dataclass(frozen=True, slots=True)
class SlackChat:
    """Posts, edits and finds again. A message's id is "CHANNEL/TS"."""

    slack: Slack
    people: People
    _ids: dict[str, str] = field(default_factory=dict)
    _edited: dict[str, float] = field(default_factory=dict)
    _told: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_TOLD))

    @property
    def knows_keys(self) -> bool:
        """It has to look."""
        return False

    def open_channel(self, channel: str, topic: str, people: Sequence[str] = ()) -> None:
        """Make it by Slack's rules for names, or take the one that is there; set its topic, invite those people."""
        name = channel_name(channel)
        try:
            made = self.slack.tell("conversations.create", channel, name=name)
            self._ids[channel] = made["channel"]["id"]
        except ActionFailed as error:
            if error.reason != "name_taken":
                raise
        where = self._id(channel)
        self.slack.tell("conversations.setTopic", channel, channel=where, topic=topic[:MOST_TOPIC])
        self._invite(channel, where, people)

    def post(
        self,
        channel: str,
        post: Post,
        *,
        key: str,
        thread: str = "",
        audience: str = "",
        tried: datetime | None = None,
    ) -> str:
        """Post it; look first whether it stands there, where that was tried before."""
        message, top = rendered(post, self.people.accounts()), thread.partition("/")[2].partition("/")[0]
        if audience:
            return self._post_privately(channel, audience, message, key, top)
        found = self._find(channel, key, top, tried) if tried else ""
        if found and not (message.file and not self._has_file(found, top, key)):
            return found
        if not found:
            found = self._post_by_name(channel, message, key, top)
            self._ids[channel] = found.partition("/")[0]
        self._add_file(found, top, message, key)
        return found

    def edit(self, channel: str, message: str, post: Post) -> None:
        """Put another content in its place, at most once a second."""
        place, ts, *private = message.split("/")
        if private:
            return
        pause = self._edited.get(message, 0.0) + EDIT_SECONDS - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        content = rendered(post, self.people.accounts())
        self.slack.tell("chat.update", channel, channel=place, ts=ts, text=content.text, blocks=content.blocks, **QUIET)
        if len(self._edited) > MOST_TOLD:
            self._edited.clear()
        self._edited[message] = time.monotonic()

    def tell(self, channel: str, person: str, post: Post, *, key: str = "", thread: str = "") -> None:
        """A private word in that channel, or directly where the person is not in it."""
        if key and key in self._told:
            return
        self.post(channel, post, key=key, thread=thread, audience=person)
        self._told.append(key)

    def _post_by_name(self, channel: str, message: Rendered, key: str, top: str) -> str:
        """By the channel's name, as long as its id is not known: that takes no look through all of them."""
        try:
            return self._post(channel, self._ids.get(channel, channel), message, key, top)
        except ActionFailed as error:
            if error.reason != "channel_not_found" or channel in self._ids:
                raise
        # A private one may be found by its id alone.
        return self._post(channel, self._id(channel), message, key, top)

    def _post(self, channel: str, place: str, message: Rendered, key: str, top: str) -> str:
        answer = self.slack.tell(
            "chat.postMessage",
            channel,
            channel=place,
            text=message.text,
            blocks=message.blocks,
            metadata={"event_type": EVENT, "event_payload": {"key": key}},
            unfurl_links=False,
            unfurl_media=False,
            **QUIET,
            **({"thread_ts": top} if top else {}),
        )
        return f"{answer['channel']}/{answer['ts']}"

    def _post_privately(self, channel: str, handle: str, message: Rendered, key: str, top: str) -> str:
        user = self.people.account_of(handle)
        if not user:
            raise ActionFailed(
                f"{handle} has no Slack account that the site knows, and was told nothing.",
                do="Add `slack` to that person in the site file, and publish it.",
            )
        place = self._ids.get(channel, channel)
        try:
            if channel.startswith("D") or message.file:
                return self._directly(channel, user, message, key)
            answer = self.slack.tell(
                "chat.postEphemeral",
                channel,
                channel=place,
                user=user,
                text=message.text,
                blocks=message.blocks,
                **QUIET,
                **({"thread_ts": top} if top else {}),
            )
        except ActionFailed as error:
            if error.reason not in _UNSEEN:
                raise
            return self._directly(channel, user, message, key)
        return f"{place}/{answer['message_ts']}/{PRIVATE}"

    def _directly(self, channel: str, user: str, message: Rendered, key: str) -> str:
        place = self.slack.tell("conversations.open", channel, users=user)["channel"]["id"]
        found = self._post(channel, place, message, key, "")
        self._add_file(found, "", message, key)
        return found

    def _add_file(self, found: str, top: str, message: Rendered, key: str) -> None:
        if message.file:
            place, _, ts = found.partition("/")
            self.slack.upload(place, top or ts, file_name(key), message.file)

    def _find(self, channel: str, key: str, top: str, since: datetime) -> str:
        """The id of the message with that key; empty where there is none."""
        place = self._id(channel)
        for one in self._messages(channel, place, top, since):
            metadata = one.get("metadata") or {}
            if metadata.get("event_type") == EVENT and metadata.get("event_payload", {}).get("key") == key:
                return f"{place}/{one['ts']}"
        return ""

    def _has_file(self, found: str, top: str, key: str) -> bool:
        place, _, ts = found.partition("/")
        replies = self._messages(place, place, top or ts, None)
        return any(file.get("name") == file_name(key) for one in replies for file in one.get("files", ()))

    def _messages(self, channel: str, place: str, top: str, since: datetime | None) -> Iterator[dict[str, Any]]:
        """What stands in a channel, or a thread of it, since then; in the channel the newest first."""
        oldest = {"oldest": f"{since.timestamp() - CLOCKS_SECONDS:.6f}"} if since else {}
        more = {"ts": top} if top else {}
        method = "conversations.replies" if top else "conversations.history"
        for page in self.slack.pages(method, channel, channel=place, include_all_metadata=True, **oldest, **more):
            yield from page["messages"]

    def _id(self, channel: str) -> str:
        """Slack's id of a channel. Raises ActionFailed where there is none of that name."""
        if not channel.startswith("#"):
            return channel
        if channel not in self._ids:
            wanted, kinds = channel_name(channel), "public_channel,private_channel"
            for page in self.slack.pages("conversations.list", channel, exclude_archived=True, types=kinds):
                for one in page["channels"]:
                    if one["name"] == wanted:
                        self._ids[channel] = one["id"]
                        return self._ids[channel]
            raise ActionFailed(
                f"Slack knows no channel {channel}, or does not show it to opsctl.",
                do="Make it, or invite opsctl there: /invite @opsctl",
                reason="channel_not_found",
            )
        return self._ids[channel]

    def _invite(self, channel: str, place: str, people: Sequence[str]) -> None:
        accounts = self.people.accounts()
        for handle in people:
            if handle not in accounts:
                continue
            try:
                # One by one: with one of them in it already, Slack invites none.
                self.slack.tell("conversations.invite", channel, channel=place, users=accounts[handle])
            except ActionFailed as error:
                if error.reason not in ("already_in_channel", "cant_invite_self"):
                    raise


def channel_name(channel: str) -> str:
    """A channel's name by Slack's rules: lower case, digits, "-" and "_", at most 80 of them."""
    plain = unicodedata.normalize("NFKD", channel.removeprefix("#")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_-]+", "-", plain).strip("-")[:MOST_NAME] or "ops"


def file_name(key: str) -> str:
    """What the file is called that holds what was too long for the message with that key."""
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '-', key)}.txt"
