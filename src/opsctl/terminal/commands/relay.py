"""`relay`: carry what is said in chat to the action core and back, until it is stopped."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated

import typer

from opsctl.core.events import Event
from opsctl.terminal.own import OwnCommand, Terminal

SERVER = "opsctl.relay.server"
"""Another surface: named here, never imported, so that the terminal depends on nothing of it."""


@dataclass(frozen=True, slots=True)
class Relay(OwnCommand):
    """Carry what is said in chat to the action core and back, and serve the room; until it is stopped."""

    name = "relay"
    examples = ("relay", "relay --listen 127.0.0.1:8719", "relay --listen unix:/run/opsctl/relay.sock")

    listen: Annotated[
        str, typer.Option(metavar="ADDRESS", help="HOST:PORT or unix:PATH; else what the settings say.")
    ] = ""

    def run(self, terminal: Terminal) -> Iterator[Event]:
        """Serve; what it does is logged on standard error. The first signal ends it gracefully, a second at once."""
        import_module(SERVER).serve(terminal.environment, terminal.options.config, self.listen)
        yield from ()
