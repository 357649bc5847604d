"""What a shell has to know to complete a line of opsctl, as plain lines that it can read without help.

The scripts of the shells hold the lines of the built-in commands; a file that every run renews (known_names.py) holds
those of a site's names and of its own commands. Fields stand between tabs, and none is empty:

    command   PATH  CHOICE…                                 PATH: the words so far; "*" before the first
    argument  NAME  METAVAR  once|many  KIND  HELP  CHOICE…  of that command, in the order in which they are typed
    option    NAME  FLAGS    once|many  KIND  HELP  CHOICE…  FLAGS between blanks; NAME "*" for every command
    KIND      OF    CHOICE…                                 OF: "*" for the site, SERVICE, or
                                                            "SERVICE/ENVIRONMENT…", with blanks between these

KIND is a value of `Names`, or "switch" (takes no value), "choice" (one of those that follow), "text" (anything).
A CHOICE may have a description behind it, after the character U+001F.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from opsctl.core.command import Command
from opsctl.core.command_table import Row
from opsctl.core.parameters import Parameter

EVERYWHERE = "*"


def line(*fields: str) -> str:
    """A line of these fields."""
    return "\t".join(_plain(field) or "-" for field in fields)


def choice(name: str, description: str = "") -> str:
    """A field that offers a name."""
    return f"{name}\x1f{description}" if description else name


def is_offered(name: str) -> bool:
    """Whether a name can stand in a line and on a terminal. Zsh's _describe can't be handed a backslash."""
    return name != "" and name.isprintable() and "\\" not in name


def command_lines(rows: Sequence[Row], parameters: Callable[[type[Command]], Iterable[Parameter]]) -> Iterator[str]:
    """The lines of these commands; `parameters` tells what may be given to each, as `Grammar.parameters` does."""
    for path, words in _words(rows).items():
        yield from (line("command", path or EVERYWHERE, choice(word, about)) for word, about in words.items())
    for row in rows:
        yield from parameter_lines(row.name, parameters(row.load()))


def parameter_lines(name: str, parameters: Iterable[Parameter]) -> Iterator[str]:
    """The lines of what may be given to the command of that name, or EVERYWHERE."""
    for one in parameters:
        how = "argument" if one.is_positional else "option"
        label = one.metavar if one.is_positional else " ".join(one.flags)
        choices = (name for name in one.choices if is_offered(name))
        yield line(how, name, label, "many" if one.is_many else "once", _kind(one), one.help, *choices)


def _words(rows: Iterable[Row]) -> dict[str, dict[str, str]]:
    """What may follow the words of a name, with what it does; a word that only begins names, with what follows it."""
    following: dict[str, dict[str, str]] = {}
    names = {row.name for row in rows}
    for row in rows:
        path = ""
        for word in row.name.split():
            known, name = following.setdefault(path, {}), f"{path} {word}".strip()
            if name == row.name:
                known[word] = row.summary
            elif name not in names:
                known[word] = ", ".join((*filter(None, (known.get(word),)), row.name.removeprefix(f"{name} ")))
            path = name
    return following


def _kind(one: Parameter) -> str:
    if one.is_switch:
        return "switch"
    if one.names is not None:
        return one.names.value
    return "choice" if one.choices else "text"


def _plain(field: str) -> str:
    """The field without what would break a line or move a cursor; descriptions keep their separator."""
    return "".join(char if char.isprintable() or char == "\x1f" else "�" for char in field)
