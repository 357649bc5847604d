"""Settings become adapters, adapters a site. The only importer of adapters and settings; surfaces call it."""

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opsctl.core.command import Command
from opsctl.core.context import Context, Interruption
from opsctl.core.errors import StoreUnusable, UsageError
from opsctl.core.holder import Holder
from opsctl.core.identity import Caller, Origin, Person
from opsctl.core.nearest import did_you_mean
from opsctl.core.site import PublishedSite, Service
from opsctl.core.store import Store
from opsctl.settings import local
from opsctl.settings.local import Settings

if TYPE_CHECKING:
    from opsctl.core.courier import Taker
    from opsctl.core.ports import Chat, Deployer, LogSource, Monitor
    from opsctl.core.setup_facts import Checked
    from opsctl.settings.secrets import Secrets
    from opsctl.settings.templates import Answers

DEPLOYERS = {"local": "opsctl.adapters.deployers.local:LocalDeployer"}
LOGS = {"local": "opsctl.adapters.logs.local:LocalLogs"}
MONITORS = {"local": "opsctl.adapters.monitors.http:HttpMonitor"}
"""Which adapter keeps a port for a deployer's kind. They are loaded when they are first needed."""

CHATS = {"room": "opsctl.adapters.chats.room:RoomChat"}
"""Where the team talks."""


def settings_of(environment: Mapping[str, str], config: str = "") -> Settings:
    """The settings that count. Raises UsageError where there are none, or with all that is wrong in them."""
    return local.load(environment, Path(config) if config else None)


def own_folder(environment: Mapping[str, str]) -> Path:
    """The user's configuration folder of opsctl."""
    from opsctl.settings.places import user_config

    return user_config(environment).parent


def open_store(settings: Settings) -> Store:
    """The store that the settings name. Raises StoreUnusable where there is none, or not the one named."""
    from opsctl.adapters.stores.sqlite.store import SqliteStore

    return SqliteStore.open(settings.store, site_id=settings.site, store_id=settings.store_id)


def relay_address(settings: Settings) -> str:
    """Where the relay of these settings is reached by a browser on this machine."""
    del settings
    return "http://127.0.0.1:8719"


def open_context(
    settings: Settings,
    store: Store,
    read: Callable[[str, PublishedSite], Command],
    interruption: Interruption,
    first_site: PublishedSite | None = None,
) -> Context:
    """What carrying out requests takes, in this process."""
    return Context(
        store=store,
        adapters=Adapters(settings.folder),
        read=read,
        holder=str(Holder.me()),
        executed_by="",
        interruption=interruption,
        first_site=first_site,
    )


def takers_of(context: Context) -> "Mapping[str, Taker]":
    """What takes the items of the outbox, by their target."""
    from opsctl.chat.announcement import draw
    from opsctl.core.announcing import Announcer
    from opsctl.core.outbox import CHAT

    return {CHAT: Announcer(context, chat_of(context.store), draw)}


def chat_of(store: Store) -> "Chat":
    """Where the team talks."""
    module, name = CHATS["room"].split(":")
    chat: Chat = getattr(import_module(module), name)(store)
    return chat


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


@dataclass(frozen=True, slots=True)
class Adapters:
    """Makes the ports of a service in an environment when they are first asked for, and keeps them."""

    folder: Path
    _made: dict[tuple[str, str, str], Any] = field(default_factory=dict)

    def deployer(self, service: Service, environment: str) -> "Deployer":
        """Its deployer."""
        deployer: Deployer = self._make("deployer", DEPLOYERS, service, environment)
        return deployer

    def logs(self, service: Service, environment: str) -> "LogSource":
        """Its log source."""
        logs: LogSource = self._make("logs", LOGS, service, environment)
        return logs

    def monitor(self, service: Service, environment: str) -> "Monitor":
        """Its monitor."""
        monitor: Monitor = self._make("monitor", MONITORS, service, environment)
        return monitor

    def _make(self, port: str, table: Mapping[str, str], service: Service, environment: str) -> Any:
        key = (port, service.name, environment)
        if key not in self._made:
            settings = service.deployers[environment]
            made = _adapter(table, str(settings["kind"])).made(settings, service.name, environment, self.folder)
            self._made[key] = made
        return self._made[key]


def create_store(path: Path, site: str, *, is_demo: bool = False, group: int | None = None) -> Store:
    """Make a new site's store, or open the one that is there. Raises StoreUnusable where it can't be made."""
    from opsctl.adapters.stores.sqlite.store import SqliteStore

    return SqliteStore.create(path, site, is_demo=is_demo, group=group)


def check_new_site(folder: Path) -> None:
    """Raise UsageError where `make_site` would find one of its files there already."""
    for file in (folder / "opsctl.toml", folder / "site.toml"):
        if os.path.lexists(file):
            raise UsageError(f"{file} exists already.", means="Nothing was written.", do="Choose another --folder.")


def make_site(folder: Path, answers: "Answers", group: int | None = None) -> Iterator[Path]:
    """Make the store, the site file and the settings of a new site; yields each that was not there before.

    Readable for one person alone, or for a group. What fails leaves none of the files. Raises UsageError where one of
    the files is there already, and StoreUnusable where the store can't be made.
    """
    from opsctl.settings.templates import opsctl_toml, site_toml
    from opsctl.settings.text_file import write_new

    check_new_site(folder)
    store, is_new = folder / "opsctl.db", not (folder / "opsctl.db").exists()
    # First, since it makes the folder with the rights that the group needs.
    try:
        create_store(store, answers.site, group=group).close()
    except StoreUnusable as error:
        if error.reason == "other_site":
            what = f"{store} is the store of another site than {answers.site}."
        elif isinstance(error.__cause__, OSError):
            what = f"{folder} can't be used: {(error.__cause__.strerror or 'unknown reason').lower()}."
        else:
            raise
        raise UsageError(what, means="Nothing was written.", do="Choose another --folder.") from error
    if is_new:
        yield store
    # The settings are the last: with them, the site counts as made.
    texts = {folder / "site.toml": site_toml(answers), folder / "opsctl.toml": opsctl_toml(answers.site)}
    with ExitStack() as left:
        for file, text in texts.items():
            write_new(file, text, 0o600 if group is None else 0o660)
            left.callback(file.unlink)
            yield file
        left.pop_all()


def read_site_file(
    file: Path, site: str | None, commands: Collection[str], taken: Collection[str], options: Collection[str]
) -> PublishedSite:
    """The site in a file, whose rules may name `commands`; its own commands must leave `taken` and `options` alone.

    `site` None does not ask whether its id is the right one.

    Raises UsageError with all that is wrong in it, or where it is not the site with the id `site`.
    """
    from opsctl.settings.site_file import read_site

    return read_site(file, site_id=site, commands=commands, check=_check_deployer, taken=taken, options=options)


def check(
    environment: Mapping[str, str],
    config: str,
    site_file: Path | None,
    read: Callable[[Path, str | None], PublishedSite],
) -> "Iterator[Checked]":
    """What is right and what is wrong in everything that a person sets: settings, variables, site, store, secrets.

    `read` reads a site file. Raises UsageError where there are no settings at all.
    """
    from opsctl.settings.check import Check

    return Check(environment, read, open_store).parts(Path(config) if config else None, site_file)


def secrets_of(settings: Settings, environment: Mapping[str, str]) -> "Secrets":
    """Where the site's secrets are kept."""
    from opsctl.settings.secrets import Secrets

    return Secrets(environment, settings.site)


def _check_deployer(kind: str, settings: Mapping[str, Any], service: str, environment: str) -> None:
    _adapter(DEPLOYERS, kind).checked(settings, service, environment)


def _adapter(table: Mapping[str, str], kind: str) -> Any:
    if kind not in table:
        raise UsageError(
            f"There is no deployer of the kind {kind!r}.", means="Nothing was done.", do=did_you_mean(kind, table)
        )
    module, name = table[kind].split(":")
    return getattr(import_module(module), name)


def is_demo(config: Path, environment: Mapping[str, str]) -> bool:
    """Whether that settings file belongs to a playground that `demo` made."""
    if not config.exists():
        return False
    store = open_store(settings_of(environment, str(config)))
    try:
        return store.is_demo
    finally:
        store.close()


def stop_local_processes(folder: Path) -> None:
    """End everything that the local deployer runs for the site whose runtime folder this is."""
    from opsctl.adapters.deployers.local import stop_everything

    stop_everything(folder)
