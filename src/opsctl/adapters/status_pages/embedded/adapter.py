"""The status page as files: written whole, one by one, each in one step."""

from dataclasses import dataclass
from pathlib import Path

from opsctl.adapters.files import replace
from opsctl.adapters.status_pages.embedded.content import files_of
from opsctl.core.public import PublicPage


@dataclass(frozen=True, slots=True)
class StatusFiles:
    """A folder that a browser or any web server can show: `index.html`, `feed.atom`, and the JSON below `api/v2`."""

    folder: Path

    def publish(self, page: PublicPage, changed: str) -> None:  # noqa: ARG002  # all of it is written
        """Write every file whose content is another one."""
        for name, content in files_of(page).items():
            replace(self.folder / name, content)
