"""An answer that is given again and again where nothing moves: one below the other, only where it changed."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, TextIO

from opsctl.core.errors import OpsctlError
from opsctl.core.facts import Note
from opsctl.core.status_facts import StatusPage
from opsctl.terminal.answers import moment
from opsctl.terminal.display import Display
from opsctl.terminal.ink import Ink, Tone
from opsctl.terminal.streams import see_that_somebody_reads

if TYPE_CHECKING:
    from opsctl.core.events import Event
    from opsctl.core.ports import Measured
    from opsctl.core.status_facts import StatusRow


class Changes:
    """Shows an answer only where it says something that the last one did not; under the time, where `times` is.

    Ends, with BrokenPipeError, once nobody reads `stream` any more.
    """

    def __init__(self, display: Display, stream: TextIO, times: Ink | None = None) -> None:
        self._display = display
        self._stream = stream
        self._times = times
        self._said: list[object] = []

    def show(self, event: "Event") -> None:
        """Show it, where it is news."""
        said = _without_latency(event)
        if said in self._said:
            see_that_somebody_reads(self._stream)
            return
        # Notes are said once; of answers, only the last counts.
        self._said = [one for one in self._said if isinstance(one, Note) or isinstance(event, Note)]
        self._said.append(said)
        if self._times and not isinstance(event, Note):
            self._times.line((Tone.QUIET, moment(datetime.now().astimezone())))
        self._display.show(event)

    def fail(self, error: OpsctlError) -> None:
        """As the display does."""
        self._display.fail(error)

    def close(self) -> None:
        """As the display does."""
        self._display.close()


def _without_latency(event: "Event") -> "Event":
    """An answer without what is another at every look."""
    if isinstance(event, StatusPage):
        return replace(event, rows=tuple(replace(row, latency_ms=None, measured=_alerts(row)) for row in event.rows))
    return event


def _alerts(row: "StatusRow") -> "Measured | None":
    """What is measured of it, without the figures."""
    return replace(row.measured, rate=None, errors=None, p95_ms=None) if row.measured else None
