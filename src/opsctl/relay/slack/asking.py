"""Asking for the reason as soon as somebody pressed Reject: what Slack gives to open a window ends after 3 seconds.

So it is opened once the delivery is stored, before and beside everything else;
docs.slack.dev/interactivity/handling-user-interaction
"""

import threading
from dataclasses import dataclass

from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from opsctl.core.errors import OpsctlError
from opsctl.core.platform import Directory
from opsctl.core.ports import Chat
from opsctl.core.post import Post
from opsctl.relay.log import Log
from opsctl.relay.slack.arrival import PLATFORM, Arrival, Kind
from opsctl.relay.slack.reason import Reason, rejection_in, window


@dataclass(frozen=True, slots=True)
class AskingWhy:
    """Opens the window for a pressed Reject button, and tells in private where it can't be opened."""

    client: WebClient
    people: Directory
    chat: Chat
    command: str
    log: Log

    def __call__(self, arrival: Arrival) -> None:
        """Look at what came, and ask if it is a rejection; in a thread of its own, since others wait to be heard."""
        if arrival.kind is Kind.INTERACTION:
            threading.Thread(target=self._look, args=(arrival,), name="asking", daemon=True).start()

    def _look(self, arrival: Arrival) -> None:
        try:
            found = rejection_in(arrival.payload)
            if found is not None:
                self._ask(arrival, *found)
        except Exception as error:  # noqa: BLE001  # a thread's outermost function
            self.log.error("asking for a reason failed", error, delivery=arrival.id)

    def _ask(self, arrival: Arrival, trigger: str, asked: Reason) -> None:
        try:
            self.client.views_open(trigger_id=trigger, view=window(asked))
        except (SlackClientError, OSError) as error:
            self.log.warning("a window did not open", platform=PLATFORM, delivery=arrival.id, why=str(error))
            self._tell(arrival, asked)

    def _tell(self, arrival: Arrival, asked: Reason) -> None:
        user = arrival.payload["user"]
        text = (
            "⚠️ Slack did not open the window that asks for a reason. Nothing was done.\n"
            f'Press Reject again, or type: {self.command} reject {asked.operation} "why"'
        )
        try:
            caller = self.people.caller(user["id"], user.get("team_id") or arrival.payload["team"]["id"], asked.channel)
            self.chat.tell(caller.channel, caller.handle, Post(text), key=f"{arrival.id}/window")
        except OpsctlError as error:
            self.log.warning("not told", delivery=arrival.id, why=error.happened)
