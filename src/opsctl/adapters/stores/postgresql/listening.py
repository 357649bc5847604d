"""Hearing of every commit to a store, on a connection of its own that is made anew where it is lost."""

import threading
from collections.abc import Callable

import psycopg

from opsctl.adapters.stores.postgresql.link import Link
from opsctl.adapters.stores.postgresql.session import CHANNEL
from opsctl.core.errors import OpsctlError

_BREATH_SECONDS = 0.2
_AGAIN_SECONDS = 0.5


class Listening:
    """A thread that listens from the first question on. `make` makes a connection."""

    def __init__(self, make: Callable[[], Link]) -> None:
        self._make = make
        self._mutex = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_over = threading.Event()
        self._count = 0

    def heard(self) -> int:
        """Another number once somebody may have written. What was missed while nobody listened counts as heard."""
        with self._mutex:
            if self._thread is None and not self._is_over.is_set():
                self._thread = threading.Thread(target=self._listen, name="listening", daemon=True)
                self._thread.start()
        return self._count

    def close(self) -> None:
        """Listen no more."""
        self._is_over.set()
        if self._thread is not None:
            self._thread.join()

    def _listen(self) -> None:
        while not self._is_over.is_set():
            try:
                self._listen_on(self._make())
            except (psycopg.Error, OpsctlError):
                # Whoever looks at the store is told what ails it.
                self._count += 1
                self._is_over.wait(_AGAIN_SECONDS)

    def _listen_on(self, link: Link) -> None:
        try:
            link.execute(f"LISTEN {CHANNEL}")
            self._count += 1
            while not self._is_over.is_set():
                for _ in link.psycopg.notifies(timeout=_BREATH_SECONDS, stop_after=1):
                    self._count += 1
        finally:
            link.close()
