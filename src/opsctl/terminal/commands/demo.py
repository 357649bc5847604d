"""`demo`: a playground of real processes, and a tour through it."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.core.command import Names
from opsctl.core.errors import Abandoned
from opsctl.core.events import Event
from opsctl.core.setup_facts import PlaygroundRuns
from opsctl.terminal.ink import Ink, colour_in
from opsctl.terminal.own import OwnCommand, Terminal

if TYPE_CHECKING:
    from opsctl.playground.folder import Playground

PlaygroundFolder = Annotated[
    Path, typer.Option("--folder", metavar="DIR", help="Where the playground is."), Names.FOLDER
]
DEFAULT_FOLDER = Path("playground")


@dataclass(frozen=True, slots=True)
class Demo(OwnCommand):
    """Make a playground of real services and take a tour of it; needs no account."""

    name = "demo"
    examples = ("demo", "demo --folder DIR --no-tour")

    folder: PlaygroundFolder = DEFAULT_FOLDER
    no_tour: Annotated[bool, typer.Option("--no-tour", help="Only make the playground.")] = False

    def run(self, terminal: Terminal) -> Iterator[Event]:
        """The tour, then how to go on and how to stop."""
        from opsctl.playground.folder import SITE, Playground, make, reaching
        from opsctl.playground.tour import ALICE, BOB, Tour
        from opsctl.wiring import setting_up

        playground = Playground(self.folder.absolute())
        # A program that reads the answer is told no tales in between.
        stage = sys.stderr if terminal.options.output == "json" else sys.stdout
        tour = Tour(playground, stage, is_coloured=Ink(stage, colour_in(terminal.environment)).is_coloured)
        with reaching(playground.folder):
            if playground.is_made:
                tour.say(f"Going on in {playground.folder}…")
            else:
                tour.say(f"Making a playground in {playground.folder}: three services in three environments…")
                make(playground)
        setting_up.create_store(playground.store, SITE, is_demo=True).close()
        try:
            tour.prepare()
            tour.revive()
            tour.open_room()
            if not self.no_tour:
                tour.play()
        except KeyboardInterrupt:
            raise _left(playground) from None
        links = tuple((person, tour.link(person)) for person in (ALICE, BOB))
        yield PlaygroundRuns(str(playground.folder), str(playground.config), links)


def _left(playground: "Playground") -> Abandoned:
    return Abandoned(
        "You left before it was over.",
        means=f"The playground goes on running: export OPSCTL_CONFIG={quote(str(playground.config))}",
        do=f"Stop it: opsctl demo stop --folder {quote(str(playground.folder))}",
    )
