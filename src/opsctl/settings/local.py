"""The local settings, `opsctl.toml` and the environment: which site, which store, personal taste.

Reading them is on the way to every answer: a file that was read before is recognised by its content and not validated
again, and then nothing but the standard library is loaded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opsctl.settings import cache
from opsctl.settings.places import SYSTEM_CONFIG, cache_folder, find_config
from opsctl.settings.text_file import read_bytes

VARIABLES = {
    "site": "OPSCTL_SITE",
    "colour": "OPSCTL_COLOUR",
    "output": "OPSCTL_OUTPUT",
    "store.path": "OPSCTL_STORE_PATH",
    "store.url": "OPSCTL_STORE_URL",
    "store.id": "OPSCTL_STORE_ID",
    "runtime.folder": "OPSCTL_RUNTIME_FOLDER",
    "relay.listen": "OPSCTL_RELAY_LISTEN",
    "relay.url": "OPSCTL_RELAY_URL",
    "relay.grace_seconds": "OPSCTL_RELAY_GRACE_SECONDS",
    "chat.kind": "OPSCTL_CHAT_KIND",
    "slack.url": "OPSCTL_SLACK_URL",
    "slack.receive": "OPSCTL_SLACK_RECEIVE",
    "slack.command": "OPSCTL_SLACK_COMMAND",
    "slack.prefix": "OPSCTL_SLACK_PREFIX",
}
"""The environment variable of each setting; it wins over the file."""

OTHER_VARIABLES = {
    "OPSCTL_CONFIG": "The settings file to use, where `--config` names none.",
    "OPSCTL_SECRET_NAME": "The secret `name`, for every name; it wins over the keyring.",
    "XDG_CONFIG_HOME": "Where `opsctl/opsctl.toml` is looked for; without it `~/.config`.",
    "XDG_CACHE_HOME": "Where `opsctl` keeps what can be made again; without it `~/.cache`.",
    "XDG_STATE_HOME": "Where `opsctl` notes the names of secrets; without it `~/.local/state`.",
    "NO_COLOR": "Set to anything, there is no colour, unless the setting `colour` is `always`.",
    "PYTHON_KEYRING_BACKEND": "Which keyring to use, as the library keyring names it.",
}
"""The other environment variables that people set, and what each is for. Documentation is written from it."""


RELAY_LISTEN = "127.0.0.1:8719"

STORE_SECRET = "store-password"  # noqa: S105 - a name
"""The secret that opens a store on a server."""


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """How the relay serves. `listen` is HOST:PORT or unix:PATH; `url` is where people's browsers reach it.

    `grace_seconds` is how long a relay that is told to stop lets running operations go on.
    """

    listen: str = RELAY_LISTEN
    url: str = f"http://{RELAY_LISTEN}"
    grace_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """How Slack is spoken to. `url` is where its Web API is, ending in "/"; `receive` is socket or http.

    `command` is the slash command that takes every line; `prefix` stands before the name of each short one.
    """

    url: str = "https://slack.com/api/"
    receive: str = "socket"
    command: str = "/ops"
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the rest of opsctl uses. Every path is absolute.

    `file` is the settings file; `store` the SQLite file, or as text the URL of the PostgreSQL database; `store_id` None
    until known; `folder` holds what local processes need; `colour` is auto, always or never; `output` is text or json;
    `chat` names the chat where the team talks. `origins` tells for each setting ("store.path") where its value came
    from: "FILE:LINE", an environment variable, or "default".
    """

    file: Path
    site: str
    store: Path | str
    store_id: str | None
    folder: Path
    colour: str
    output: str
    origins: Mapping[str, str]
    relay: RelaySettings = RelaySettings()
    chat: str = "room"
    slack: SlackSettings = SlackSettings()

    @property
    def beside(self) -> Path:
        """Where the site's files are kept that people read: beside the SQLite file, else where local processes' are."""
        return self.store.parent if isinstance(self.store, Path) else self.folder.parent

    def shown(self) -> tuple[tuple[str, str, str], ...]:
        """Every setting as (name, value, origin), in the order of the documentation; empty where there is no value."""
        values = {
            "site": self.site,
            "colour": self.colour,
            "output": self.output,
            "store.path": str(self.store) if isinstance(self.store, Path) else "",
            "store.url": self.store if isinstance(self.store, str) else "",
            "store.id": self.store_id or "",
            "runtime.folder": str(self.folder),
            "relay.listen": self.relay.listen,
            "relay.url": self.relay.url,
            "relay.grace_seconds": f"{self.relay.grace_seconds:g}",
            "chat.kind": self.chat,
            "slack.url": self.slack.url,
            "slack.receive": self.slack.receive,
            "slack.command": self.slack.command,
            "slack.prefix": self.slack.prefix,
        }
        return tuple((name, value, self.origins[name]) for name, value in values.items())

    def as_json(self) -> dict[str, Any]:
        """Its form in the cache; `from_json` reads it back."""
        return {
            "file": str(self.file),
            "site": self.site,
            "store": str(self.store),
            "is_file": isinstance(self.store, Path),
            "store_id": self.store_id,
            "folder": str(self.folder),
            "colour": self.colour,
            "output": self.output,
            "origins": dict(self.origins),
            "relay": [self.relay.listen, self.relay.url, self.relay.grace_seconds],
            "chat": self.chat,
            "slack": [self.slack.url, self.slack.receive, self.slack.command, self.slack.prefix],
        }

    @classmethod
    def from_json(cls, value: Any) -> "Settings":
        """The settings that `as_json` wrote. Raises KeyError or TypeError for anything else."""
        return cls(
            file=Path(value["file"]),
            site=value["site"],
            store=Path(value["store"]) if value["is_file"] else value["store"],
            store_id=value["store_id"],
            folder=Path(value["folder"]),
            colour=value["colour"],
            output=value["output"],
            origins=value["origins"],
            relay=RelaySettings(*value["relay"]),
            chat=value["chat"],
            slack=SlackSettings(*value["slack"]),
        )


def load(environment: Mapping[str, str], config: Path | None = None, system: Path = SYSTEM_CONFIG) -> Settings:
    """The settings that count for this person now.

    Raises UsageError where there are none or the file can't be read, InvalidSettings with every mistake in them.
    Remembers what it validated in the user's cache folder, where that can be written.
    """
    path = find_config(environment, config, system)
    content = read_bytes(path)
    outside = relevant(environment)
    key = cache.key_of(path, content, outside)
    folder = cache_folder(environment)
    known = _remembered(folder, path, key)
    if known:
        return known
    settings = _validated(path, content, outside)
    cache.remember(folder, path, key, settings.as_json())
    return settings


def relevant(environment: Mapping[str, str]) -> dict[str, str]:
    """The part of the environment that settings depend on; an empty variable is as good as none."""
    return {name: environment[name] for name in ("HOME", *VARIABLES.values()) if environment.get(name)}


def _remembered(folder: Path, path: Path, key: str) -> Settings | None:
    value = cache.recall(folder, path, key)
    try:
        return Settings.from_json(value) if value else None
    except (KeyError, TypeError):
        return None  # somebody edited it; it is written anew


def _validated(path: Path, content: bytes, environment: Mapping[str, str]) -> Settings:
    from opsctl.settings.local_file import validated  # loads pydantic

    return validated(path, content, environment)
