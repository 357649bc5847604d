"""`site publish` as typed in a terminal: a file is handed in, then published like anything else is changed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from opsctl.commands.site_publish import SitePublish
from opsctl.core.command import Names
from opsctl.core.published_site import PublishedSite
from opsctl.core.store import Store
from opsctl.terminal.commands.site_file import read_site_file
from opsctl.terminal.own import HandIn


@dataclass(frozen=True, slots=True)
class PublishFile(HandIn):
    """Publish a site file: what it says counts from then on."""

    name = "site publish"
    examples = ("site publish site.toml", "site publish site.toml --dry-run")

    file: Annotated[Path, typer.Argument(metavar="FILE", help="The site file."), Names.FILE]

    def hand_in(self, store: Store) -> tuple[SitePublish, PublishedSite]:
        """Put the file's content into the store; returns the change that publishes it, and the content.

        Raises UsageError with all that is wrong in the file.
        """
        site = read_site_file(self.file, store.site_id)
        return SitePublish(store.write(lambda tx: tx.keep(site.text))), site
