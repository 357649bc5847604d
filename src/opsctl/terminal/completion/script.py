"""The completion script of a shell: what is committed in completions/, and what `completion show` prints."""

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from importlib.resources import files

from opsctl.core.completion import EVERYWHERE, choice, command_lines, line, parameter_lines
from opsctl.core.grammar import Grammar
from opsctl.terminal.grammar import grammar_of_terminal
from opsctl.terminal.options import Options

TITLE = "# Completion of opsctl for "
"""How every script begins."""

MARK = "#LINES\n"
"""What the lines of the commands stand in place of."""


class Shell(StrEnum):
    """The shells that there is a script for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def script(shell: Shell) -> str:
    """The script that completes the commands of the terminal in that shell."""
    template = files(__package__).joinpath(f"opsctl.{shell}").read_text(encoding="utf-8")
    return template.replace(MARK, _LISTS[shell](_lines(grammar_of_terminal())))


def _lines(grammar: Grammar[Options]) -> Iterator[str]:
    yield from command_lines(list(grammar), grammar.parameters)
    yield line("command", EVERYWHERE, choice("help", "Tell about a command, or about all."))
    yield from parameter_lines(EVERYWHERE, grammar.everywhere)


def _dollar_quoted(lines: Iterator[str]) -> str:
    """Bash and zsh: one word a line, quoted as $'…'."""
    table = str.maketrans({"\\": "\\\\", "'": "\\'", "\t": "\\t", "\x1f": "\\x1f"})
    return "".join(f"  $'{one.translate(table)}'\n" for one in lines)


def _fish_quoted(lines: Iterator[str]) -> str:
    """Fish: one word a line, continued on the next; a tab stands outside of the quotes."""
    table = str.maketrans({"\\": "\\\\", "'": "\\'", "\t": "'\\t'", "\x1f": "'\\x1f'"})
    return " \\\n".join(f"    '{one.translate(table)}'" for one in lines) + "\n"


_LISTS: Mapping[Shell, Callable[[Iterator[str]], str]] = {
    Shell.BASH: _dollar_quoted,
    Shell.ZSH: _dollar_quoted,
    Shell.FISH: _fish_quoted,
}
