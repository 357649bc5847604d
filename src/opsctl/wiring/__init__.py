"""Settings become adapters, adapters a site. The only importer of adapters and settings; surfaces call it."""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opsctl.core.command import Command
from opsctl.core.context import Context, Interruption
from opsctl.core.errors import Unreachable, UsageError
from opsctl.core.holder import Holder
from opsctl.core.identity import Caller, Origin, Person
from opsctl.core.nearest import did_you_mean
from opsctl.core.published_site import PublishedSite
from opsctl.core.store import Store
from opsctl.settings import local
from opsctl.settings.local import Settings
from opsctl.wiring.loading import loaded
from opsctl.wiring.services import Adapters

if TYPE_CHECKING:
    from opsctl.adapters.stores.postgresql.store import PostgresStore
    from opsctl.core.courier import Taker
    from opsctl.core.journal import Entry
    from opsctl.core.platform import Platform
    from opsctl.core.ports import Calendar, Chat, Pager, StatusPage

ROOM = "opsctl.adapters.chats.room:RoomChat"
"""Where the team talks, unless the settings name a platform outside: a chat in the store."""

PAGERS = {"room": "opsctl.adapters.pagers.room:RoomPager"}
STATUS_PAGES = {"embedded": "opsctl.adapters.status_pages.embedded.adapter:StatusFiles"}
CALENDARS = {"ics": "opsctl.adapters.calendars.ics:IcsCalendar"}
"""What takes the outside steps of incidents."""


def settings_of(environment: Mapping[str, str], config: str = "") -> Settings:
    """The settings that count. Raises UsageError where there are none, or with all that is wrong in them."""
    return local.load(environment, Path(config) if config else None)


def open_store(settings: Settings) -> Store:
    """The store that the settings name. Raises StoreUnusable where there is none, or not the one named."""
    return store_at(settings.store, settings.site, settings.store_id)


def store_at(place: Path | str, site: str | None, store_id: str | None = None) -> Store:
    """The store in that file, or in the database of that URL. Raises StoreUnusable as `open_store` does."""
    if isinstance(place, Path):
        from opsctl.adapters.stores.sqlite.store import SqliteStore

        return SqliteStore.open(place, site_id=site, store_id=store_id)
    return postgres_store().open(place, site_id=site, store_id=store_id, password=lambda: store_password(site))


def postgres_store() -> "type[PostgresStore]":
    """The class of stores on a server. Raises UsageError where what they need is not installed."""
    try:
        from opsctl.adapters.stores.postgresql.store import PostgresStore
    except ImportError as error:
        if (error.name or "").partition(".")[0] != "psycopg":
            raise
        raise UsageError(
            "This installation of opsctl can't speak to PostgreSQL: psycopg is not installed, or finds no libpq.",
            means="Nothing was read or changed.",
            do="Install it beside opsctl: pipx inject opsctl 'psycopg[binary]'",
            reason="no_psycopg",
        ) from error
    return PostgresStore


def store_password(site: str | None) -> str:
    """The secret that opens the site's store on a server. Raises UsageError where there is none."""
    from opsctl.settings.secrets import Secrets

    return Secrets(os.environ, site or "").get(local.STORE_SECRET)


def relay_address(settings: Settings) -> str:
    """Where the relay of these settings is reached by a browser."""
    return settings.relay.url


def readiness(address: str) -> tuple[bool, dict[str, Any]]:
    """What the relay at that address says of itself, and whether it is in order. Raises Unreachable."""
    import httpx

    from opsctl.adapters.http import client

    try:
        with client(seconds=5.0) as http:
            answer = http.get(f"{address}/readyz")
            return answer.status_code == 200, dict(answer.json())
    except (httpx.HTTPError, ValueError, TypeError) as error:
        raise Unreachable(f"No relay answers at {address}.", do="Start it: opsctl relay") from error


def open_context(
    settings: Settings,
    store: Store,
    read: Callable[[str, PublishedSite], Command],
    interruption: Interruption,
    first_site: PublishedSite | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Context:
    """What carrying out requests takes, in this process; `environment` is where secrets may stand."""
    return Context(
        store=store,
        adapters=Adapters(settings.folder),
        read=read,
        holder=str(Holder.me()),
        executed_by="",
        interruption=interruption,
        first_site=first_site,
        folder=settings.beside,
        platform=None if settings.chat == "room" else cache(lambda: _platform(settings, store, environment)),
    )


def _platform(settings: Settings, store: Store, environment: Mapping[str, str]) -> "Platform":
    from opsctl.wiring.slack import slack_platform  # the only one that is outside

    return slack_platform(settings, store, environment)


def takers_of(context: Context) -> "Mapping[str, Taker]":
    """What takes the items of the outbox, by their target."""
    from opsctl.chat.announcement import draw
    from opsctl.chat.incident import in_channel
    from opsctl.core.announcing import Announcer
    from opsctl.core.incident import Step
    from opsctl.core.incident_steps import CalendarStep, ChannelStep, PagerStep, StatusPageStep, StepTaker
    from opsctl.core.outbox import CHAT

    chat = chat_of(context)
    pager: Pager = loaded(PAGERS["room"])(chat)
    calendar: Calendar = loaded(CALENDARS["ics"])(context.folder / "incidents", context.store.id)
    steps: Mapping[Step, Callable[[Sequence[Entry]], None]] = {
        Step.CHANNEL: ChannelStep(context, chat, in_channel),
        Step.PAGER: PagerStep(context, pager),
        Step.STATUS_PAGE: StatusPageStep(context, status_page_of(context)),
        Step.CALENDAR: CalendarStep(context, calendar),
    }
    taken = {step.value: StepTaker(context, step, carry_out) for step, carry_out in steps.items()}
    return {CHAT: Announcer(context, chat, draw), **taken}


def chat_of(context: Context) -> "Chat":
    """Where the team talks."""
    if context.platform is not None:
        return context.platform().chat
    chat: Chat = loaded(ROOM)(context.store)
    return chat


def status_page_of(context: Context) -> "StatusPage":
    """Where everybody reads what runs and what does not."""
    page: StatusPage = loaded(STATUS_PAGES["embedded"])(status_folder(context))
    return page


def status_content(context: Context) -> Mapping[str, bytes]:
    """All that the embedded status page consists of now, by name. Raises StoreUnusable, and UsageError."""
    from opsctl.adapters.status_pages.embedded.content import files_of
    from opsctl.core.public import public_page

    return files_of(public_page(context.store, context.published()))


def status_policy() -> str:
    """The Content-Security-Policy of the embedded status page."""
    from opsctl.adapters.status_pages.embedded.html import POLICY

    return POLICY


def status_folder(context: Context) -> Path:
    """The folder of the embedded status page: beside the store."""
    return context.folder / "status"


def caller_of(store: Store, site: PublishedSite | None, as_handle: str = "") -> Caller:
    """Who runs this process: the operating system's user, by uid, as the site knows it.

    `as_handle` speaks for somebody else, in a store that `demo` made. Raises UsageError elsewhere.
    """
    if as_handle:
        return Caller(_spoken_for(store, site, as_handle), as_handle, Origin.TERMINAL)
    uid = os.getuid()
    person = site.person_of_uid(uid) if site else None
    return Caller(person, _user_name(uid), Origin.TERMINAL)


def _spoken_for(store: Store, site: PublishedSite | None, handle: str) -> Person:
    if not store.is_demo:
        raise UsageError(
            "--as works only in a playground that `opsctl demo` made.",
            means="Nothing was done.",
            do="You are the operating system's user that you are logged in as; log in as the other one.",
            reason="not_a_demo",
        )
    handle = handle if handle.startswith("@") else f"@{handle}"
    people = site.people if site else {}
    if handle not in people:
        raise UsageError(
            f"There is no person {handle} in the site.",
            means="Nothing was done.",
            do=did_you_mean(handle, people),
            reason="unknown_person",
        )
    return people[handle]


def _user_name(uid: int) -> str:
    try:
        # From the password database, never from $USER: that is whatever somebody wrote there.
        import pwd

        return f"{pwd.getpwuid(uid).pw_name}, uid {uid}"
    except KeyError:
        return f"uid {uid}"
