"""What a surface of the terminal can do with events; text for people, JSON lines for programs."""

from typing import TYPE_CHECKING, Protocol

from opsctl.core.errors import OpsctlError

if TYPE_CHECKING:
    from opsctl.core.events import Event


class Display(Protocol):
    """Draws one stream of events, and the error that ended it, if one did."""

    def show(self, event: "Event") -> None:
        """Draw an event as it happens."""
        ...

    def fail(self, error: OpsctlError) -> None:
        """Draw the error that ended the stream."""
        ...

    def close(self) -> None:
        """Take down what moves, and hand everything on; more may be shown after it."""
        ...
