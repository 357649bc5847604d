"""What it takes to run a version of a service, once its names are checked: argument vector, folder, variables."""

import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from opsctl.adapters.deployers.local.settings import LocalSettings
from opsctl.adapters.deployers.refusals import unknown_version
from opsctl.adapters.deployers.version import checked_version
from opsctl.adapters.local_layout import Placement
from opsctl.core.errors import UsageError

# What a service gets of the environment of whoever deploys it; nothing else of it is the service's business.
_HANDED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")
_NUMBERS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Launch:
    """How to run one version; only the port is still open. Kept with the replicas, so that they can be run again."""

    argv: tuple[str, ...]
    folder: str
    variables: Mapping[str, str]
    health: str
    deadline_seconds: float
    grace_seconds: float
    ports: tuple[int, int]

    def argv_for(self, port: int) -> tuple[str, ...]:
        """The argument vector of a replica on that port."""
        return tuple(argument.replace("{port}", str(port)) for argument in self.argv)

    def variables_for(self, port: int) -> dict[str, str]:
        """The environment variables of a replica on that port."""
        return {**self.variables, "PORT": str(port)}

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> "Launch":
        """Read one from a state file."""
        first, last = facts["ports"]
        return cls(**{**facts, "argv": tuple(facts["argv"]), "ports": (first, last)})


def launch(settings: LocalSettings, placement: Placement, version: str) -> Launch:
    """How to run a version. Raises UsageError for one that is not there; nothing is changed."""
    folder = _folder_of(settings, placement, checked_version(version))
    variables = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
    variables |= {"SERVICE": placement.service, "VERSION": version, "ENVIRONMENT": placement.environment}
    values = {
        "version": version,
        "service": placement.service,
        "environment": placement.environment,
        "folder": str(folder),
        "python": sys.executable,
    }
    argv = tuple(_filled(argument, values) for argument in settings.command)
    return Launch(
        argv=(_program(argv[0], folder, variables.get("PATH")), *argv[1:]),
        folder=str(folder),
        variables=variables,
        health=settings.health,
        deadline_seconds=settings.deadline_seconds,
        grace_seconds=settings.grace_seconds,
        ports=settings.ports,
    )


def known_versions(settings: LocalSettings) -> tuple[str, ...]:
    """The versions that can be deployed, newest first: as people count, v2.10 is newer than v2.9."""
    known = {version for version in settings.known_versions if "*" not in version}
    if settings.versions is not None and settings.versions.is_dir():
        known |= {entry.name for entry in os.scandir(settings.versions) if entry.is_dir()}
    return tuple(sorted((one for one in known if _is_usable(one)), key=_natural, reverse=True))


def _folder_of(settings: LocalSettings, placement: Placement, version: str) -> Path:
    if settings.versions is not None and (settings.versions / version).is_dir():
        return settings.versions / version
    if any(fnmatchcase(version, known) for known in settings.known_versions):
        return placement.folder
    raise unknown_version(placement.service, version, known_versions(settings))


def _filled(argument: str, values: Mapping[str, str]) -> str:
    # In one pass: what is filled in is never looked into again.
    return re.sub(r"\{([a-z_]+)\}", lambda found: values.get(found[1], found[0]), argument)


def _program(program: str, folder: Path, path: str | None) -> str:
    found = shutil.which(program if "/" not in program else str(folder / program), path=path)
    if found is None:
        raise UsageError(
            f"{program} cannot be run: there is no such program.",
            means="Nothing was changed.",
            do="Correct the command of the deployer, or make the file executable.",
            reason="no_program",
        )
    return found


def _is_usable(version: str) -> bool:
    try:
        checked_version(version)
    except UsageError:
        return False
    return True


def _natural(version: str) -> tuple[tuple[int, str], ...]:
    # (number, "") for digits and (-1, text) for the rest, so that the two compare.
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in _NUMBERS.split(version))
