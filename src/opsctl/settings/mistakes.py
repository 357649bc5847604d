"""What is wrong in a settings file, all of it at once, each where it stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from opsctl.core.errors import UsageError


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing that is wrong, on one line. `line` and `column` count from 1; 0 for a value from outside the file."""

    file: str
    line: int
    column: int
    what: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.what}"


class InvalidSettings(UsageError):
    """A settings file with mistakes. `mistakes` has all of them, in the order of the file; each is one line."""

    reason = "settings"

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(set(mistakes)))
        super().__init__("\n".join(map(str, self.mistakes)), do=self._advice())

    def _advice(self) -> str:
        return "Correct this line and try again." if len(self.mistakes) == 1 else "Correct these lines and try again."


def shown(value: object, most: int = 60) -> str:
    """A value as it may stand in a message: quoted, control characters escaped, cut where it is long."""
    text = repr(str(value) if isinstance(value, Path) else value)
    return text if len(text) <= most else f"{text[: most - 1]}…"
