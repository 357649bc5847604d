"""Whether the relay is in order, proven by a round trip: a delivery that goes in has to come out again.

A relay that is alive and deaf answers every other question well.
"""

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from opsctl.core.context import Context
from opsctl.core.delivery import PROBE
from opsctl.core.errors import StoreUnusable

ROUND_TRIP_SECONDS = 3.0
VALID_SECONDS = 2.0
"""How long a finding is good for, so that whoever asks often does not write as often."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found: for each part "ok" or what is wrong, and how long the round trip took, None where none came.

    `counts` are numbers that a person should know of, and that nothing is wrong with by themselves.
    """

    parts: dict[str, str]
    round_trip_seconds: float | None
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        """Whether every part is in order."""
        return all(state == "ok" for state in self.parts.values())


class Probe:
    """Looks when it is asked; any number of threads may ask."""

    def __init__(self, context: Context, wake: Callable[[], None] = lambda: None) -> None:
        self._context = context
        self.wake = wake
        self.round_trip_seconds = ROUND_TRIP_SECONDS
        self.valid_seconds = VALID_SECONDS
        self.workers: dict[str, Callable[[], bool]] = {}
        self.outside: dict[str, Callable[[], str]] = {}
        """What connects it with others: each says "ok", or what is wrong."""
        self.counted: dict[str, Callable[[], int]] = {}
        self._mutex = threading.Lock()
        self._waited_for: dict[str, threading.Event] = {}
        self._newest: tuple[float, Finding] | None = None

    def came_through(self, id: str) -> None:  # noqa: A002  # the delivery's
        """That probe was taken and dealt with."""
        if event := self._waited_for.get(id):
            event.set()

    def finding(self) -> Finding:
        """How things stand, at most some seconds old."""
        with self._mutex:
            if self._newest is None or time.monotonic() - self._newest[0] > self.valid_seconds:
                self._newest = time.monotonic(), self._look()
            return self._newest[1]

    def _look(self) -> Finding:
        parts = {name: "ok" if is_alive() else "not at work" for name, is_alive in self.workers.items()}
        parts |= {name: state() for name, state in self.outside.items()}
        counts = {name: count() for name, count in self.counted.items()}
        began, id_ = time.monotonic(), uuid.uuid4().hex
        came = self._waited_for[id_] = threading.Event()
        try:
            self._context.store.write(lambda tx: tx.deliveries.receive(PROBE, id_, self._context.holder))
            parts["store"] = "ok"
            self.wake()
            has_come = came.wait(self.round_trip_seconds)
            parts["deliveries"] = "ok" if has_come else f"a probe was not taken within {self.round_trip_seconds:g} s"
        except StoreUnusable as error:
            parts["store"] = error.reason
            has_come = False
        finally:
            del self._waited_for[id_]
        return Finding(parts, round(time.monotonic() - began, 4) if has_come else None, counts)
