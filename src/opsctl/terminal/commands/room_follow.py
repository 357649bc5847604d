"""`room follow`: what is said in the embedded chat, as it is said."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from opsctl.core.events import Event
from opsctl.core.room_facts import RoomMessages
from opsctl.terminal.commands.room_of_site import ChannelName, visiting
from opsctl.terminal.own import OwnCommand, Terminal

LOOK_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class RoomFollow(OwnCommand):
    """Show what is said in the room as it is said, until Ctrl-C."""

    name = "room follow"
    examples = ("room follow", "room follow --channel deployments")

    channel: ChannelName = ""

    def run(self, terminal: Terminal) -> Iterator[Event]:
        """Every message that comes or changes, in all channels unless one is named."""
        with visiting(terminal) as visit:
            only = visit.channel(self.channel) if self.channel else ""
            room, after = visit.store.room, visit.store.room.newest_change()
            while True:
                for message in room.changes(after):
                    after = message.change
                    if message.may_be_seen_by(visit.caller.handle) and only in ("", message.channel):
                        yield RoomMessages((message,), wide=not only)
                time.sleep(LOOK_SECONDS)
