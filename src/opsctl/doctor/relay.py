"""The relay and the chat: whether what is said in chat is heard, proven by a round trip through the relay."""

from opsctl import wiring
from opsctl.chat.unanswered import unanswered
from opsctl.core.errors import Unreachable
from opsctl.core.setup_facts import Examined
from opsctl.core.site import PublishedSite
from opsctl.core.store import Store
from opsctl.doctor.findings import care, down, well

WORKS = "The terminal does everything by itself."
START = "Start it anew: opsctl relay"


def relay(opened: Store, address: str, as_handle: str) -> Examined:
    """Whether one is at work, and hears; what waits for it, as who looks sees it."""
    text = opened.published()
    site = PublishedSite.from_text(text) if text else None
    person = wiring.caller_of(opened, site, as_handle).handle
    waiting = unanswered(opened, site, person) if site else None
    unheard = [waiting.told(f"{waiting.since:%Y-%m-%d %H:%M} UTC")] if waiting else []
    do = f"{START}   Until then, in a terminal: {waiting.do}" if waiting else START
    try:
        is_ready, told = wiring.readiness(address)
    except Unreachable as error:
        found = " ".join((error.happened, *unheard))
        return (down if unheard else care)("relay", found, WORKS, do)
    took = told.get("round_trip_seconds")
    if is_ready and took is not None and not unheard:
        return well("relay", f"hears at {address}; a message came through in {took * 1000:.0f} ms")
    wrong = [f"{part}: {state}." for part, state in told.items() if isinstance(state, str) and state != "ok"]
    return down("relay", " ".join((f"It runs at {address}, and does not hear.", *wrong, *unheard)), WORKS, do)


def chat(opened: Store) -> Examined:
    """Whether the team's chat can be reached."""
    channels = opened.room.channels()
    return well("chat", f"the room, with {len(channels)} channels, in the store itself")
