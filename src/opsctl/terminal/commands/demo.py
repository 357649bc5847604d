"""`demo`: a playground of real processes, and a tour through it."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from shutil import which
from typing import Annotated

import typer

from opsctl.core.command import Names
from opsctl.core.events import Event
from opsctl.core.facts import HelpText
from opsctl.terminal.ink import Ink, colour_in
from opsctl.terminal.own import OwnCommand, Terminal

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
        from opsctl.playground.folder import SITE, Playground, make
        from opsctl.playground.tour import ALICE, BOB, Tour
        from opsctl.wiring import setting_up

        playground = Playground(self.folder.absolute())
        # A program that reads the answer is told no tales in between.
        stage = sys.stderr if terminal.options.output == "json" else sys.stdout
        tour = Tour(playground, stage, is_coloured=Ink(stage, colour_in(terminal.environment)).is_coloured)
        if playground.is_made:
            tour.say(f"Going on in {playground.folder}…")
        else:
            tour.say(f"Making a playground in {playground.folder}: three services in three environments…")
            make(playground)
        setting_up.create_store(playground.store, SITE, is_demo=True).close()
        tour.prepare()
        tour.revive()
        tour.open_room()
        if not self.no_tour:
            tour.play()
        links = {person: tour.link(person) for person in (ALICE, BOB)}
        yield HelpText(_how_to_go_on(playground.folder, playground.config, links))


def _how_to_go_on(folder: Path, config: Path, links: Mapping[str, str]) -> str:
    return "\n".join(
        (
            "",
            "The room, in a browser; each link works once, for two minutes (a new one: opsctl room open):",
            *(f"  {person}  {link}" for person, link in links.items()),
            "Go on by hand:",
            *_own_path(),
            f"  export OPSCTL_CONFIG={quote(str(config))}",
            "  opsctl status",
            "  opsctl deploy payment-service v2.4.1 production     # you are @alice; then, as the lead:",
            "  opsctl approvals --as @bob",
            "Stop it:",
            f"  opsctl demo stop --folder {quote(str(folder))}",
        )
    )


def _own_path() -> tuple[str, ...]:
    """How to make `opsctl` mean this one, where the shell would not find it."""
    here = Path(sys.executable).parent
    found = which("opsctl")
    return () if found and Path(found).resolve().parent == here else (f"  export PATH={quote(str(here))}:$PATH",)
