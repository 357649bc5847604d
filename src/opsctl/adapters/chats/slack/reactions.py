"""Reactions as Slack names them.

https://docs.slack.dev/reference/methods/reactions.get
"""

from collections.abc import Sequence
from dataclasses import dataclass

from opsctl.adapters.chats.slack.chat import EVENT
from opsctl.adapters.chats.slack.client import Slack
from opsctl.adapters.chats.slack.people import People
from opsctl.core.platform import Reaction

EMOJI = {
    "white_check_mark": "✅",
    "x": "❌",
    "heavy_check_mark": "✔️",
    "ballot_box_with_check": "☑️",
    "heavy_multiplication_x": "✖️",
    "no_entry_sign": "🚫",
    "no_entry": "⛔",
    "octagonal_sign": "🛑",
    "negative_squared_cross_mark": "❎",
    "+1": "👍",
    "thumbsup": "👍",
    "-1": "👎",
    "thumbsdown": "👎",
    "ok": "🆗",
    "heavy_exclamation_mark": "❗",
    "exclamation": "❗",
    "o": "⭕",
}
"""What Slack calls those that may be meant as an answer."""


def emoji_of(name: str) -> str:
    """The character of a reaction; a skin tone ("+1::skin-tone-3") says nothing. The name, of any other."""
    bare = name.partition("::")[0]
    return EMOJI.get(bare, f":{bare}:")


@dataclass(frozen=True, slots=True)
class SlackReactions:
    """What stands below messages, and whose it is."""

    slack: Slack
    people: People

    def below(self, channel: str, message: str) -> Sequence[Reaction]:
        """All reactions to a message now that may be meant as an answer."""
        place, _, ts = message.partition("/")
        answer = self.slack.ask("reactions.get", channel, channel=place, timestamp=ts, full=True)
        found = answer["message"].get("reactions", ())
        return tuple(
            Reaction(self.people.caller(user, "", channel), emoji_of(one["name"]))
            for one in found
            if not emoji_of(one["name"]).startswith(":")
            for user in one["users"]
        )

    def key_of(self, message: str) -> str:
        """The key in the metadata of that message; who wrote it is for the caller to know."""
        place, _, ts = message.partition("/")
        exactly = {"oldest": ts, "latest": ts, "inclusive": True, "limit": 1}
        answer = self.slack.ask("conversations.history", place, channel=place, include_all_metadata=True, **exactly)
        found = next((one.get("metadata") or {} for one in answer["messages"] if one["ts"] == ts), {})
        is_ours = found.get("event_type") == EVENT
        return str(found["event_payload"].get("key", "")) if is_ours else ""
