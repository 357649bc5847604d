"""What the team's tool tells of the state, as JSON: read, and refused where it is none. See docs/process.md."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from opsctl.core.nearest import did_you_mean
from opsctl.core.ports import Release, ServiceState

_STATE = ("release", "replicas", "ready", "releases", "endpoints", "busy", "problem", "most")
_RELEASE = ("number", "version", "at", "by", "operation", "healthy", "restores")


@dataclass(frozen=True, slots=True)
class Report:
    """What is there now, and the releases, newest first."""

    state: ServiceState
    releases: tuple[Release, ...]

    @classmethod
    def read(cls, text: str) -> "Report":
        """The report that the tool wrote. Raises ValueError, which says what is wrong in it."""
        try:
            found = json.loads(text)
        except ValueError as error:
            raise ValueError(f"it is no JSON: {error}") from error
        told = _table(found, "it", _STATE)
        release = _release(told["release"], "release") if _given(told, "release") is not None else None
        history = _list(told, "releases")
        state = ServiceState(
            release=release,
            replicas=None if told.get("replicas") is None else _count(told, "replicas"),
            ready=_count(told, "ready"),
            endpoints=tuple(_address(one) for one in _list(told, "endpoints")),
            problem=_text(told, "problem", ""),
            is_busy=_truth(told, "busy", default=False),
            most=None if told.get("most") is None else _count(told, "most"),
        )
        if "releases" not in told:
            return cls(state, (release,) if release else ())
        releases = (_release(one, f"releases[{at}]") for at, one in enumerate(history))
        return cls(state, tuple(sorted(releases, key=lambda one: one.number, reverse=True)))


def _release(value: Any, where: str) -> Release:
    told = _table(value, where, _RELEASE)
    at = _given(told, "at")
    try:
        moment = datetime.fromisoformat(at)
    except (TypeError, ValueError) as error:
        raise ValueError(f'at in {where} must be a time such as "2026-03-04T15:23:47Z", not {at!r}') from error
    if moment.tzinfo is None:
        raise ValueError(f"at in {where} must say its offset, such as Z: {at!r}")
    return Release(
        number=_count(told, "number"),
        version=_text(told, "version"),
        at=moment.astimezone(UTC),
        by=_text(told, "by", ""),
        operation=_text(told, "operation", ""),
        is_healthy=_truth(told, "healthy", default=True),
        restores=None if told.get("restores") is None else _count(told, "restores"),
    )


def _table(value: Any, where: str, known: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{where} must be an object, not {value!r}")
    for key in value:
        if key not in known:
            raise ValueError(f"{key!r} in {where} means nothing. {did_you_mean(key, known)}")
    return value


def _given(told: Mapping[str, Any], key: str) -> Any:
    if key not in told:
        raise ValueError(f"{key} is missing")
    return told[key]


def _text(told: Mapping[str, Any], key: str, default: str | None = None) -> str:
    value = _given(told, key) if default is None else told.get(key, default)
    if not isinstance(value, str) or (default is None and not value):
        raise ValueError(f"{key} must be text, not {value!r}")
    return value


def _count(told: Mapping[str, Any], key: str) -> int:
    value = _given(told, key)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{key} must be a whole number, 0 or more, not {value!r}")
    return value


def _truth(told: Mapping[str, Any], key: str, *, default: bool) -> bool:
    value = told.get(key, default)
    if not isinstance(value, bool):
        raise ValueError(f"{key} must be true or false, not {value!r}")
    return value


def _list(told: Mapping[str, Any], key: str) -> list[Any]:
    value = told.get(key, [])
    if not isinstance(value, list):
        raise ValueError(f"{key} must be a list, not {value!r}")
    return value


def _address(value: Any) -> str:
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        raise ValueError(f"endpoints must be addresses such as http://10.0.0.7:8080, not {value!r}")
    return value
