"""`config check`: everything that is wrong, at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from opsctl.core.command import Names
from opsctl.core.errors import UsageError
from opsctl.core.events import Event
from opsctl.terminal.commands.site_file import grammar_words
from opsctl.terminal.own import OwnCommand, Terminal


@dataclass(frozen=True, slots=True)
class ConfigCheck(OwnCommand):
    """Tell everything that is wrong in what is set, at once."""

    name = "config check"
    is_proof = True
    examples = ("config check", "config check --site site.toml")

    site: Annotated[
        Path | None,
        typer.Option("--site", metavar="FILE", help="The site file, if not site.toml beside the settings."),
        Names.FILE,
    ] = None

    def run(self, terminal: Terminal) -> Iterator[Event]:
        """Each part with what is wrong in it. Raises UsageError where anything is."""
        from opsctl.wiring import setting_up

        count = 0
        for part in setting_up.check(terminal.environment, terminal.options.config, self.site, grammar_words()):
            count += len(part.mistakes)
            yield part
        if count:
            raise UsageError(
                "There is 1 mistake." if count == 1 else f"There are {count} mistakes.",
                do="Correct what is listed above, then check again: opsctl config check",
                reason="settings",
            )
