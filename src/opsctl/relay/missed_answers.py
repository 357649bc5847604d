"""Answers that a chat platform never brought: given while no relay ran, or lost on their way."""

import time
from dataclasses import dataclass, field

from opsctl.chat.ballot_box import BallotBox
from opsctl.core.context import Context

EVERY_SECONDS = 30.0
"""How often a request is looked at that waits. What comes by itself comes at once; this is for what does not."""


@dataclass(slots=True)
class MissedAnswers:
    """Looks at what stands below requests for approval, the first time as soon as they are met."""

    context: Context
    _box: BallotBox | None = None
    _looked: dict[str, float] = field(default_factory=dict)

    def look(self, operation: str) -> None:
        """Count what stands there now, where it is time to. Raises what the platform raises, and StoreUnusable."""
        if self.context.platform is None or time.monotonic() < self._looked.get(operation, 0.0) + EVERY_SECONDS:
            return
        if self._box is None:
            self._box = BallotBox(self.context, self.context.platform())
        if self._box.look(operation):
            self._looked[operation] = time.monotonic()
