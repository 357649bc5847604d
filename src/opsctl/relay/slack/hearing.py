"""Whether Slack is heard: watched all the time, proven by a round trip once nothing has come for a while.

A connection that is open, answers and brings nothing looks well in every other way.
"""

import threading
import time
from typing import Protocol

from slack_sdk.errors import SlackApiError, SlackClientError

from opsctl.core.errors import OpsctlError
from opsctl.doctor.slack_round_trip import RoundTrip
from opsctl.relay.log import Log
from opsctl.relay.slack.arrival import PLATFORM

QUIET_SECONDS = 300.0
"""After so long without anything from Slack it is asked for a sign."""

ATTEMPTS = 2
"""Another connection of the app may be told instead of this one: one silence proves nothing."""

AGAIN_SECONDS = 15.0
"""How soon a new connection is put to the proof; later and later while none proves good."""

LOOK_SECONDS = 0.5


class Line(Protocol):
    """A way on which Slack reaches this process."""

    def start(self) -> None:
        """Begin to hear; must not wait for Slack."""
        ...

    def stop(self) -> None:
        """Hear no more."""
        ...

    def replace(self) -> None:
        """Hear on a new connection, where there is such a thing."""
        ...

    @property
    def trouble(self) -> str:
        """What is wrong with it, as far as it can tell; empty where nothing is."""
        ...


class Hearing:
    """Watches over one line, in a thread of its own."""

    def __init__(self, line: Line, round_trip: RoundTrip, log: Log, quiet_seconds: float = QUIET_SECONDS) -> None:
        self._line = line
        self._round_trip = round_trip
        self._log = log
        self._quiet_seconds = quiet_seconds
        self._patience = quiet_seconds
        self._newest = time.monotonic()
        self._heard_at = self._newest
        self._deaf = ""
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="hearing", daemon=True)

    def start(self) -> None:
        """Begin to hear, and to watch."""
        self._line.start()
        self._thread.start()

    def stop(self) -> None:
        """Hear no more."""
        self._is_over.set()
        self._line.stop()

    def heard(self) -> None:
        """Something came. From any thread, and cheap."""
        self._newest = self._heard_at = time.monotonic()
        self._deaf = ""
        self._patience = self._quiet_seconds

    @property
    def silent_seconds(self) -> int:
        """Since when nothing has come, in whole seconds; since it began, where nothing ever did."""
        return int(time.monotonic() - self._heard_at)

    @property
    def state(self) -> str:
        """It in a word: ok; or what is wrong."""
        if not self._thread.is_alive():
            return "not at work"
        return self._line.trouble or self._deaf or "ok"

    def _watch(self) -> None:
        while not self._is_over.wait(LOOK_SECONDS):
            try:
                if not self._line.trouble and time.monotonic() - self._newest > self._patience:
                    self._prove()
            except (SlackClientError, OSError, OpsctlError) as error:
                self._newest = time.monotonic()  # what Slack refuses to take proves nothing about what it brings
                self._log.warning("a round trip could not be made", platform=PLATFORM, why=_why(error))
            except Exception as error:  # noqa: BLE001  # a thread's outermost function
                self._newest = time.monotonic()
                self._log.error("watching over Slack failed", error)

    def _prove(self) -> None:
        for _ in range(ATTEMPTS):
            began = time.monotonic()
            seconds = self._round_trip.make()
            if seconds is None:
                self._newest = time.monotonic()
                return
            if seconds != float("inf") or self._newest >= began:
                self.heard()
                self._log.info("came through", platform=PLATFORM, seconds=round(time.monotonic() - began, 3))
                return
        self._deaf = "Slack takes what it is told, and nothing that happens there arrives here"
        self._log.warning("deaf", platform=PLATFORM, why=self._deaf)
        longer = AGAIN_SECONDS if self._patience == self._quiet_seconds else self._patience * 2
        self._patience = min(longer, self._quiet_seconds)
        self._newest = time.monotonic()
        self._line.replace()


def _why(error: Exception) -> str:
    return str(error.response["error"]) if isinstance(error, SlackApiError) else str(error)


class Posted:
    """The line of HTTP: Slack posts to the relay's web server, so there is nothing to hold open."""

    trouble = ""

    def start(self) -> None:
        """Nothing to begin."""

    def stop(self) -> None:
        """Nothing to end."""

    def replace(self) -> None:
        """Nothing to replace: it is for a person to look at the addresses that Slack was given."""
