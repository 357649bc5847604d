"""Events as a person reads them: results on stdout, progress on stderr."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opsctl.core.errors import OpsctlError
from opsctl.terminal.drawers import draw
from opsctl.terminal.errors import draw_error
from opsctl.terminal.ink import Ink

if TYPE_CHECKING:
    from typing_extensions import TypeIs

    from opsctl.core.events import Event, Happening
    from opsctl.terminal.story import Story


class TextDisplay:
    """Draws events on two inks.

    An answer is drawn at once. What happens to an operation is a story with a line that moves at its foot; most
    answers tell none, so it is loaded when it begins. `is_answer` where a story is what was asked for.
    """

    def __init__(self, out: Ink, err: Ink, *, is_answer: bool = False) -> None:
        self._out = out
        self._err = err
        self._is_answer = is_answer
        self._story: Story | None = None

    def show(self, event: "Event") -> None:
        """Draw an event; what moves is redrawn below it."""
        if is_happening(event):
            self._begun().tell(event)
        else:
            with self._aside():
                draw(event, self._out, self._err)

    def fail(self, error: OpsctlError) -> None:
        """The one to three lines of the error."""
        self._stop()
        draw_error(self._err, error.happened, error.means, error.do, log_tail=getattr(error, "log_tail", ()))

    def close(self) -> None:
        """Take down the progress line, and hand everything on."""
        self._stop()
        self._out.flush()
        self._err.flush()

    def _begun(self) -> "Story":
        if self._story is None:
            from opsctl.terminal.story import Story

            self._story = Story(self._out, self._err, is_answer=self._is_answer)
        return self._story

    @contextmanager
    def _aside(self) -> Iterator[None]:
        if self._story is None:
            yield
        else:
            with self._story.aside():
                yield

    def _stop(self) -> None:
        if self._story is not None:
            self._story.stop()


def is_happening(event: "Event") -> "TypeIs[Happening]":
    """Whether it is about an operation. Asked by its module, which must not be loaded to answer that it is not."""
    return type(event).__module__ == "opsctl.core.events"
