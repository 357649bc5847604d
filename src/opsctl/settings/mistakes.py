"""What is wrong in a settings file, all of it at once, each where it stands."""

from collections.abc import Iterable
from pathlib import Path

from opsctl.core.errors import UsageError
from opsctl.core.setup_facts import Mistake


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
