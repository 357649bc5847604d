"""`site diff`: what publishing a site file would change, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from opsctl.core.command import Names
from opsctl.core.difference import difference
from opsctl.core.events import Event
from opsctl.core.published_site import PublishedSite
from opsctl.core.setup_facts import SiteDifference
from opsctl.terminal.commands.site_file import read_site_file
from opsctl.terminal.own import OwnCommand, Terminal


@dataclass(frozen=True, slots=True)
class SiteDiff(OwnCommand):
    """Show what publishing a site file would change, in words."""

    name = "site diff"
    examples = ("site diff site.toml",)

    file: Annotated[Path, typer.Argument(metavar="FILE", help="The site file."), Names.FILE]

    def run(self, terminal: Terminal) -> Iterator[Event]:
        """One line a difference."""
        from opsctl import wiring

        store = wiring.open_store(wiring.settings_of(terminal.environment, terminal.options.config))
        try:
            new = read_site_file(self.file, store.site_id)
            text = store.published()
        finally:
            store.close()
        old = PublishedSite.from_text(text) if text else None
        yield SiteDifference(difference(old, new))
