"""Everything that a person sets, checked at once: what is wrong in one part keeps no other from being looked at."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from opsctl.core.errors import OpsctlError, UsageError
from opsctl.core.masking import SECRET_VARIABLE
from opsctl.core.nearest import did_you_mean, nearest
from opsctl.core.published_site import PublishedSite
from opsctl.core.setup_facts import Checked, Mistake
from opsctl.core.store import Store
from opsctl.settings.local import VARIABLES, Settings, relevant
from opsctl.settings.local_file import examined
from opsctl.settings.mistakes import InvalidSettings
from opsctl.settings.places import SYSTEM_CONFIG, find_config
from opsctl.settings.secrets import KEYRING, Secrets, named_by
from opsctl.settings.slack_secrets import BEGINS, SIGNING_SECRET, SOCKET_TOKEN, TOKEN
from opsctl.settings.text_file import read_bytes

SITE_FILE = "site.toml"
"""Where the site file is looked for when none is named: beside the settings file, under the name that `init` gives."""

_OWN = "OPSCTL_"
_KNOWN = ("OPSCTL_CONFIG", *VARIABLES.values())


@dataclass(frozen=True, slots=True)
class Check:
    """Checks the settings of one person. `read_site` reads a site file, given its place and the id it must have."""

    environment: Mapping[str, str]
    read_site: Callable[[Path, str | None], PublishedSite]
    open_store: Callable[[Settings], Store]

    def parts(self, config: Path | None, site_file: Path | None, system: Path = SYSTEM_CONFIG) -> Iterator[Checked]:
        """Each part, whether anything is wrong in it or not. Raises UsageError where there are no settings at all."""
        file = find_config(self.environment, config, system)
        settings, mistakes = self._settings(file)
        yield Checked("settings", str(file), mistakes=tuple(sorted(one for one in mistakes if one.file == str(file))))
        yield self._variables(one for one in mistakes if one.file != str(file))
        yield self._site(site_file, file, settings)
        yield self._store(settings)
        yield self._secrets(settings)
        yield self._chat(settings)

    def _settings(self, file: Path) -> tuple[Settings | None, tuple[Mistake, ...]]:
        try:
            content = read_bytes(file)
        except UsageError as error:
            return None, (_whole(file, error),)
        return examined(file, content, relevant(self.environment))

    def _variables(self, mistakes: Iterable[Mistake]) -> Checked:
        own = sorted(name for name in self.environment if name.startswith(_OWN))
        known = [name for name in own if self.environment[name] and (name in _KNOWN or named_by(name))]
        wrong = tuple(sorted([*mistakes, *filter(None, map(_misspelt, own))]))
        where = "environment" if known or wrong else ""
        return Checked("variables", where, ", ".join(known) or "none of opsctl's is set", wrong)

    def _site(self, named: Path | None, config: Path, settings: Settings | None) -> Checked:
        file = named.absolute() if named else config.with_name(SITE_FILE)
        if named is None and not file.exists():
            return Checked("site file", "", f"there is no {file}; check another one with --site FILE")
        try:
            self.read_site(file, settings.site if settings else None)
        except InvalidSettings as error:
            return Checked("site file", str(file), mistakes=error.mistakes)
        except UsageError as error:
            return Checked("site file", str(file), mistakes=(_whole(file, error),))
        return Checked("site file", str(file))

    def _store(self, settings: Settings | None) -> Checked:
        if settings is None:
            return Checked("store", "", "not looked at: the settings have to be right first")
        try:
            with closing(self.open_store(settings)) as store:
                note = "" if store.published() else "nothing is published in it yet"
                return Checked("store", str(settings.store), note)
        except OpsctlError as error:
            return Checked("store", str(settings.store), mistakes=(_whole(settings.store, error),))

    def _secrets(self, settings: Settings | None) -> Checked:
        if settings is None:
            return Checked("secrets", "", "not looked at: the settings have to be right first")
        secrets = Secrets(self.environment, settings.site)
        try:
            listed = secrets.list()
        except UsageError as error:
            return Checked("secrets", KEYRING, mistakes=(Mistake("secrets", 0, 0, _said(error)),))
        mistakes = tuple(_unreadable(secrets, name) for name, where in listed if where == KEYRING)
        names = ", ".join(name for name, _ in listed)
        places = " and ".join(sorted({KEYRING if where == KEYRING else "environment" for _, where in listed}))
        return Checked("secrets", places, names or "none are kept", tuple(filter(None, mistakes)))

    def _chat(self, settings: Settings | None) -> Checked:
        if settings is None:
            return Checked("chat", "", "not looked at: the settings have to be right first")
        if settings.chat == "room":
            return Checked("chat", "room")
        secrets = Secrets(self.environment, settings.site)
        own = SOCKET_TOKEN if settings.slack.receive == "socket" else SIGNING_SECRET
        missing = _wrong_token(secrets, own)
        note = f"`opsctl relay` needs {own}: {missing.what}" if missing else ""
        return Checked(
            "chat", f"slack, {settings.slack.url}", note, tuple(filter(None, (_wrong_token(secrets, TOKEN),)))
        )


def _wrong_token(secrets: Secrets, name: str) -> Mistake | None:
    try:
        found = secrets.get(name)
    except UsageError as error:
        return Mistake(f"secret {name}", 0, 0, _said(error))
    if found.startswith(BEGINS[name]):
        return None
    return Mistake(f"secret {name}", 0, 0, f"it does not begin with {BEGINS[name]}, as Slack's do")


def _unreadable(secrets: Secrets, name: str) -> Mistake | None:
    try:
        secrets.get(name)
    except UsageError as error:
        return Mistake(f"secret {name}", 0, 0, _said(error))
    return None


def _misspelt(name: str) -> Mistake | None:
    """A variable that is almost one of ours; what merely begins like ours may be somebody else's."""
    if name in _KNOWN or named_by(name):
        return None
    if name.startswith(SECRET_VARIABLE):
        return Mistake(name, 0, 0, f"this names no secret; slack-token is {SECRET_VARIABLE}SLACK_TOKEN")
    ends = [known.removeprefix(_OWN) for known in _KNOWN]
    close = nearest(name.removeprefix(_OWN), ends)
    known = [f"{_OWN}{end}" for end in close]
    return Mistake(name, 0, 0, f"there is no such variable. {did_you_mean(name, known)}") if close else None


def _whole(file: Path | str, error: OpsctlError) -> Mistake:
    """A mistake that stands on no line."""
    said = _said(error)
    return Mistake(str(file), 0, 0, said.removeprefix(f"{file} "))


def _said(error: OpsctlError) -> str:
    return " ".join(filter(None, (error.happened, error.do)))
