"""`doctor`: how every part is, what works all the same, what to do."""

from collections.abc import Iterator
from dataclasses import dataclass

from opsctl.core.errors import OpsctlError, StoreUnusable, Unreachable
from opsctl.core.events import Event
from opsctl.core.setup_facts import Condition
from opsctl.terminal.own import OwnCommand, Terminal

RECORDING = ("store", "journal")
"""The parts without which nothing can be recorded, or relied on."""


@dataclass(frozen=True, slots=True)
class Doctor(OwnCommand):
    """Look at every part: what is down, what still works, what to do."""

    name = "doctor"
    examples = ("doctor",)

    def run(self, terminal: Terminal) -> Iterator[Event]:
        """Each part. Raises StoreUnusable where the journal does not hold, Unreachable where another part is down."""
        from opsctl.doctor.examination import examine

        down = []
        for found in examine(terminal.environment, terminal.options.config):
            yield found
            if found.condition is Condition.DOWN:
                down.append(found.part)
        if down:
            raise _verdict(down)


def _verdict(down: list[str]) -> OpsctlError:
    kind = StoreUnusable if any(part in RECORDING for part in down) else Unreachable
    return kind(
        f"Down: {', '.join(down)}.",
        do="Do what stands beside each, then look again: opsctl doctor   When at a loss: docs/fallback.md",
    )
