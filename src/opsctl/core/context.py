"""What carrying out requests takes: the store, the site as it is published now, and who this process is."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from opsctl.core.canonical import digest_of
from opsctl.core.command import Change, Command
from opsctl.core.errors import ActionFailed, Unreachable, UsageError
from opsctl.core.identity import TERMINAL
from opsctl.core.making import Adapters
from opsctl.core.operation import Operation
from opsctl.core.published_site import PublishedSite
from opsctl.core.site import Site
from opsctl.core.store import Store

if TYPE_CHECKING:
    from opsctl.core.incident_book import IncidentBook
    from opsctl.core.platform import Platform


class Interruption:
    """Set from outside (a signal) to end what this process is doing: waiting ends, running is cancelled.

    Where nobody is there any more (`hang_up`), waiting ends, but what runs goes on to its end.
    """

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._stop_waiting = threading.Event()
        self.reason = ""

    def ask(self, reason: str) -> None:
        """Ask for an end; safe in a signal handler and from any thread."""
        self.reason = reason
        self._asked.set()
        self._stop_waiting.set()

    def hang_up(self) -> None:
        """End only what waits; safe in a signal handler and from any thread."""
        self._stop_waiting.set()

    @property
    def is_asked(self) -> bool:
        """Whether somebody asked."""
        return self._asked.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait that long, or until waiting has to end; returns whether it has to."""
        return self._stop_waiting.wait(seconds)


@dataclass(frozen=True, slots=True)
class Context:
    """What carrying out requests takes. `read` turns a canonical text into its command, as that site knows it.

    `holder` names this process, `executed_by` the person (or relay) that it acts for.
    `patience_seconds` is how long a platform that still works on what a dead process asked of it is waited for.
    `first_site` is what would be published, while nothing is published yet. `listed` is what deployers have listed so
    far, by (service, environment). `folder` is where files of the site are kept that people read: its status page,
    invitations, drafts. `platform` makes, and keeps, the chat platform where the team talks; None where that is the
    room. It takes long to load: ask for it once there is something to say to it.
    """

    store: Store
    adapters: Adapters
    read: Callable[[str, PublishedSite], Command]
    holder: str
    executed_by: str
    interruption: Interruption = field(default_factory=Interruption)
    first_site: PublishedSite | None = None
    folder: Path = Path()
    platform: "Callable[[], Platform] | None" = None
    lease_seconds: float = 30.0
    poll_seconds: float = 0.1
    patience_seconds: float = 5.0
    approval_seconds: float = 3600.0
    confirmation_seconds: float = 120.0
    listed: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    _cache: dict[str, PublishedSite] = field(default_factory=dict)

    def published(self) -> PublishedSite:
        """The site as it is published now. Raises UsageError before the first publishing."""
        text = self.store.published()
        if text is None:
            if self.first_site is not None:
                return self.first_site
            raise nothing_published()
        if text not in self._cache:
            self._cache.clear()
            self._cache[text] = PublishedSite.from_text(text)
        return self._cache[text]

    def entitled(self) -> PublishedSite:
        """The site as it is published now, with the roles that groups of the chat give its people at this moment.

        Where the chat does not tell, they hold what the site itself gives them, and nothing more.
        """
        site = self.published()
        if self.platform is None or site.slack is None or not site.slack.groups:
            return site
        try:
            return replace(site, granted=self.platform().directory.granted())
        except (Unreachable, ActionFailed, UsageError):
            return site

    def site(self, operation: Operation | None = None) -> Site:
        """The site with its ports and what runs in it now; an operation that overrides another still sees that one."""
        from opsctl.core.shelf import StoreShelf  # what only reads the store does without

        published = self.published()
        running: dict[str, Operation] = {}
        for lock in self.store.locks():
            holder = self.store.operation(lock.operation)
            if holder is not None and holder.id != (operation.id if operation else ""):
                running[lock.key] = holder
        if operation is not None and operation.overrides is not None:
            overridden = self.store.operation(operation.overrides)
            if overridden is not None:
                running[operation.lock] = overridden
        shelf, digest = StoreShelf(self.store), digest_of(published.as_json())
        return Site(published, self.adapters, shelf, self._incidents(operation), digest, running, self.listed)

    def _incidents(self, operation: Operation | None) -> "IncidentBook":
        from opsctl.core.incident_book import IncidentBook  # few lines are about one

        if operation is None:
            return IncidentBook(self.store, self.published())
        where = "" if operation.origin == TERMINAL else operation.channel
        return IncidentBook(self.store, self.published(), operation.person, where)

    def acting_for(self, executed_by: str) -> "Context":
        """The same, in the name of that person or relay."""
        return replace(self, executed_by=executed_by)

    def change(self, operation: Operation, site: Site) -> Change:
        """The change that an operation carries out, read from its canonical text.

        Raises UsageError where the site has no such change any more.
        """
        try:
            command = self.read(operation.command, site.published)
        except UsageError as error:
            raise _gone(operation) from error
        if not isinstance(command, Change):
            raise _gone(operation)
        return command


def nothing_published() -> UsageError:
    """The error for a store in which no site is published yet."""
    return UsageError(
        "Nothing is published in this store yet, so there are no services, people or rules.",
        means="Nothing was done.",
        do="Publish the site: opsctl site publish site.toml",
        reason="nothing_published",
    )


def _gone(operation: Operation) -> UsageError:
    return UsageError(
        f"The published site no longer knows the change {operation.command}.",
        means="Nothing was changed.",
        do="See what there is now, and ask for that: opsctl help",
        reason="command_gone",
    )


def utc_now() -> datetime:
    """The wall-clock time, UTC."""
    return datetime.now(UTC)
