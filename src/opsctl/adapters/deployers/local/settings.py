"""The settings of a local deployer: `[services.NAME.deployer]` with `kind = "local"` in the site file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from opsctl.core.errors import UsageError
from opsctl.core.nearest import did_you_mean

PLACEHOLDERS = ("version", "port", "service", "environment", "folder", "python")
"""What may stand in braces in `command`. `folder` is the one it runs in, `python` the interpreter of opsctl."""

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_RANGE = re.compile(r"(\d{1,5})-(\d{1,5})")
_MOST_REPLICAS = 100


def _told(value: str, what: str) -> Mapping[str, str]:
    """The words about a setting in its documentation: what its value is, and what it is for."""
    return {"value": value, "what": what}


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """How a service is run on this machine: real processes, health-checked, rolled over, logged."""

    versions: Path | None = field(
        default=None, metadata=_told("text", "The folder that holds one folder a version; relative to the site file.")
    )
    known_versions: tuple[str, ...] = field(
        default=(),
        metadata=_told("a list of texts", "Versions that need no folder; in one of them, `*` stands for anything."),
    )
    command: tuple[str, ...] = field(
        default=("{folder}/run",),
        metadata=_told(
            "a list of texts",
            "What to run, in the version's folder: a program and its arguments. In braces may stand "
            f"{', '.join(PLACEHOLDERS)}. The variables PORT, SERVICE, VERSION and ENVIRONMENT are set.",
        ),
    )
    health: str = field(
        default="/healthz", metadata=_told("text", "The path that answers 200 once a replica is ready.")
    )
    deadline_seconds: float = field(
        default=30.0, metadata=_told("a number, up to 3600", "How long a replica may take to become ready.")
    )
    grace_seconds: float = field(
        default=10.0, metadata=_told("a number, up to 3600", "How long one may take to end, before it is killed.")
    )
    ports: tuple[int, int] = field(
        default=(24000, 24099),
        metadata=_told('text such as "24000-24099"', "Each replica gets one of them on 127.0.0.1."),
    )
    replicas: int = field(
        default=1, metadata=_told(f"a whole number, 0 to {_MOST_REPLICAS}", "How many the first deploy starts.")
    )

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any], *, service: str, environment: str) -> "LocalSettings":
        """Read the settings. Raises UsageError for a wrong key or value, and says the nearest right one."""
        readers = {
            "versions": _folder,
            "known_versions": _texts,
            "command": _command,
            "health": _path,
            "deadline_seconds": _seconds,
            "grace_seconds": _seconds,
            "ports": _ports,
            "replicas": _count,
        }
        assert set(readers) == {one.name for one in fields(cls)}
        where = f"the local deployer of {service} in {environment}"
        values: dict[str, Any] = {}
        for key, value in mapping.items():
            if key == "kind":
                continue
            if key not in readers:
                raise UsageError(f"{key} is no setting of {where}.", do=did_you_mean(key, readers))
            values[key] = readers[key](key, value)
        settings = cls(**values)
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


def _wrong(key: str, value: Any, wanted: str) -> UsageError:
    return UsageError(f"{key} must be {wanted}, not {value!r}.")


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value or "\0" in value:
        raise _wrong(key, value, "text in quotes")
    return value


def _texts(key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not value:
        raise _wrong(key, value, "a list of texts")
    return tuple(_text(key, one) for one in value)


def _folder(key: str, value: Any) -> Path:
    path = Path(_text(key, value))
    if not path.is_absolute():
        raise _wrong(key, value, "an absolute path")
    return path


def _command(key: str, value: Any) -> tuple[str, ...]:
    command = _texts(key, value)
    for name in _PLACEHOLDER.findall(" ".join(command)):
        if name not in PLACEHOLDERS:
            raise UsageError(f"{{{name}}} in {key} stands for nothing.", do=did_you_mean(name, PLACEHOLDERS))
    return command


def _path(key: str, value: Any) -> str:
    path = _text(key, value)
    if not path.startswith("/") or not path.isascii() or not path.isprintable() or " " in path:
        raise _wrong(key, value, 'the path of an address, such as "/healthz"')
    return path


def _seconds(key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 3600:
        raise _wrong(key, value, "a number of seconds, more than 0 and up to 3600")
    return float(value)


def _count(key: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_REPLICAS:
        raise _wrong(key, value, f"a whole number from 0 to {_MOST_REPLICAS}")
    return value


def _ports(key: str, value: Any) -> tuple[int, int]:
    found = _RANGE.fullmatch(value) if isinstance(value, str) else None
    first, last = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1024 <= first <= last <= 65535:
        raise _wrong(key, value, 'a range of ports between 1024 and 65535, such as "24000-24099"')
    return first, last
