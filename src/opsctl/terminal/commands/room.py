"""`room`: what was said in the embedded chat."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from opsctl.core.events import Event
from opsctl.core.room_facts import RoomMessages
from opsctl.terminal.commands.room_of_site import ChannelName, visiting
from opsctl.terminal.own import OwnCommand, Terminal


@dataclass(frozen=True, slots=True)
class Room(OwnCommand):
    """Show what was said in the room, the embedded chat."""

    name = "room"
    examples = ("room", "room --channel deployments --limit 50")

    channel: ChannelName = ""
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 20

    def run(self, terminal: Terminal) -> Iterator[Event]:
        """The newest messages, oldest first, each with the answers in its thread."""
        with visiting(terminal) as visit:
            channel, reader = visit.channel(self.channel), visit.caller.handle
            room = visit.store.room
            for message in room.messages(channel, reader, limit=self.limit):
                answers = room.messages(channel, reader, thread=message.id) if message.replies else []
                yield RoomMessages((message, *answers))
