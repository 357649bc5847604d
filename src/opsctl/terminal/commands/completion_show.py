"""`completion show`: the script of a shell, for those who put it in its place themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from opsctl.core.events import Event
from opsctl.core.facts import HelpText
from opsctl.terminal.completion.script import Shell, script
from opsctl.terminal.own import OwnCommand, Terminal


@dataclass(frozen=True, slots=True)
class CompletionShow(OwnCommand):
    """Print the completion script of a shell."""

    name = "completion show"
    examples = ("completion show bash",)

    shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh or fish.")]

    def run(self, terminal: Terminal) -> Iterator[Event]:  # noqa: ARG002  # the same for everybody
        """Ready to be sourced, or put into a file."""
        yield HelpText(script(self.shell))
