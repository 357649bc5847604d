"""The relay and the chat: whether what is said in chat is heard, proven by a round trip through the relay."""

from contextlib import suppress

from opsctl import wiring
from opsctl.chat.unanswered import unanswered
from opsctl.core.errors import StoreUnusable, Unreachable
from opsctl.core.post import Post
from opsctl.core.published_site import PublishedSite
from opsctl.core.room import OPSCTL
from opsctl.core.setup_facts import Examined
from opsctl.core.store import Store, Transaction
from opsctl.doctor.findings import care, down, well

WORKS = "The terminal does everything by itself."


def relay(opened: Store, address: str, as_handle: str) -> Examined:
    """Whether one is at work, and hears; what waits for it, as who looks sees it."""
    text = opened.published()
    site = PublishedSite.from_text(text) if text else None
    person = wiring.caller_of(opened, site, as_handle).handle
    waiting = unanswered(opened, site, person) if site else None
    unheard = [waiting.told(f"{waiting.since:%Y-%m-%d %H:%M} UTC")] if waiting else []
    meanwhile = f"   Until then, in a terminal: {waiting.do}" if waiting else ""
    try:
        is_ready, told = wiring.readiness(address)
    except Unreachable as error:
        found = " ".join((error.happened, *unheard))
        return (down if unheard else care)("relay", found, WORKS, f"Start it: opsctl relay{meanwhile}")
    took = told.get("round_trip_seconds")
    if is_ready and took is not None and not unheard:
        found = f"hears at {address}; a message came through in {took * 1000:.0f} ms"
        connections = told.get("slack_connections", 0)
        return _crowded(found, connections) if connections > 1 else well("relay", found)
    wrong = [f"{part}: {state}." for part, state in told.items() if isinstance(state, str) and state != "ok"]
    found = " ".join((f"It runs at {address}, and does not hear.", *wrong, *unheard))
    return down("relay", found, WORKS, f"End it, then start it anew: opsctl relay{meanwhile}")


def _crowded(found: str, connections: int) -> Examined:
    """Slack brings each message to any one of them, so dead ones swallow a part of what is said."""
    return care(
        "relay",
        f"{found}. Slack holds {connections} connections of this app.",
        "Where as many relays are at work, all is well.",
        "More connections than relays are dead ones that get a part of what is said: docs/slack.md, Ghosts.",
    )


class _UndoneError(Exception):
    """Ends a transaction whose work is not meant to stay."""


def chat(opened: Store) -> Examined:
    """Whether the team's chat takes what it is told: tried, and undone."""

    def tried(tx: Transaction) -> None:
        tx.room.post("#doctor", OPSCTL, Post("A trial."))
        raise _UndoneError

    try:
        with suppress(_UndoneError):
            opened.write(tried)
    except StoreUnusable as error:
        return down(
            "chat",
            f"The room can't be written: {error.happened}",
            "Changes are made and recorded all the same; what the team is told waits, and goes out in order.",
            error.do,
        )
    return well("chat", "the room, in the store itself, takes what it is told")
