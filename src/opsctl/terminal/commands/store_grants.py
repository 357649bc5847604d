"""`store grants`: the rights that the application's role needs in a database."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from opsctl.core.events import Event
from opsctl.core.facts import HelpText
from opsctl.terminal.own import OwnCommand, Terminal


@dataclass(frozen=True, slots=True)
class StoreGrants(OwnCommand):
    """Print the SQL that gives a database role its rights: it can read and append, never rewrite."""

    name = "store grants"
    examples = ("store grants opsctl_app", "store grants opsctl_app --schema ops")

    role: Annotated[str, typer.Argument(metavar="ROLE", help="The role that people and relays connect as.")]
    schema: Annotated[str, typer.Option(help="The schema of the tables.")] = "public"

    def run(self, terminal: Terminal) -> Iterator[Event]:  # noqa: ARG002  # the same for everybody
        """For the tables' owner to run."""
        from opsctl.wiring.setting_up import store_grants

        yield HelpText(store_grants(self.role, self.schema))
