"""What is done in Slack, in the relay's terms."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from opsctl.core.context import Context
from opsctl.core.platform import Directory, Reactions
from opsctl.core.post import Action
from opsctl.core.talking import line_in
from opsctl.relay.heard import Heard, Pressed, Reacted, Said
from opsctl.relay.slack.arrival import Kind, read
from opsctl.relay.slack.reason import reason_in

_STAMP = r"\d+\.\d+"
_DIRECT = "im"
_PEOPLE_WRITE = frozenset({"", "file_share", "thread_broadcast"})
"""The subtypes of messages that people write; all others are edits, notices and what programs say."""


@dataclass(frozen=True, slots=True)
class SlackTranslator:
    """Understands commands, mentions, direct messages, reactions and buttons.

    `emoji` gives the character that Slack has a name for. `command` is the one slash command for everything, with its
    "/"; `prefix` is what the short ones begin with.
    """

    people: Directory
    reactions: Reactions
    emoji: Callable[[str], str]
    command: str = "/ops"
    prefix: str = ""

    def __call__(self, context: Context, body: str) -> Heard | None:
        """What it means; None for talk, and for what programs say. Raises ValueError, Unreachable, StoreUnusable."""
        arrival = read(body)
        try:
            match arrival.kind:
                case Kind.COMMAND:
                    return self._command(context, arrival.payload)
                case Kind.EVENT:
                    return self._event(context, arrival.payload)
                case Kind.INTERACTION:
                    return self._interaction(arrival.payload)
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            raise ValueError(f"no {arrival.kind} of Slack's: {error!r}") from error

    def _command(self, context: Context, payload: Mapping[str, Any]) -> Said:
        typed, text = payload["command"], payload.get("text", "")
        name = "" if typed == self.command else typed.removeprefix("/").removeprefix(self.prefix)
        line = f"{name} {text}".strip() or "help"
        caller = self.people.caller(payload["user_id"], payload["team_id"], payload["channel_id"])
        stamp = payload.get("thread_ts", "")
        thread = f"{payload['channel_id']}/{stamp}" if re.fullmatch(_STAMP, stamp) else ""
        return Said(caller, line, thread, _handles(context), f"{self.command} ")

    def _event(self, context: Context, payload: Mapping[str, Any]) -> Heard | None:
        event = payload["event"]
        match event["type"]:
            case "app_mention" | "message":
                return self._message(context, payload, event)
            case "reaction_added" | "reaction_removed":
                return self._reaction(context, payload, event)
            case _:
                return None

    def _message(self, context: Context, payload: Mapping[str, Any], event: Mapping[str, Any]) -> Said | None:
        channel, is_direct = event["channel"], event.get("channel_type") == _DIRECT or event["channel"].startswith("D")
        if event.get("bot_id") or event.get("subtype", "") not in _PEOPLE_WRITE or not event.get("user"):
            return None
        # A mention in a direct message is told of as a message, too, and two events are not one command.
        if is_direct != (event["type"] == "message"):
            return None
        line = _addressed(event.get("text") or "", _own_users(payload), is_direct=is_direct)
        if line is None:
            return None
        caller = self.people.caller(event["user"], _team(payload, event), channel)
        thread = f"{channel}/{event['thread_ts']}" if event.get("thread_ts") else ""
        return Said(caller, line, thread, _handles(context), f"{self.command} ")

    def _reaction(self, context: Context, payload: Mapping[str, Any], event: Mapping[str, Any]) -> Reacted | None:
        item = event["item"]
        if item["type"] != "message" or event["user"] in _own_users(payload):
            return None
        key = self._key(
            context, f"{item['channel']}/{item['ts']}", is_own=event.get("item_user") in _own_users(payload)
        )
        if not key:
            return None
        caller = self.people.caller(event["user"], _team(payload, event), item["channel"])
        return Reacted(caller, key, self.emoji(event["reaction"]), is_on=event["type"] == "reaction_added")

    def _key(self, context: Context, message: str, *, is_own: bool) -> str:
        found = context.store.post_called(message)
        if found is not None:
            return "/".join(found)
        # A relay may have died, or Slack's answer been lost, after the message stood there and before that was noted.
        return self.reactions.key_of(message) if is_own else ""

    def _interaction(self, payload: Mapping[str, Any]) -> Pressed | None:
        user = payload["user"]
        team = user.get("team_id") or payload["team"]["id"]
        given = reason_in(payload)
        if given is not None:
            caller = self.people.caller(user["id"], team, given.channel)
            return Pressed(caller, Action.REJECT, given.operation, given.plan, given.text)
        if payload["type"] != "block_actions":
            return None
        pressed = payload["actions"][0]
        # Rejecting has its reason asked for first (modal.py); what is typed there comes as a delivery of its own.
        if pressed["action_id"] not in frozenset(Action) or pressed["action_id"] == Action.REJECT:
            return None
        value = json.loads(pressed["value"])
        caller = self.people.caller(user["id"], team, _place(payload))
        return Pressed(caller, Action(pressed["action_id"]), value["operation"], value["plan"])


def _place(payload: Mapping[str, Any]) -> str:
    """The channel in which a button was pressed."""
    channel: str = (payload.get("channel") or {}).get("id") or payload["container"]["channel_id"]
    return channel


def _handles(context: Context) -> Mapping[str, str]:
    """The site's people by their Slack user ids."""
    return {one.slack: one.handle for one in context.published().people.values() if one.slack}


def _team(payload: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    """The workspace that who did it belongs to, as far as the event says; in a shared channel it may be another."""
    team: str = event.get("user_team") or event.get("team") or payload["team_id"]
    return team


def _own_users(payload: Mapping[str, Any]) -> frozenset[str]:
    """The user ids of the app's own bot, as the event names them; older ones have only `authed_users`."""
    granted = payload.get("authorizations")
    if granted is None:
        return frozenset(payload.get("authed_users") or ())
    return frozenset(one["user_id"] for one in granted if one.get("is_bot") and one.get("user_id"))


def _addressed(text: str, own: frozenset[str], *, is_direct: bool) -> str | None:
    """The command in a message that begins with the bot's name, or was written to the bot alone; None for talk."""
    text = text.strip()
    called = re.match(r"<@(?P<user>[UW][A-Z0-9]+)(?:\|[^>]*)?>[\s:,]*", text)
    # Where the event does not say who the bot is, the first name in a mention of it is taken for its own.
    if called and (called["user"] in own or not own):
        return text[called.end() :].strip() or "help"
    if is_direct:
        return (line_in(text) or text) or None
    return None
