"""Reading the values of a deployer's settings, as the site file has them; what is wrong with one is told by its key."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from opsctl.core.errors import UsageError
from opsctl.core.nearest import did_you_mean

Reader: TypeAlias = Callable[[str, Any], Any]
"""Reads a value, called with its key. Raises UsageError where it is none of what it must be."""

LONGEST_SECONDS = 3600


def told(value: str, what: str) -> Mapping[str, str]:
    """The words about a setting in its documentation: what its value is, and what it is for."""
    return {"value": value, "what": what}


def read(mapping: Mapping[str, Any], readers: Mapping[str, Reader], where: str) -> dict[str, Any]:
    """The values by key, without "kind". Raises UsageError for a wrong key or value, and says the nearest right one."""
    values: dict[str, Any] = {}
    for key, value in mapping.items():
        if key == "kind":
            continue
        if key not in readers:
            raise UsageError(f"{key} is no setting of {where}.", do=did_you_mean(key, readers))
        values[key] = readers[key](key, value)
    return values


def wrong(key: str, value: Any, wanted: str) -> UsageError:
    """The error for a value that is not what is wanted."""
    return UsageError(f"{key} must be {wanted}, not {value!r}.")


def text(key: str, value: Any) -> str:
    """A text with something in it."""
    if not isinstance(value, str) or not value or "\0" in value:
        raise wrong(key, value, "text in quotes")
    return value


def texts(key: str, value: Any) -> tuple[str, ...]:
    """A list of such texts, not empty."""
    if not isinstance(value, (list, tuple)) or not value:
        raise wrong(key, value, "a list of texts")
    return tuple(text(key, one) for one in value)


def a_folder(key: str, value: Any) -> Path:
    """An absolute path."""
    path = Path(text(key, value))
    if not path.is_absolute():
        raise wrong(key, value, "an absolute path")
    return path


def url_path(key: str, value: Any) -> str:
    """The path of an address."""
    path = text(key, value)
    if not path.startswith("/") or not path.isascii() or not path.isprintable() or " " in path:
        raise wrong(key, value, 'the path of an address, such as "/healthz"')
    return path


def seconds(key: str, value: Any, most: int = LONGEST_SECONDS) -> float:
    """A number of seconds, more than 0 and up to `most`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= most:
        raise wrong(key, value, f"a number of seconds, more than 0 and up to {most}")
    return float(value)
