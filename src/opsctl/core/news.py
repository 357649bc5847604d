"""Whether a store is worth another look: somebody wrote to it, or time has passed that changes what it means."""

import time

from opsctl.core.store import Store

QUIET_SECONDS = 5.0
"""After so long a look is due anyway: a deadline passes and a lease runs out without anybody writing."""


class News:
    """For one who looks again and again. What is written after a look is never missed by the next."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._heard = store.heard()
        self._due_at = time.monotonic() + QUIET_SECONDS

    def is_due(self) -> bool:
        """Whether to look now. Costs nothing, where the store tells by itself that somebody wrote."""
        heard, now = self._store.heard(), time.monotonic()
        if heard == self._heard and now < self._due_at:
            return False
        self._heard, self._due_at = heard, now + QUIET_SECONDS
        return True
