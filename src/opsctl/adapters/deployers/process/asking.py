"""Asking the team's tool: programs that change nothing, whose standard output is the answer."""

import tempfile
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass

from opsctl.adapters.deployers.process.report import Report
from opsctl.adapters.deployers.process.settings import ProcessSettings
from opsctl.core.errors import ActionFailed, Unreachable
from opsctl.core.ports import Progress
from opsctl.core.process import output_of
from opsctl.core.vector import filled

MOST_CHARACTERS = 4_000_000
_LAST_WORDS = 300
ASKING = Progress("asking")


@dataclass(frozen=True, slots=True)
class Tool:
    """The team's tool for one service in one environment, as it is asked. Its methods raise Unreachable.

    Each yields at least once a second while it waits, and returns the answer.
    """

    settings: ProcessSettings
    service: str
    environment: str

    def report(self) -> Generator[Progress, None, Report]:
        """What it says is there now."""
        text = yield from self._answer(self.settings.state)
        try:
            return Report.read(text)
        except ValueError as error:
            raise self._unreachable(
                f"{self.settings.state[0]} wrote no state that can be read: {error}.",
                do="Mend what it writes to standard output; docs/process.md says what that must be.",
            ) from error

    def versions(self) -> Generator[Progress, None, tuple[str, ...]]:
        """The versions that it lists, newest first; empty where nothing lists them."""
        if not self.settings.list_versions:
            return ()
        text = yield from self._answer(self.settings.list_versions)
        return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))

    @property
    def place(self) -> dict[str, str | None]:
        """What its placeholders stand for in every vector."""
        return {"service": self.service, "environment": self.environment}

    @property
    def variables(self) -> dict[str, str]:
        """The variables in which every program finds what it is about."""
        return {"OPSCTL_SERVICE": self.service, "OPSCTL_ENVIRONMENT": self.environment}

    @property
    def folder(self) -> str | None:
        """Where its programs run."""
        return str(self.settings.folder) if self.settings.folder else None

    def _answer(self, vector: Sequence[str]) -> Generator[Progress, None, str]:
        words = filled(vector, self.place)
        lines: list[str] = []
        size = 0
        # Its errors are for people, and must not stand between the lines of its answer.
        with tempfile.TemporaryFile() as errors:
            output = output_of(
                words,
                self.variables,
                folder=self.folder,
                limit_seconds=self.settings.state_seconds,
                grace_seconds=self.settings.grace_seconds,
                errors=errors.fileno(),
            )
            try:
                with closing(output):
                    for some in output:
                        lines += some
                        size += sum(map(len, some))
                        if size > MOST_CHARACTERS:
                            raise ActionFailed(
                                f"{words[0]} wrote more than {MOST_CHARACTERS} characters, and was ended."
                            )
                        yield ASKING
            except ActionFailed as failure:
                raise self._unreachable(failure.happened + _last_words(errors.fileno())) from failure
        return "\n".join(lines)

    def _unreachable(self, happened: str, do: str = "") -> Unreachable:
        return Unreachable(
            happened,
            means=f"What is there of {self.service} in {self.environment} is not known.",
            do=do or "Run it by hand and see what it says; its argument vector: opsctl site show",
        )


def _last_words(errors: int) -> str:
    """The last line that it wrote as an error, as a sentence's end; empty where there is none."""
    import os

    size = os.fstat(errors).st_size
    text = os.pread(errors, _LAST_WORDS, max(0, size - _LAST_WORDS)).decode(errors="replace")
    line = next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
    return f" It said: {line}" if line else ""
