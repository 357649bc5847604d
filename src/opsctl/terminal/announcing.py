"""Telling the team what is done in this terminal: while it is done, and one line about it at the end."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from opsctl import wiring
from opsctl.core.command import Change
from opsctl.core.context import Context
from opsctl.core.courier import Courier
from opsctl.core.errors import StoreUnusable
from opsctl.core.outbox import CHAT
from opsctl.core.request import Request
from opsctl.terminal.display import Display
from opsctl.terminal.listening import listening

OTHERS_SECONDS = 2.0
"""How long a relay that has the duty is waited for."""


@contextmanager
def announced(context: Context, request: Request, display: Display) -> Iterator[None]:
    """While this lasts, what happens is told to the team; then the person is told what the channel saw."""
    operation = request.id if isinstance(request.command, Change) else getattr(request.command, "operation", "")
    try:
        with Courier(context, lambda: wiring.takers_of(context)), listening(context, operation):
            yield
    finally:
        _tell(context, operation, display)


def _tell(context: Context, operation: str, display: Display) -> None:
    from opsctl.core.facts import ChannelTold  # all this is told at the end, and loaded then
    from opsctl.core.incident_facts import IncidentTold
    from opsctl.core.incident_report import report_from

    try:
        row = context.store.operation(operation)
        if row is None:
            return
        give_up_at = time.monotonic() + OTHERS_SECONDS
        while (waiting := context.store.outbox(operation)) and not all(item.trouble for item in waiting):
            if time.monotonic() > give_up_at:
                break
            time.sleep(0.05)
        report = report_from(context.store, operation)
        untold = [item for item in waiting if item.target == CHAT]
        # What was not tried yet waits for what was asked for before it.
        held_up = [item for item in (*untold, *context.store.outbox()) if item.target == CHAT] if untold else []
    except StoreUnusable:
        return  # whoever meets it first tells it
    if report is not None:
        display.show(IncidentTold(report))
    trouble = next((item.trouble for item in held_up if item.trouble), "")
    display.show(ChannelTold(row.channel, not untold, trouble))
