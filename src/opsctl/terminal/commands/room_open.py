"""`room open`: a link to the room's page, for one's own person alone."""

from collections.abc import Iterator
from dataclasses import dataclass

from opsctl.core.events import Event
from opsctl.core.room_facts import RoomLink
from opsctl.core.signing_in import KEY_SECONDS, new_key
from opsctl.terminal.commands.room_of_site import visiting
from opsctl.terminal.own import OwnCommand, Terminal


@dataclass(frozen=True, slots=True)
class RoomOpen(OwnCommand):
    """Print a link that opens the room's page as you; it works once, for two minutes."""

    name = "room open"
    examples = ("room open",)

    def run(self, terminal: Terminal) -> Iterator[Event]:
        """The link."""
        from opsctl import wiring

        with visiting(terminal) as visit:
            address = wiring.relay_address(wiring.settings_of(terminal.environment, terminal.options.config))
            key = new_key(visit.store, visit.person)
            yield RoomLink(f"{address}/room/#key={key}", visit.person, round(KEY_SECONDS))
