"""`room post`: say something in the embedded chat, commands included."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from opsctl.core.chat_text import check_text
from opsctl.core.errors import UsageError
from opsctl.core.events import Event
from opsctl.core.room_facts import RoomMessages
from opsctl.core.talking import say
from opsctl.terminal.commands.room_of_site import ChannelName, visiting
from opsctl.terminal.own import OwnCommand, Terminal


@dataclass(frozen=True, slots=True)
class RoomPost(OwnCommand):
    """Say something in the room; a line that begins with / is a command, for the relay to carry out."""

    name = "room post"
    examples = ('room post "Looking into it" --channel deployments', 'room post "/status order-service"')

    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to say.")]
    channel: ChannelName = ""

    def run(self, terminal: Terminal) -> Iterator[Event]:
        """The message as it stands in the room."""
        check_text(self.text)
        if not self.text.strip():
            raise UsageError(
                "There is nothing to say.", means="Nothing was posted.", do='Try: opsctl room post "Hello"'
            )
        with visiting(terminal) as visit:
            deed = say(visit.person, visit.channel(self.channel), self.text.strip(), secrets.token_hex(8))
            message = visit.store.room.message(visit.store.write(deed))
            yield RoomMessages((message,) if message else ())
