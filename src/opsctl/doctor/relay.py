"""The relay and the chat: whether what is said in chat is heard, proven by a round trip through the relay."""

from datetime import timedelta

from opsctl import wiring
from opsctl.core.context import utc_now
from opsctl.core.errors import Unreachable
from opsctl.core.setup_facts import Examined
from opsctl.core.store import Store
from opsctl.doctor.findings import care, down, well

WORKS = "The terminal does everything by itself."
UNHEARD = timedelta(seconds=20)
"""After that long, what came and was not taken shows that nobody hears."""


def relay(opened: Store, address: str) -> Examined:
    """Whether one is at work, and hears."""
    unheard = [one for one in opened.deliveries.open() if utc_now() - one.at > UNHEARD]
    try:
        is_ready, told = wiring.readiness(address)
    except Unreachable:
        return _away(address, len(unheard))
    if not is_ready or unheard:
        wrong = ", ".join(f"{name}: {state}" for name, state in told.items() if state not in ("ok", False, None))
        return down(
            "relay",
            f"It runs at {address}, and does not hear: {wrong or f'{len(unheard)} messages wait'}.",
            WORKS,
            "Start it anew (opsctl relay); until then type in a terminal what was asked for in chat: opsctl room",
        )
    return well("relay", f"hears at {address}; a message came through in {told['round_trip_seconds'] * 1000:.0f} ms")


def _away(address: str, unheard: int) -> Examined:
    if unheard:
        return down(
            "relay",
            f"No relay answers at {address}, and {unheard} messages in chat wait for one.",
            WORKS,
            "Start it: opsctl relay   Or type in a terminal what was asked for: opsctl room",
        )
    return care("relay", f"No relay answers at {address}.", WORKS, "For commands in chat, start it: opsctl relay")


def chat(opened: Store) -> Examined:
    """Whether the team's chat can be reached."""
    channels = opened.room.channels()
    return well("chat", f"the room, with {len(channels)} channels, in the store itself")
