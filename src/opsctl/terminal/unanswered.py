"""A relay that is away or deaf is noticed by whoever uses a terminal: what was said in chat waits."""

from contextlib import suppress
from datetime import datetime

from opsctl.chat.unanswered import unanswered
from opsctl.core.context import Context, utc_now
from opsctl.core.facts import Note
from opsctl.terminal.display import Display
from opsctl.terminal.streams import OutputLostError, unheard
from opsctl.terminal.text import clock


def tell_what_waits(context: Context, as_handle: str, display: Display) -> None:
    """Say that something waits, where it does, and what to type here. Raises StoreUnusable, UsageError."""
    found = unanswered(context.store, context.published(), context.executed_by)
    if found is None:
        return
    who = f" --as {as_handle}" if as_handle else ""
    do = f"Do it here: {found.do}{who}" if found.is_own else f"See what was asked for: {found.do}"
    note = Note(found.told(_since(found.since)), "A terminal needs no relay.", f"{do}   What is wrong: opsctl doctor")
    with suppress(OutputLostError), unheard():
        display.show(note)


def _since(moment: datetime) -> str:
    local = moment.astimezone()
    return clock(moment) if local.date() == utc_now().astimezone().date() else f"{local:%Y-%m-%d} {clock(moment)}"
