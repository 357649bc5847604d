"""The room of the site that the settings name, and who looks at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.core.errors import Denied, UsageError
from opsctl.core.nearest import did_you_mean
from opsctl.terminal.own import Terminal

if TYPE_CHECKING:
    from opsctl.core.identity import Caller
    from opsctl.core.store import Store

ChannelName = Annotated[str, typer.Option("--channel", metavar="CHANNEL", help="Without its #; else the site's own.")]


@dataclass(frozen=True, slots=True)
class Visit:
    """A look into the room: the store it lives in, who looks, and the names of its channels, the site's first."""

    store: "Store"
    caller: "Caller"
    channels: tuple[str, ...]

    @property
    def person(self) -> str:
        """The handle of who looks. Raises Denied for a user whom the site does not know."""
        if self.caller.person is None:
            raise Denied(
                f"The site does not know you ({self.caller.user}).",
                means="You may read the room, but not speak in it. Nothing was posted.",
                do="Ask a lead to add you to people in the site file and to publish it.",
                reason="unknown_person",
            )
        return self.caller.handle

    def channel(self, name: str) -> str:
        """The channel of that name, with or without its "#"; the site's for none. Raises UsageError."""
        wanted = f"#{name.removeprefix('#')}" if name else self.channels[0]
        if wanted in self.channels:
            return wanted
        raise UsageError(
            f"There is no channel {wanted} in the room.",
            means="Nothing was done.",
            do=did_you_mean(wanted, self.channels),
            reason="unknown_channel",
        )


@contextmanager
def visiting(terminal: Terminal) -> Iterator[Visit]:
    """While the room is looked at. Raises UsageError where there are no settings or no site yet."""
    from opsctl import wiring
    from opsctl.core.context import nothing_published
    from opsctl.core.published_site import PublishedSite
    from opsctl.core.room import channel_names

    settings = wiring.settings_of(terminal.environment, terminal.options.config)
    store = wiring.open_store(settings)
    try:
        text = store.published()
        if text is None:
            raise nothing_published()
        site = PublishedSite.from_text(text)
        caller = wiring.caller_of(store, site, terminal.options.as_handle)
        yield Visit(store, caller, tuple(channel_names(site, store.room.channels())))
    finally:
        store.close()
