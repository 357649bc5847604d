"""Whether what happens in Slack arrives here: opsctl reacts to a message of its own, and waits until it is told so.

Slack tells an app about its own bot's reactions, too. The reaction is gone again in a moment and calls nobody: the
message is opsctl's.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from opsctl.core.announcing import MAIN
from opsctl.core.store import Store

QUIET = "slack_silent_seconds"
"""What readyz calls the time since something came from Slack."""

REACTION = "ear"
SECONDS = 10.0
"""How long an event may take. Slack brings most within a second."""


class RoundTrip:
    """Made by one thread at a time; `came` is told by whatever hears. `message` names what is reacted to, if any."""

    def __init__(self, client: WebClient, message: Callable[[], str | None], seconds: float = SECONDS) -> None:
        self._client = client
        self._message = message
        self._seconds = seconds
        self._waited_for = ""
        self._came = threading.Event()

    def came(self, payload: Mapping[str, Any]) -> bool:
        """Whether an event tells of such a reaction, which nobody but a waiting round trip needs to hear of."""
        event = payload.get("event")
        if not isinstance(event, dict) or event.get("reaction") != REACTION:
            return False
        own = {one.get("user_id") for one in payload.get("authorizations") or () if one.get("is_bot")}
        if event.get("user") not in own:
            return False
        item = event.get("item") or {}
        if event.get("type") == "reaction_added" and f"{item.get('channel')}/{item.get('ts')}" == self._waited_for:
            self._came.set()
        return True

    def make(self) -> float | None:
        """Seconds until Slack told of it; infinite where it did not; None where there is nothing to react to yet.

        Raises SlackClientError, OSError where Slack does not take the reaction.
        """
        message = self._message()
        if message is None:
            return None
        channel, _, stamp = message.partition("/")
        self._came.clear()
        self._waited_for = message
        began = time.monotonic()
        try:
            self._react(channel, stamp)
            has_come = self._came.wait(self._seconds)
            return time.monotonic() - began if has_come else float("inf")
        finally:
            self._waited_for = ""
            self._take_back(channel, stamp)

    def _react(self, channel: str, stamp: str) -> None:
        try:
            self._client.reactions_add(channel=channel, timestamp=stamp, name=REACTION)
        except SlackApiError as error:
            if error.response["error"] != "already_reacted":
                raise
            # One that was killed left it there.
            self._take_back(channel, stamp)
            self._client.reactions_add(channel=channel, timestamp=stamp, name=REACTION)

    def _take_back(self, channel: str, stamp: str) -> None:
        try:
            self._client.reactions_remove(channel=channel, timestamp=stamp, name=REACTION)
        except (SlackClientError, OSError):
            return  # it is there no more, or the next one finds it there


def newest_message(store: Store) -> str | None:
    """The newest message that opsctl follows an operation in, as "CHANNEL/TIME"; None where there is none yet."""
    for operation in store.operations(limit=20):
        posted = store.posts(operation.id).get(MAIN)
        if posted is not None and "/" in posted.message:
            return posted.message
    return None
