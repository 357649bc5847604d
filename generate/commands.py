"""docs/commands.md: the reference of all commands, as help tells it."""

from collections.abc import Iterator

from opsctl.core import usage
from opsctl.core.command import Surface
from opsctl.core.command_table import Kind, Row
from opsctl.core.grammar import Grammar
from opsctl.terminal.grammar import grammar_of_terminal
from opsctl.terminal.options import Options

SCHEMA = "schema"
"""The topic that has a file of its own."""

_HEAD = """\
# Commands

Every command, as `opsctl help COMMAND` tells it. What is not marked as the terminal's own is typed in chat too, with a
slash in place of `opsctl`.
"""


def page() -> str:
    """The whole page."""
    return "\n".join((_HEAD, *_sections()))


def _sections() -> Iterator[str]:
    grammar = grammar_of_terminal()
    for kind in Kind:
        yield f"## {kind.value}\n"
        yield from (_section(grammar, row) for row in grammar if row.kind is kind)
    yield "## Everywhere\n\nOptions of the terminal, before a command or after it.\n"
    yield _text(usage.options(grammar.everywhere))
    yield "## Topics\n\nWhat `opsctl help TOPIC` tells beside.\n"
    for topic in grammar.topics:
        if topic.name == SCHEMA:
            yield f"### {topic.name}\n\n{topic.summary} It is [output.schema.json](output.schema.json).\n"
        else:
            yield f"### {topic.name}\n\n{_text(topic.page(grammar.start))}"


def _section(grammar: Grammar[Options], row: Row) -> str:
    own = "" if Surface.CHAT in row.surfaces else "The terminal's own.\n\n"
    command = row.load()
    return f"### {row.name}\n\n{own}{_text(usage.page(command, grammar.start, grammar.parameters(command)))}"


def _text(text: str) -> str:
    return f"```text\n{text}\n```\n"
