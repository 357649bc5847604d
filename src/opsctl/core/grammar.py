"""The grammar: a table of command classes, and what a typed line means in it.

One parser for terminal and chat. Only the command that was typed is built for Typer: building all of them would cost
more than running most of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from opsctl.core import usage
from opsctl.core.chat_text import check_text, check_words, clean, split
from opsctl.core.command import Command, Surface
from opsctl.core.command_table import CommandTable, Row, prefix
from opsctl.core.errors import UsageError
from opsctl.core.line import DRY_RUN, Line, chat_form, terminal_form
from opsctl.core.parameters import DataclassType, Parameter, ReadingError, parameters_of
from opsctl.core.parsing import Sorted, Texts, sort_words, together, values_of
from opsctl.core.shown import listed, shown
from opsctl.core.topic import Topic

__all__ = ["Grammar", "HelpAsked", "Line", "NoOptions", "chat_form", "terminal_form"]


@dataclass(frozen=True, slots=True)
class HelpAsked:
    """Somebody asked for help: on the topic that `words` name, or on everything. `Grammar.help` has the text."""

    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoOptions:
    """The options of a surface that has none of its own."""


_TOPIC = Parameter("topic", str, metavar="COMMAND", is_many=True)
_HELP = Parameter("is_help", bool, help="Show this.", flags=("--help", "-h"))
_DRY_RUN = Parameter(
    "is_dry_run", bool, help="Show the plan, its rule and who may approve it; change nothing.", flags=(DRY_RUN,)
)
ON_CHANGES = (_DRY_RUN,)
"""The options that every change takes, on every surface."""

Options = TypeVar("Options", bound=DataclassType)
Asked: TypeAlias = Line | HelpAsked


class Grammar(Generic[Options]):
    """The commands that may be typed at one surface, and that surface's own options.

    `options` is a frozen dataclass, declared like a command, whose every field has a default; its options may stand
    before the command or after it. `everywhere` are these and help's. `topics` are what else help tells about.
    `start` is what people type before a command, where that is not what the surface usually has.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        surface: Surface,
        options: type[Options],
        topics: Sequence[Topic] = (),
        start: str = "",
    ) -> None:
        self.start = start or prefix(surface)
        self.topics = topics
        self._options = options
        self.everywhere = (*parameters_of(options), _HELP)
        self._table = CommandTable(rows, surface, self.start)

    def __iter__(self) -> Iterator[Row]:
        """The commands that may be typed here, in table order."""
        return iter(self._table)

    def parse(self, words: Sequence[str]) -> tuple[Asked, Options]:
        """What was typed, and the surface's own options. Raises UsageError, which ends in the command's usage."""
        check_words(words)
        before = self._before(words)
        row, path = self._table.named(before.rest)
        if row is None:
            return self._help_asked(before)
        self._table.check_surface(row)
        command = row.load()
        with self._usage_told(command):
            own = parameters_of(command)
            common = (*ON_CHANGES, *self.everywhere) if command.has_plan else self.everywhere
            after = sort_words(before.rest[len(path) :], (*own, *common))
            given = together(before.given, after.given)
            if _HELP in given:
                return HelpAsked(path), self._chosen(given)
            self._check_rest(command, after.rest)
            return _line(command, given), self._chosen(given)

    def parse_chat(self, text: str, people: Mapping[str, str] | None = None) -> Asked:
        """What a person typed in chat, with or without the slash; `people` maps user ids in mentions to handles.

        Raises UsageError, which ends in the command's usage.
        """
        check_text(text)
        return self.parse(split(clean(text, people).removeprefix("/")))[0]

    def read(self, text: str) -> Line:
        """The line that `chat_form` wrote, whatever the surface it was typed at. Raises UsageError."""
        words = split(text.removeprefix("/"))
        row, path = self._table.named(words)
        if row is None:
            raise self._table.unknown(words)
        command = row.load()
        with self._usage_told(command):
            found = sort_words(words[len(path) :], self.parameters(command))
            self._check_rest(command, found.rest)
            return _line(command, found.given)

    def options_in(self, words: Sequence[str]) -> Options:
        """The surface's options, as far as they can be made out of a line that does not parse; never raises.

        For showing the error of that line in the form that was asked for.
        """
        try:
            given = sort_words(words, self.everywhere, is_lenient=True).given
            return self._options(**values_of(parameters_of(self._options), given))
        except ReadingError:
            return self._options()

    def help(self, words: Sequence[str] = ()) -> str:
        """The help on a command or a group ("audit verify", "incident"), on a topic, or on everything.

        A name that is both a command's and a topic's is told about as both. Raises UsageError.
        """
        if not words:
            return usage.listing(self._table, self.start, self.everywhere, self.topics)
        if list(words) == ["topics"]:
            return usage.topics(self.topics, self.start)
        topic = [one.page(self.start) for one in self.topics if [one.name] == list(words)]
        pages = [*self._command_help(words), *topic]
        if not pages:
            raise self._table.unknown(words, (*(one.name for one in self.topics), "topics"))
        return "\n\n".join(pages)

    def _command_help(self, words: Sequence[str]) -> Iterator[str]:
        row, path = self._table.named(words)
        if row is not None and len(path) == len(words):
            self._table.check_surface(row)
            command = row.load()
            yield usage.page(command, self.start, self.parameters(command), self.everywhere)
        elif group := self._table.below(words):
            yield usage.listing(group, self.start)

    def usage(self, command: type[Command]) -> str:
        """The usage line of a command here."""
        return usage.usage_line(self.start + command.name, self.parameters(command))

    def parameters(self, command: type[Command]) -> tuple[Parameter, ...]:
        """What may be given to a command, in declared order; `everywhere` has what may be given to all."""
        own = parameters_of(command)
        return (*own, *ON_CHANGES) if command.has_plan else own

    def _before(self, words: Sequence[str]) -> Sorted:
        """The surface's options that stand before the command."""
        if not words or not words[0].startswith("-"):
            return Sorted({}, tuple(words))
        try:
            return sort_words(words, self.everywhere, stops_early=True)
        except ReadingError as error:
            raise UsageError(
                str(error),
                means="Nothing was done.",
                do=f"Options of a command come after it: {self.start}COMMAND …",
            ) from error

    def _help_asked(self, before: Sorted) -> tuple[HelpAsked, Options]:
        """Words that name no command may still ask for help: none at all, `help audit`, `incident --help`."""
        try:
            after = sort_words(before.rest, (_TOPIC, *self.everywhere), is_lenient=True)
        except ReadingError as error:
            raise self._table.unknown(before.rest) from error
        given = together(before.given, after.given)
        topic = given.get(_TOPIC, ())
        if topic[:1] == ("help",):
            return HelpAsked(topic[1:]), self._chosen(given)
        if not topic or _HELP in given:
            return HelpAsked(topic), self._chosen(given)
        raise self._table.unknown(before.rest)

    def _check_rest(self, command: type[Command], rest: Sequence[str]) -> None:
        if not rest:
            return
        hint = self._table.suggestion(command.name, rest[0])
        places = [one for one in parameters_of(command) if one.is_positional]
        if not hint and places and places[-1].is_free:
            hint = f"Put {places[-1].metavar} in double quotes."
        raise ReadingError(f"Too many words: {listed([shown(word) for word in rest])}. {hint}".rstrip())

    def _chosen(self, given: Texts) -> Options:
        try:
            return self._options(**values_of(parameters_of(self._options), given))
        except ReadingError as error:
            do = f"About the options: {self.start}help"
            raise UsageError(str(error), means="Nothing was done.", do=do) from error

    @contextmanager
    def _usage_told(self, command: type[Command]) -> Iterator[None]:
        try:
            yield
        except ReadingError as error:
            told = UsageError(
                command.misread or str(error), means="Nothing was done.", do=f"Usage: {self.usage(command)}"
            )
            # Nor does a traceback show what must not be repeated.
            raise told from (None if command.misread else error)


def _line(command: type[Command], given: Texts) -> Line:
    return Line(command(**values_of(parameters_of(command), given)), is_dry_run=_DRY_RUN in given)
