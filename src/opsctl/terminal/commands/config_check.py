"""`config check`: everything that is wrong, at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from opsctl.core.command import Names
from opsctl.core.events import Event
from opsctl.core.facts import HelpText
from opsctl.terminal.commands.site_file import read_site_file
from opsctl.terminal.own import OwnCommand, Terminal


@dataclass(frozen=True, slots=True)
class ConfigCheck(OwnCommand):
    """Tell everything that is wrong in the settings, at once."""

    name = "config check"
    examples = ("config check", "config check --site site.toml")

    site: Annotated[
        Path | None, typer.Option("--site", metavar="FILE", help="Check this site file too."), Names.FILE
    ] = None

    def run(self, terminal: Terminal) -> Iterator[Event]:
        """What was found right."""
        from opsctl import wiring

        settings = wiring.settings_of(terminal.environment, terminal.options.config)
        yield HelpText(f"{settings.file}: right")
        if self.site is not None:
            read_site_file(self.site, settings.site)
            yield HelpText(f"{self.site}: right")
