"""The terminal's own commands: declared like any other, run here and never recorded as operations."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from opsctl.core.command import Command, Surface
from opsctl.terminal.options import Options

if TYPE_CHECKING:
    from opsctl.core.events import Event
    from opsctl.core.published_site import PublishedSite
    from opsctl.core.store import Store


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
    def run(self, terminal: Terminal) -> Iterator["Event"]:
        """Do it, and yield the facts to show. Raises any OpsctlError."""


class HandIn(Command):
    """A command that is typed in the terminal, and asked as another one once what it names lies in the store."""

    __slots__ = ()

    has_plan: ClassVar[bool] = True
    surfaces: ClassVar[frozenset[Surface]] = frozenset({Surface.TERMINAL})

    @abstractmethod
    def hand_in(self, store: "Store") -> tuple[Command, "PublishedSite"]:
        """Put it into the store; returns the command to ask, and the site that it brings. Raises any OpsctlError."""
