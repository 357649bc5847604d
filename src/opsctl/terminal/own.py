"""The terminal's own commands: declared like any other, run here and never recorded as operations."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from opsctl.core.command import Command, Surface
from opsctl.core.events import Event
from opsctl.terminal.options import Options


@dataclass(frozen=True, slots=True)
class Terminal:
    """What a command of the terminal can see: environment variables, common options, whether a person is there."""

    environment: Mapping[str, str]
    options: Options
    is_interactive: bool


class OwnCommand(Command):
    """A command that has a meaning in the terminal alone."""

    __slots__ = ()

    surfaces: ClassVar[frozenset[Surface]] = frozenset({Surface.TERMINAL})

    @abstractmethod
    def run(self, terminal: Terminal) -> Iterator[Event]:
        """Do it, and yield the facts to show. Raises any OpsctlError."""
