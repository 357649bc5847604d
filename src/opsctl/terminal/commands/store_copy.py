"""`store copy`: a site moves to another store."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from opsctl.core.events import Event
from opsctl.terminal.own import OwnCommand, Terminal


@dataclass(frozen=True, slots=True)
class StoreCopy(OwnCommand):
    """Move the site to a database: copies and verifies everything, seals the source."""

    name = "store copy"
    examples = ("store copy sqlite:opsctl.db postgresql://opsctl@db.example.com/opsctl",)

    source: Annotated[str, typer.Argument(metavar="SOURCE", help="sqlite:FILE")]
    target: Annotated[str, typer.Argument(metavar="TARGET", help="postgresql://USER@HOST/DATABASE, which is empty.")]

    def run(self, terminal: Terminal) -> Iterator[Event]:  # noqa: ARG002  # both stores are named
        """What was copied. Nobody can write meanwhile."""
        from opsctl.wiring.moving import copy_store

        yield copy_store(self.source, self.target)
