"""A TOML file with its places: what was written, and on which line."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from opsctl.core.setup_facts import Mistake
from opsctl.settings.mistakes import InvalidSettings
from opsctl.settings.positions import Keys, Position, positions


@dataclass(frozen=True)
class TomlFile:
    """A file that is TOML. `data` is what tomllib read."""

    path: Path
    text: str
    data: Mapping[str, Any]

    @cached_property
    def _positions(self) -> Mapping[Keys, Position]:
        return positions(self.text)

    def mistake(self, keys: Keys, what: str) -> Mistake:
        """The mistake at the key, or at the nearest table around it that is in the file."""
        line, column = self.place(keys)
        return Mistake(str(self.path), line, column, what)

    def place(self, keys: Keys) -> Position:
        """(line, column) of the key, or of the nearest table around it that is in the file."""
        while keys and keys not in self._positions:
            keys = keys[:-1]
        return self._positions.get(keys, (1, 1))


def parse(path: Path, content: bytes) -> TomlFile:
    """The file's content. Raises InvalidSettings with the place where it stops being UTF-8 or TOML."""
    try:
        text = content.decode()
        return TomlFile(path, text, tomllib.loads(text))
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        raise InvalidSettings([_mistake(path, before, "this is not UTF-8 text")]) from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidSettings([_syntax_mistake(path, text, str(error))]) from error
    except RecursionError as error:
        raise InvalidSettings([Mistake(str(path), 1, 1, "lists or tables are nested too deeply")]) from error


def _mistake(path: Path, before: str, what: str) -> Mistake:
    line = before.count("\n") + 1
    return Mistake(str(path), line, len(before) - (before.rfind("\n") + 1) + 1, what)


def _syntax_mistake(path: Path, text: str, message: str) -> Mistake:
    # Before Python 3.14, tomllib gives the place inside its message only.
    what, _, place = message.rpartition(" (at ")
    found = re.fullmatch(r"line (\d+), column (\d+)\)", place)
    what = f"this is not TOML: {what[:1].lower()}{what[1:]}"
    if found:
        return Mistake(str(path), int(found[1]), int(found[2]), what)
    return _mistake(path, text.rstrip("\n"), f"{what}; the file ends too early")
