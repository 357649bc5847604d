"""What was said to opsctl in chat and nobody dealt with: no relay is at work, or the one that is does not hear."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from opsctl.commands.reading import chat_grammar
from opsctl.core.context import utc_now
from opsctl.core.delivery import PROBE, Delivery
from opsctl.core.errors import UsageError
from opsctl.core.line import Line, terminal_form
from opsctl.core.published_site import PublishedSite
from opsctl.core.room import OPSCTL
from opsctl.core.store import Store
from opsctl.core.talking import PLATFORM, line_in

PATIENCE = timedelta(seconds=20)
"""A relay that hears takes what comes within a fraction of a second, and deals with it within a few."""

MOST = 1000


@dataclass(frozen=True, slots=True)
class Unanswered:
    """How many messages wait, since when, and what one types in a terminal: the oldest line of who looks, else a look.

    `is_own` says which of the two `do` is.
    """

    count: int
    since: datetime
    do: str
    is_own: bool

    def told(self, since: str) -> str:
        """It as a sentence, with `since` as its reader writes times."""
        if self.count == 1:
            return f"1 message in chat waits since {since}, and no relay deals with it."
        return f"{self.count} messages in chat wait since {since}, and no relay deals with them."


@dataclass(frozen=True, slots=True)
class _Waiting:
    at: datetime
    person: str = ""
    channel: str = ""
    line: str = ""


def unanswered(store: Store, site: PublishedSite, person: str) -> Unanswered | None:
    """What waits for a relay longer than it may, as that person sees it; None where nothing does. Talk never waits."""
    waiting = tuple(_waiting(store))
    if not waiting:
        return None
    own = (_typed(site, one.line) for one in waiting if one.person == person and one.line)
    command = next(filter(None, own), "")
    return Unanswered(len(waiting), waiting[0].at, command or _look(site, waiting[0].channel), bool(command))


def _waiting(store: Store) -> Iterator[_Waiting]:
    """Oldest first."""
    latest = utc_now() - PATIENCE
    for delivery in store.deliveries.open(MOST):
        if delivery.at < latest and delivery.platform != PROBE and (found := _meant(store, delivery)):
            yield found


def _meant(store: Store, delivery: Delivery) -> _Waiting | None:
    if delivery.platform != PLATFORM:
        return _Waiting(delivery.at)  # what it says is for its platform's translator
    body = json.loads(delivery.body)
    if body["kind"] == "message":
        line = line_in(body["text"])
        return _Waiting(delivery.at, body["person"], body["channel"], line) if line else None
    if body["kind"] == "reaction":
        message = store.room.message(body["message"])
        if message is None or message.author != OPSCTL:
            return None
    return _Waiting(delivery.at, body["person"], body["channel"])


def _typed(site: PublishedSite, line: str) -> str:
    try:
        asked = chat_grammar(site).parse_chat(line, {})
    except UsageError:
        return ""
    return terminal_form(asked) if isinstance(asked, Line) else ""


def _look(site: PublishedSite, channel: str) -> str:
    return "opsctl room" if channel in ("", site.channel) else f"opsctl room --channel {channel.removeprefix('#')}"
