"""`demo`: a playground of real processes, and a tour through it."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from opsctl.core.events import Event
from opsctl.core.facts import HelpText
from opsctl.terminal.own import OwnCommand, Terminal

PlaygroundFolder = Annotated[Path, typer.Option("--folder", metavar="DIR", help="Where the playground is.")]
DEFAULT_FOLDER = Path("playground")


@dataclass(frozen=True, slots=True)
class Demo(OwnCommand):
    """Make a playground of real services and take a tour of it; needs no account."""

    name = "demo"
    examples = ("demo", "demo --folder DIR --no-tour")

    folder: PlaygroundFolder = DEFAULT_FOLDER
    no_tour: Annotated[bool, typer.Option("--no-tour", help="Only make the playground.")] = False

    def run(self, terminal: Terminal) -> Iterator[Event]:  # noqa: ARG002  # it brings its own settings
        """The tour, then how to go on and how to stop."""
        from opsctl import wiring
        from opsctl.playground.folder import SITE, Playground, make
        from opsctl.playground.tour import Tour

        playground = Playground(self.folder.absolute())
        tour = Tour(playground, sys.stdout)
        if playground.is_made:
            tour.say(f"Going on in {playground.folder}…")
        else:
            tour.say(f"Making a playground in {playground.folder}: three services in three environments…")
            make(playground)
        wiring.create_store(playground.store, SITE, is_demo=True).close()
        tour.prepare()
        tour.revive()
        if not self.no_tour:
            tour.play()
        yield HelpText(
            f"\nGo on by hand:\n  export OPSCTL_CONFIG={_quoted(playground.config)}\n  opsctl status\n"
            f"  opsctl deploy payment-service v2.4.1 production     # you are @alice; then, as the lead:\n"
            f"  opsctl approvals --as @bob\n"
            f"Stop it:\n  opsctl demo stop --folder {_quoted(playground.folder)}"
        )


def _quoted(path: Path) -> str:
    import shlex

    return shlex.quote(str(path))
