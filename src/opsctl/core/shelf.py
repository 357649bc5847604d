"""What a site is handed in to, and published from."""

from typing import Protocol


class Shelf(Protocol):
    """Where sites are handed in, and published from."""

    def document(self, digest: str) -> str | None:
        """The canonical text of a site that was handed in, by its SHA-256."""
        ...

    def published(self) -> str | None:
        """The canonical text that is published now."""
        ...

    def publish(self, text: str, operation: str) -> None:
        """Make this canonical text the published site, journalled under that operation."""
        ...
