"""Which command the first words of a line name, and what to say when they name none."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from functools import partial
from importlib import import_module
from typing import NamedTuple, TypeAlias

from opsctl.core.command import Change, Command, Decision, Question, Surface
from opsctl.core.errors import UsageError
from opsctl.core.nearest import did_you_mean, nearest
from opsctl.core.shown import shown

UNKNOWN = "unknown_command"
"""The reason of the error for words that name no command."""

Path: TypeAlias = tuple[str, ...]
"""The words of a command's name."""


class Kind(StrEnum):
    """What a command is for, as help groups it, in that order."""

    CHANGE = "Change what runs"
    DECISION = "Decide"
    QUESTION = "Look"
    SETUP = "Set up"


class Row(NamedTuple):
    """A command as the table lists it. Its class is loaded only where it is typed: all of them take longer than most.

    `summary` is the first line of the class's docstring; a test holds the two together.
    """

    name: str
    kind: Kind
    summary: str
    load: Callable[[], type[Command]]
    surfaces: frozenset[Surface] = frozenset(Surface)


def row(name: str, where: str, kind: Kind, summary: str, *surfaces: Surface) -> Row:
    """A row of a table; `where` is "module:Class", no `surfaces` means all."""
    return Row(name, kind, summary, partial(_load, where), frozenset(surfaces or Surface))


def row_of(command: type[Command]) -> Row:
    """The row that a command's class stands for."""
    kinds: dict[type[Command], Kind] = {Change: Kind.CHANGE, Decision: Kind.DECISION, Question: Kind.QUESTION}
    kind = next((kind for base, kind in kinds.items() if issubclass(command, base)), Kind.SETUP)
    summary = inspect.cleandoc(command.__doc__ or "").partition("\n")[0]
    return Row(command.name, kind, summary, lambda: command, command.surfaces)


def _load(where: str) -> type[Command]:
    module, name = where.split(":")
    command: type[Command] = getattr(import_module(module), name)
    return command


def prefix(surface: Surface) -> str:
    """What stands before a command's name at a surface."""
    return "opsctl " if surface is Surface.TERMINAL else "/"


class CommandTable:
    """The ordered table of commands, looked up by the words of their names, as seen from one surface.

    `start` is what is typed there before a name.
    """

    def __init__(self, rows: Sequence[Row], surface: Surface, start: str) -> None:
        self._by_path: dict[Path, Row] = {tuple(row.name.split()): row for row in rows}
        self._longest = max((len(path) for path in self._by_path), default=0)
        self._surface = surface
        self._start = start

    def __iter__(self) -> Iterator[Row]:
        """The commands that may be typed here, in table order."""
        return (row for row in self._by_path.values() if self._surface in row.surfaces)

    def named(self, words: Sequence[str]) -> tuple[Row | None, Path]:
        """The command with the longest name that the words begin with, and that name; else None and no words."""
        # Telephones write the first letter of a message in upper case.
        folded = tuple(word.casefold() for word in words[: self._longest])
        for size in range(len(folded), 0, -1):
            if row := self._by_path.get(folded[:size]):
                return row, folded[:size]
        return None, ()

    def below(self, path: Sequence[str]) -> list[Row]:
        """The commands here whose names begin with these words, in table order."""
        return [row for row in self if row.name.split()[: len(path)] == list(path)]

    def check_surface(self, row: Row) -> None:
        """Raises UsageError where the command can't be typed at this surface."""
        if self._surface not in row.surfaces:
            raise UsageError(
                f"{row.name} can't be typed in {_place(self._surface)}.",
                means="Nothing was done.",
                do=f"Type it in {' or '.join(_place(surface) for surface in sorted(row.surfaces))}.",
                reason="wrong_surface",
            )

    def suggestion(self, name: str, word: str) -> str:
        """A sentence that offers a longer name than that one, where the word that follows is close to one; or none."""
        close = nearest(word, self._seconds(name))
        return f"Did you mean {' or '.join(f'{name} {second}' for second in close)}?" if close else ""

    def unknown(self, words: Sequence[str], others: Iterable[str] = ()) -> UsageError:
        """The error for words that name no command here; `others` are words that would have done too."""
        first = words[0] if words else ""
        seconds = self._seconds(first)
        if seconds and len(words) == 1:
            happened = f"{first} needs one word more: {', '.join(seconds)}."
        elif seconds:
            happened = f"There is no command {shown(' '.join(words[:2]))}. {did_you_mean(words[1], seconds)}"
        else:
            names = {*(row.name.partition(" ")[0] for row in self), *others}
            happened = f"There is no command {shown(first)}. {did_you_mean(first, names)}"
        return UsageError(
            happened,
            means="Nothing was done.",
            do=f"All commands: {self._start}help",
            reason=UNKNOWN,
        )

    def _seconds(self, first: str) -> list[str]:
        """The second words of the names here that begin with that word."""
        return [row.name.split()[1] for row in self.below((first,)) if " " in row.name]


def _place(surface: Surface) -> str:
    return "a terminal" if surface is Surface.TERMINAL else "chat"
