"""The names of the secrets that the keyring holds for each site, since a keyring does not list. Never a value."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from opsctl.core.errors import UsageError
from opsctl.settings.text_file import replace_with


def indexed(folder: Path, site: str) -> tuple[str, ...]:
    """The names that were noted for the site, in alphabetical order. Raises UsageError."""
    with _telling(folder):
        return tuple(_read(_file(folder)).get(site, ()))


def note(folder: Path, site: str, name: str) -> None:
    """Note a name. Raises UsageError where that can't be written."""
    with _changing(folder) as index:
        index[site] = sorted({*index.get(site, ()), name})


def forget(folder: Path, site: str, name: str) -> bool:
    """Forget a name; tells whether it was known. Raises UsageError where that can't be written."""
    with _changing(folder) as index:
        names = index.get(site, [])
        index[site] = [one for one in names if one != name]
        return name in names


@contextmanager
def _changing(folder: Path) -> Iterator[dict[str, list[str]]]:
    """The index, written back when the block ends well; nobody else changes it meanwhile."""
    with _telling(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            index = _read(_file(folder))
            yield index
            replace_with(_file(folder), json.dumps(index, indent=2).encode())
        finally:
            os.close(lock)


def _file(folder: Path) -> Path:
    return folder / "secrets.json"


def _read(file: Path) -> dict[str, list[str]]:
    try:
        found = json.loads(file.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    sites = found.items() if isinstance(found, dict) else ()
    return {site: [name for name in _list(names) if isinstance(name, str)] for site, names in sites}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


@contextmanager
def _telling(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"The list of secrets {_file(folder)} can't be used: {error.strerror}.",
            means="The secrets themselves are untouched.",
            do="Make that file and its folder yours and writable, and try again.",
            reason="settings",
        ) from error
