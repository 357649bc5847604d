"""What a line means in a terminal: in the built-in grammar, and where that does not know it, in the site's."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from opsctl.commands.table import COMMANDS, with_own
from opsctl.core.command import Surface
from opsctl.core.command_table import UNKNOWN
from opsctl.core.errors import OpsctlError, UsageError
from opsctl.core.grammar import Grammar
from opsctl.core.line import Line
from opsctl.terminal.commands.table import OWN_COMMANDS
from opsctl.terminal.options import Options
from opsctl.terminal.topics import OWN_TOPICS
from opsctl.topics.table import TOPICS

Understood: TypeAlias = tuple[Line | str, Options]
"""A line to carry out, or the text of the help that was asked for; empty where that is on everything."""


def grammar_of_terminal(declared: Sequence[Any] = ()) -> Grammar[Options]:
    """All commands as they may be typed in a terminal; its own stand in place of those that chat says differently.

    `declared` are the commands that the site brings, in the JSON form of the published site.
    """
    own = {command.name for command in OWN_COMMANDS}
    shared = [command for command in COMMANDS if command.name not in own]
    topics = sorted((*TOPICS, *OWN_TOPICS))
    return Grammar(with_own((*shared, *OWN_COMMANDS), declared), Surface.TERMINAL, Options, topics)


def understood(grammar: Grammar[Options], words: Sequence[str], environment: Mapping[str, str]) -> Understood:
    """What a line means. Raises UsageError.

    The site is looked at only where `grammar`, the built-in one, does not know the command, or lists all there are.
    """
    try:
        return _understood_by(grammar, words)
    except UsageError as error:
        if error.reason != UNKNOWN:
            raise
        declared, trouble = _declared(environment, grammar.options_in(words).config)
        if not declared:
            raise UsageError(error.happened, means=trouble or error.means, do=error.do, reason=UNKNOWN) from error
    return _understood_by(grammar_of_terminal(declared), words)


def listing(grammar: Grammar[Options], options: Options, environment: Mapping[str, str]) -> str:
    """All commands, the site's own among them; where these can't be told, the reason stands below."""
    declared, trouble = _declared(environment, options.config)
    text = (grammar_of_terminal(declared) if declared else grammar).help()
    return f"{text}\n\n{trouble}".rstrip()


def _understood_by(grammar: Grammar[Options], words: Sequence[str]) -> Understood:
    asked, options = grammar.parse(words)
    if isinstance(asked, Line):
        return asked, options
    return grammar.help(asked.words) if asked.words else "", options


def _declared(environment: Mapping[str, str], config: str) -> tuple[list[Any], str]:
    """The site's own commands; and in words, why they can't be told. Where nothing is set up, there are none."""
    from opsctl.glance import declared_commands

    try:
        return declared_commands(environment, config), ""
    except OpsctlError as error:
        first = error.happened.partition("\n")[0]
        return [], "" if error.reason == "no_settings" else f"The site's own commands can't be told: {first}"
