"""A line: a command as it was typed, and its canonical texts."""

from dataclasses import dataclass

from opsctl.core.chat_text import quoted
from opsctl.core.command import Command
from opsctl.core.parameters import Parameter, parameters_of

DRY_RUN = "--dry-run"


@dataclass(frozen=True, slots=True)
class Line:
    """What a person typed, parsed."""

    command: Command
    is_dry_run: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """Its canonical words: the name, positionals, then the options that differ from their default, in order.

        A positional that starts with a dash would be taken for an option; then the options stand first, ended by
        `--`.
        """
        name = tuple(self.command.name.split())
        places, options = _positionals(self.command), _options(self.command)
        if self.is_dry_run:
            options = (*options, DRY_RUN)
        if any(word.startswith("-") for word in places):
            return (*name, *options, "--", *places)
        return (*name, *places, *options)


def chat_form(line: Line) -> str:
    """The canonical text, as it stands in records: `/deploy order-service v2.4.1 production`."""
    first, *others = line.words
    return " ".join((f"/{first}", *(quoted(word) for word in others)))


def terminal_form(line: Line) -> str:
    """The same line as one types it in a shell: `opsctl deploy order-service v2.4.1 production`."""
    import shlex

    return shlex.join(("opsctl", *line.words))


def _positionals(command: Command) -> tuple[str, ...]:
    given = [(one, getattr(command, one.field)) for one in parameters_of(type(command)) if one.is_positional]
    while given and not given[-1][0].is_required and given[-1][1] == given[-1][0].default:
        given.pop()
    return tuple(text for one, value in given for text in _texts(one, value))


def _options(command: Command) -> tuple[str, ...]:
    words: list[str] = []
    for one in parameters_of(type(command)):
        value = getattr(command, one.field)
        if one.is_positional or (not one.is_required and value == one.default):
            continue
        if one.is_switch:
            words.append(one.label)
        else:
            words += (word for text in _texts(one, value) for word in (one.label, text))
    return tuple(words)


def _texts(one: Parameter, value: object) -> tuple[str, ...]:
    if isinstance(value, tuple) and one.is_many:
        return tuple(one.text(each) for each in value)
    return (one.text(value),)
