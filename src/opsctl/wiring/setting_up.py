"""What sets opsctl up on a machine: site files, new stores, secrets, completion, playgrounds."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opsctl.core.context import Context
from opsctl.core.errors import OpsctlError, StoreUnusable, UsageError
from opsctl.core.published_site import PublishedSite
from opsctl.core.store import Store
from opsctl.settings.local import Settings
from opsctl.wiring import open_store, settings_of
from opsctl.wiring.services import DEPLOYERS, adapter_of

if TYPE_CHECKING:
    from opsctl.core.custom import GrammarWords
    from opsctl.core.setup_facts import Checked
    from opsctl.settings.secrets import Secrets
    from opsctl.settings.templates import Answers


def own_folder(environment: Mapping[str, str]) -> Path:
    """The user's configuration folder of opsctl."""
    from opsctl.settings.places import user_config

    return user_config(environment).parent


def renew_names(environment: Mapping[str, str], config: str, context: Context) -> None:
    """Let the shells know what this run has learned. Never an error."""
    from opsctl.core.known_names import known_names
    from opsctl.settings.names_file import names_file, renew

    try:
        renew(names_file(environment, config), lambda before: known_names(context, before, _own_commands(context)))
    except OpsctlError:
        return  # what ails the store was told already, or will be by the next command


def _own_commands(context: Context) -> tuple[str, ...]:
    """What shells have to know of the commands of the site's own."""
    site = context.published()
    if not site.commands:
        return ()
    from opsctl.commands.reading import chat_grammar
    from opsctl.core.completion import command_lines

    grammar = chat_grammar(site)
    return tuple(command_lines([row for row in grammar if row.name in site.commands], grammar.parameters))


def install_script(environment: Mapping[str, str], shell: str, text: str, mark: str) -> tuple[Path, bool]:
    """Put a completion script where that shell looks for it; returns the file, and whether it was written.

    Raises UsageError where it can't be written, or where a file without `mark` in it stands there.
    """
    from opsctl.settings.places import script_file
    from opsctl.settings.text_file import put, read_bytes

    file = script_file(environment, shell)
    found = read_bytes(file).decode(errors="replace") if file.exists() else ""
    if found == text:
        return file, False
    if found and mark not in found:
        raise UsageError(
            f"{file} is there already, and opsctl did not write it.",
            means="Nothing was written.",
            do=f"Move it away, or put the script elsewhere: opsctl completion show {shell}",
            reason="not_ours",
        )
    put(file, text)
    return file, True


def create_store(path: Path, site: str, *, is_demo: bool = False, group: int | None = None) -> Store:
    """Make a new site's store, or open the one that is there. Raises StoreUnusable where it can't be made."""
    from opsctl.adapters.stores.sqlite.store import SqliteStore

    return SqliteStore.create(path, site, is_demo=is_demo, group=group)


def store_grants(role: str, schema: str) -> str:
    """The SQL that gives a database role the rights on a store's tables that opsctl needs."""
    from opsctl.adapters.stores.postgresql.grants import grants

    return grants(role, schema)


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


def read_site_file(file: Path, site: str | None, words: "GrammarWords") -> PublishedSite:
    """The site in a file, held against the words of the grammar.

    `site` None does not ask whether its id is the right one. Raises UsageError with all that is wrong in it, or where
    it is not the site with the id `site`.
    """
    from opsctl.settings.site_file import read_site

    changes, taken, options = words
    return read_site(file, site_id=site, commands=changes, taken=taken, options=options, check=_check_deployer)


def check(
    environment: Mapping[str, str], config: str, site_file: Path | None, words: "GrammarWords"
) -> "Iterator[Checked]":
    """What is right and what is wrong in everything that a person sets: settings, variables, site, store, secrets.

    Raises UsageError where there are no settings at all.
    """
    from opsctl.settings.check import Check

    read = partial(read_site_file, words=words)
    return Check(environment, read, open_store).parts(Path(config) if config else None, site_file)


def secrets_of(settings: Settings, environment: Mapping[str, str]) -> "Secrets":
    """Where the site's secrets are kept."""
    from opsctl.settings.secrets import Secrets

    return Secrets(environment, settings.site)


def _check_deployer(kind: str, settings: Mapping[str, Any], service: str, environment: str) -> None:
    adapter_of(DEPLOYERS, kind).checked(settings, service, environment)


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
