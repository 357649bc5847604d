"""The Web API methods of the double: each checks as Slack does, then changes or tells the workspace."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.slack.blocks import MOST_TEXT, problems
from tests.doubles.slack.workspace import BOT, BOT_ID, TEAM, Channel, File, Message, Workspace

NAME = set("abcdefghijklmnopqrstuvwxyz0123456789-_")
PAGE = 100


class Refusal(Exception):
    """`ok: false` with that error, and what more stands beside it."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.more = more


Arguments = dict[str, Any]
Answer = dict[str, Any]


@dataclass
class Methods:
    """All methods by name. `upload` is where files are sent to; what happens is told to `on_event`."""

    workspace: Workspace
    upload: str = ""
    open_connection: Callable[[], str] | None = None
    on_event: Callable[[dict[str, Any]], None] = lambda _: None
    scopes: set[str] | None = None  # None: all
    uploads: dict[str, File] = field(default_factory=dict)

    def call(self, method: str, arguments: Arguments) -> Answer:
        found = METHODS.get(method)
        if found is None:
            raise Refusal("unknown_method")
        work, scope = found
        if self.scopes is not None and scope and scope not in self.scopes:
            raise Refusal("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))
        return {"ok": True, **work(self, {key: _json(value) for key, value in arguments.items()})}

    # messages

    def post(self, given: Arguments) -> Answer:
        channel = self._writable(self._named(given["channel"]))
        message = self._content(Message(channel.id, self.workspace.ts(), BOT), given)
        thread = given.get("thread_ts", "")
        if thread and self.workspace.message(channel.id, thread) is None:
            raise Refusal("thread_not_found")
        message.thread_ts = thread
        channel.messages.append(message)
        return {"channel": channel.id, "ts": message.ts, "message": message.as_json()}

    def update(self, given: Arguments) -> Answer:
        import time

        channel = self._writable(given["channel"])
        message = self.workspace.message(channel.id, given["ts"])
        if message is None or message.seen_by:
            raise Refusal("message_not_found")
        if message.user != BOT:
            raise Refusal("cant_update_message")
        self._content(message, given)
        message.edits += 1
        message.edited_at.append(time.monotonic())
        return {"channel": channel.id, "ts": message.ts, "text": message.text}

    def post_ephemeral(self, given: Arguments) -> Answer:
        channel, user = self._writable(self._named(given["channel"])), given["user"]
        if user not in channel.members:
            raise Refusal("user_not_in_channel")
        message = self._content(Message(channel.id, self.workspace.ts(), BOT), given)
        message.thread_ts, message.seen_by = given.get("thread_ts", ""), user
        channel.messages.append(message)
        return {"message_ts": message.ts}

    def _content(self, message: Message, given: Arguments) -> Message:
        text, blocks = given.get("text", ""), given.get("blocks") or []
        if not text and not blocks:
            raise Refusal("no_text")
        if len(text) > MOST_TEXT:
            raise Refusal("msg_too_long")
        wrong = list(problems(blocks))
        if wrong:
            raise Refusal("invalid_blocks", response_metadata={"messages": wrong})
        message.text, message.blocks = text, blocks
        message.metadata = given.get("metadata") or message.metadata
        return message

    # conversations

    def create(self, given: Arguments) -> Answer:
        name = str(given["name"])
        if not name or len(name) > 80 or set(name) - NAME:
            raise Refusal("invalid_name_specials")
        if any(one.name == name for one in self.workspace.channels.values()):
            raise Refusal("name_taken")
        return {"channel": self.workspace.open(name).as_json()}

    def set_topic(self, given: Arguments) -> Answer:
        if len(given["topic"]) > 250:
            raise Refusal("too_long")
        self._writable(given["channel"]).topic = given["topic"]
        return {}

    def invite(self, given: Arguments) -> Answer:
        channel, users = self._writable(given["channel"]), given["users"].split(",")
        if any(user not in self.workspace.users for user in users):
            raise Refusal("user_not_found")
        if BOT in users:
            raise Refusal("cant_invite_self")
        if set(users) <= channel.members:
            raise Refusal("already_in_channel")
        channel.members |= set(users)
        return {"channel": channel.as_json()}

    def join(self, given: Arguments) -> Answer:
        channel = self._channel(given["channel"])
        if channel.is_archived:
            raise Refusal("is_archived")
        channel.members.add(BOT)
        return {"channel": channel.as_json()}

    def info(self, given: Arguments) -> Answer:
        return {"channel": self._channel(given["channel"]).as_json()}

    def list(self, given: Arguments) -> Answer:
        archived = str(given.get("exclude_archived", "")) in ("1", "True", "true")
        some = [one for one in self.workspace.channels.values() if not one.is_im and not (archived and one.is_archived)]
        return _page("channels", [one.as_json() for one in some], given)

    def open_direct(self, given: Arguments) -> Answer:
        if given["users"] not in self.workspace.users:
            raise Refusal("user_not_found")
        return {"channel": {"id": self.workspace.direct(given["users"]).id}}

    def history(self, given: Arguments) -> Answer:
        channel = self._channel(given["channel"])
        self._member(channel)
        return self._told([one for one in channel.messages if not one.thread_ts], given)

    def replies(self, given: Arguments) -> Answer:
        channel = self._channel(given["channel"])
        self._member(channel)
        wanted = [one for one in channel.messages if given["ts"] in (one.ts, one.thread_ts)]
        if not wanted:
            raise Refusal("thread_not_found")
        return self._told(wanted, given)

    def _told(self, messages: "list[Message]", given: Arguments) -> Answer:
        with_metadata = str(given.get("include_all_metadata", "")) in ("1", "True", "true")
        oldest = float(given.get("oldest") or 0)
        latest = float(given.get("latest") or "inf")
        some = [one for one in messages if oldest <= float(one.ts) <= latest and not one.seen_by]
        some.sort(key=lambda one: one.ts, reverse=True)  # the newest first
        return _page("messages", [one.as_json(with_metadata=with_metadata) for one in some], given)

    # reactions, people, files

    def react(self, given: Arguments) -> Answer:
        message = self._message(given)
        if BOT in message.reactions.get(given["name"], []):
            raise Refusal("already_reacted")
        self.workspace.react(message, BOT, given["name"])
        self.on_event(_reaction("reaction_added", message, given["name"]))
        return {}

    def unreact(self, given: Arguments) -> Answer:
        message = self._message(given)
        if BOT not in message.reactions.get(given["name"], []):
            raise Refusal("no_reaction")
        self.workspace.take_back(message, BOT, given["name"])
        self.on_event(_reaction("reaction_removed", message, given["name"]))
        return {}

    def reactions(self, given: Arguments) -> Answer:
        message = self._message(given)
        return {"type": "message", "channel": message.channel, "message": message.as_json()}

    def user(self, given: Arguments) -> Answer:
        user = self.workspace.users.get(given["user"])
        if user is None:
            raise Refusal("user_not_found")
        return {"user": user.as_json()}

    def users(self, given: Arguments) -> Answer:
        return _page("members", [one.as_json() for one in self.workspace.users.values()], given)

    def group(self, given: Arguments) -> Answer:
        if given["usergroup"] not in self.workspace.groups:
            raise Refusal("no_such_subteam")
        return {"users": list(self.workspace.groups[given["usergroup"]])}

    def upload_url(self, given: Arguments) -> Answer:
        file = File(self.workspace.id("F"), given["filename"])
        self.uploads[file.id] = file
        return {"upload_url": f"{self.upload}{file.id}", "file_id": file.id}

    def complete_upload(self, given: Arguments) -> Answer:
        for told in given["files"]:
            file = self.uploads.get(told["id"])
            if file is None or not file.content:
                raise Refusal("file_not_found")
            file.title = told.get("title", "")
            self.workspace.files[file.id] = file
            if given.get("channel_id"):
                channel = self._writable(given["channel_id"])
                message = Message(channel.id, self.workspace.ts(), BOT, given.get("initial_comment", ""))
                message.thread_ts = given.get("thread_ts", "")
                message.files.append(file)
                channel.messages.append(message)
        return {"files": given["files"]}

    def open_view(self, given: Arguments) -> Answer:
        if given.get("trigger_id") not in self.workspace.triggers:
            raise Refusal("expired_trigger_id")
        self.workspace.triggers.remove(given["trigger_id"])
        self.workspace.views.append(given["view"])
        return {"view": {"id": self.workspace.id("V"), **given["view"]}}

    def auth(self, given: Arguments) -> Answer:
        del given
        return {"team_id": TEAM, "team": "acme", "user_id": BOT, "user": "opsctl", "bot_id": BOT_ID}

    def connect(self, given: Arguments) -> Answer:
        del given
        if self.open_connection is None:
            raise Refusal("internal_error")
        return {"url": self.open_connection()}

    # what they share

    def _named(self, id_or_name: str) -> str:
        """`chat.postMessage` and `chat.postEphemeral` take a channel's name, too; nothing else does."""
        if not id_or_name.startswith("#"):
            return id_or_name
        found = [
            one.id for one in self.workspace.channels.values() if f"#{one.name}" == id_or_name and not one.is_private
        ]
        return found[0] if found else id_or_name

    def _channel(self, id_or_name: str) -> Channel:
        channel = self.workspace.channels.get(id_or_name)
        if channel is None and id_or_name in self.workspace.users:
            return self.workspace.direct(id_or_name)
        if channel is None:
            raise Refusal("channel_not_found")
        return channel

    def _writable(self, id_or_name: str) -> Channel:
        channel = self._channel(id_or_name)
        if channel.is_archived:
            raise Refusal("is_archived")
        self._member(channel)
        return channel

    @staticmethod
    def _member(channel: Channel) -> None:
        if BOT not in channel.members:
            raise Refusal("not_in_channel")

    def _message(self, given: Arguments) -> Message:
        self._channel(given["channel"])
        message = self.workspace.message(given["channel"], given["timestamp"])
        if message is None:
            raise Refusal("message_not_found")
        return message


def _reaction(kind: str, message: Message, name: str) -> dict[str, Any]:
    item = {"type": "message", "channel": message.channel, "ts": message.ts}
    return {"type": kind, "user": BOT, "reaction": name, "item": item, "item_user": message.user}


def _json(value: Any) -> Any:
    """What a form sends as JSON text."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        return json.loads(value)
    return value


def _page(what: str, items: list[Any], given: Arguments) -> Answer:
    start, limit = int(given.get("cursor") or 0), min(int(given.get("limit") or PAGE), PAGE)
    more = str(start + limit) if start + limit < len(items) else ""
    return {what: items[start : start + limit], "response_metadata": {"next_cursor": more}}


METHODS: dict[str, tuple[Callable[[Methods, Arguments], Answer], str]] = {
    "chat.postMessage": (Methods.post, "chat:write"),
    "chat.update": (Methods.update, "chat:write"),
    "chat.postEphemeral": (Methods.post_ephemeral, "chat:write"),
    "conversations.create": (Methods.create, "channels:manage"),
    "conversations.setTopic": (Methods.set_topic, "channels:manage"),
    "conversations.invite": (Methods.invite, "channels:manage"),
    "conversations.join": (Methods.join, "channels:join"),
    "conversations.info": (Methods.info, "channels:read"),
    "conversations.list": (Methods.list, "channels:read"),
    "conversations.open": (Methods.open_direct, "im:write"),
    "conversations.history": (Methods.history, "channels:history"),
    "conversations.replies": (Methods.replies, "channels:history"),
    "reactions.add": (Methods.react, "reactions:write"),
    "reactions.remove": (Methods.unreact, "reactions:write"),
    "reactions.get": (Methods.reactions, "reactions:read"),
    "users.info": (Methods.user, "users:read"),
    "users.list": (Methods.users, "users:read"),
    "usergroups.users.list": (Methods.group, "usergroups:read"),
    "files.getUploadURLExternal": (Methods.upload_url, "files:write"),
    "files.completeUploadExternal": (Methods.complete_upload, "files:write"),
    "views.open": (Methods.open_view, ""),
    "auth.test": (Methods.auth, ""),
    "apps.connections.open": (Methods.connect, ""),
}
"""Each with the scope that it takes."""
