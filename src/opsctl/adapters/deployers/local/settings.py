"""The settings of a local deployer: `[services.NAME.deployer]` with `kind = "local"` in the site file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from opsctl.adapters.deployers.settings_values import a_folder, read, seconds, texts, told, url_path, wrong
from opsctl.core.errors import UsageError
from opsctl.core.nearest import did_you_mean

PLACEHOLDERS = ("version", "port", "service", "environment", "folder", "python")
"""What may stand in braces in `command`. `folder` is the one it runs in, `python` the interpreter of opsctl."""

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_RANGE = re.compile(r"(\d{1,5})-(\d{1,5})")
_MOST_REPLICAS = 100


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """How a service is run on this machine: real processes, health-checked, rolled over, logged."""

    versions: Path | None = field(
        default=None, metadata=told("text", "The folder that holds one folder a version; relative to the site file.")
    )
    known_versions: tuple[str, ...] = field(
        default=(),
        metadata=told("a list of texts", "Versions that need no folder; in one of them, `*` stands for anything."),
    )
    command: tuple[str, ...] = field(
        default=("{folder}/run",),
        metadata=told(
            "a list of texts",
            "What to run, in the version's folder: a program and its arguments. In braces may stand "
            f"{', '.join(PLACEHOLDERS)}. The variables PORT, SERVICE, VERSION and ENVIRONMENT are set.",
        ),
    )
    health: str = field(default="/healthz", metadata=told("text", "The path that answers 200 once a replica is ready."))
    deadline_seconds: float = field(
        default=30.0, metadata=told("a number, up to 3600", "How long a replica may take to become ready.")
    )
    grace_seconds: float = field(
        default=10.0, metadata=told("a number, up to 3600", "How long one may take to end, before it is killed.")
    )
    ports: tuple[int, int] = field(
        default=(24000, 24099),
        metadata=told('text such as "24000-24099"', "Each replica gets one of them on 127.0.0.1."),
    )
    replicas: int = field(
        default=1, metadata=told(f"a whole number, 0 to {_MOST_REPLICAS}", "How many the first deploy starts.")
    )

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any], *, service: str, environment: str) -> "LocalSettings":
        """Read the settings. Raises UsageError for a wrong key or value, and says the nearest right one."""
        readers = {
            "versions": a_folder,
            "known_versions": texts,
            "command": _command,
            "health": url_path,
            "deadline_seconds": seconds,
            "grace_seconds": seconds,
            "ports": _ports,
            "replicas": _count,
        }
        assert set(readers) == {one.name for one in fields(cls)}
        where = f"the local deployer of {service} in {environment}"
        settings = cls(**read(mapping, readers, where))
        _check_together(settings, where)
        return settings


def _check_together(settings: LocalSettings, where: str) -> None:
    if settings.versions is None and "command" in _defaults_of(settings):
        raise UsageError(
            f"{where} does not say what to run.",
            do='Give it versions = "FOLDER", or a command and known_versions.',
        )
    if settings.versions is None and not settings.known_versions:
        raise UsageError(f"{where} has no versions.", do='Give it versions = "FOLDER" or known_versions = ["v1"].')
    first, last = settings.ports
    if settings.replicas > last - first + 1:
        raise UsageError(f"replicas asks for more than the {last - first + 1} ports of {where}.", do="Widen ports.")


def _defaults_of(settings: LocalSettings) -> frozenset[str]:
    return frozenset(one.name for one in fields(settings) if getattr(settings, one.name) == one.default)


def _command(key: str, value: Any) -> tuple[str, ...]:
    command = texts(key, value)
    for name in _PLACEHOLDER.findall(" ".join(command)):
        if name not in PLACEHOLDERS:
            raise UsageError(f"{{{name}}} in {key} stands for nothing.", do=did_you_mean(name, PLACEHOLDERS))
    return command


def _count(key: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_REPLICAS:
        raise wrong(key, value, f"a whole number from 0 to {_MOST_REPLICAS}")
    return value


def _ports(key: str, value: Any) -> tuple[int, int]:
    found = _RANGE.fullmatch(value) if isinstance(value, str) else None
    first, last = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1024 <= first <= last <= 65535:
        raise wrong(key, value, 'a range of ports between 1024 and 65535, such as "24000-24099"')
    return first, last
