"""What the commands that set opsctl up tell: settings, secrets and site files. Never the value of a secret."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from opsctl.core.canonical import JSON


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing that is wrong, on one line. `line` and `column` count from 1; 0 for a value from outside a file."""

    file: str
    line: int
    column: int
    what: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.what}"


@dataclass(frozen=True, slots=True)
class Checked:
    """A part of the settings that was checked: what it is, where, what a person should know, what is wrong."""

    part: str
    where: str
    note: str = ""
    mistakes: tuple[Mistake, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting, its value (empty where it has none) and where that comes from."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret by its name, and where it is: a variable of the environment, or "keyring"."""

    name: str
    origin: str


@dataclass(frozen=True, slots=True)
class SettingsShown:
    """All settings that count, the file that they come from in part, and the secrets that are kept beside them."""

    file: str
    rows: tuple[Setting, ...]
    secrets: tuple[Secret, ...] = ()


@dataclass(frozen=True, slots=True)
class SecretsListed:
    """The secrets of the site, in alphabetical order."""

    site: str
    rows: tuple[Secret, ...]


@dataclass(frozen=True, slots=True)
class SecretKept:
    """A secret is in the keyring now. `overridden_by` is the variable that wins over it, empty where there is none."""

    name: str
    overridden_by: str


@dataclass(frozen=True, slots=True)
class SecretRemoved:
    """A secret is no longer in the keyring."""

    name: str


@dataclass(frozen=True, slots=True)
class SiteDifference:
    """What publishing a site would change, a sentence each; empty where nothing would."""

    facts: Sequence[str]


@dataclass(frozen=True, slots=True)
class FileMade:
    """A file that was written."""

    path: str


@dataclass(frozen=True, slots=True)
class SiteShown:
    """The site as it is published."""

    site: Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class SlackManifest:
    """What the Slack app of this site is made from."""

    manifest: Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class PlaygroundRuns:
    """A playground that can be worked in, the settings file that addresses it, and each person's link to its room."""

    folder: str
    config: str
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PlaygroundStopped:
    """A playground whose processes were ended; its folder stays."""

    folder: str


@dataclass(frozen=True, slots=True)
class VersionShown:
    """The version of opsctl."""

    version: str


class Condition(StrEnum):
    """How a part is."""

    WELL = "well"
    CARE = "care"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Examined:
    """A part of the site that was looked at: what was found, what works all the same, what to do next."""

    part: str
    condition: Condition
    found: str
    works: str = ""
    do: str = ""


SetupFact: TypeAlias = (
    Checked
    | SettingsShown
    | SecretsListed
    | SecretKept
    | SecretRemoved
    | SiteDifference
    | FileMade
    | SiteShown
    | SlackManifest
    | PlaygroundRuns
    | PlaygroundStopped
    | VersionShown
    | Examined
)
