"""docs/opsctl.1: the manual page, in the man(7) language, from the same tables as help."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from importlib.metadata import version

from generate.commands import SCHEMA
from opsctl.core import usage
from opsctl.core.command_table import Kind, Row
from opsctl.core.grammar import Grammar
from opsctl.core.parameters import Parameter
from opsctl.terminal.app import grammar_of_terminal
from opsctl.terminal.options import Options

EDITION = "2026-03-04"
"""The date at the foot of the page; the same for everybody who writes it."""

_SECTIONS = {"exit-codes": "EXIT STATUS"}
"""Topics that manual pages have a name of their own for."""

_DESCRIPTION = """\
One grammar for operations, from the terminal and from chat, under one set of rules, with one record. Whatever changes
something is recorded before anything happens, may need the approval of others, and is announced to the team."""


def page() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    grammar = grammar_of_terminal()
    yield r".\" Written by `make generate`."
    yield f'.TH OPSCTL 1 "{EDITION}" "opsctl {version("opsctl")}" "User Commands"'
    yield from (".SH NAME", r"opsctl \- operations from the terminal and from chat")
    yield from (".SH SYNOPSIS", ".B opsctl", r"[\fIOPTION\fR ...] \fICOMMAND\fR [\fIARGUMENT\fR ...]")
    yield from (".SH DESCRIPTION", *_filled(_DESCRIPTION))
    yield ".SH COMMANDS"
    for kind in Kind:
        yield f".SS {kind.value}"
        for row in (row for row in grammar if row.kind is kind):
            yield from _command(grammar, row)
    yield from (".SH OPTIONS", "Before a command or after it.", *_options(grammar.everywhere))
    for topic in grammar.topics:
        if topic.name != SCHEMA:
            yield f".SH {_SECTIONS.get(topic.name, topic.name.upper())}"
            yield from _page(topic.page(grammar.start))
    yield from (".SH EXAMPLES", *_examples(grammar))
    yield from (".SH SEE ALSO", r"\fBopsctl help\fR, \fBopsctl help topics\fR")


def _command(grammar: Grammar[Options], row: Row) -> Iterator[str]:
    command = row.load()
    parameters = grammar.parameters(command)
    yield from (".TP", rf"\fB{_text(usage.usage_line(grammar.start + command.name, parameters))}\fR")
    yield from _filled(row.summary)
    options = list(_options([one for one in parameters if not one.is_positional]))
    if options:
        yield from (".RS", *options, ".RE")


def _options(parameters: Sequence[Parameter]) -> Iterator[str]:
    for name, about in _rows(usage.options(parameters, "").splitlines()[1:]):
        yield from (".TP", rf"\fB{_text(name)}\fR", *_filled(about))


def _page(page: str) -> Iterator[str]:
    """A page of help: rows of two columns become a list, other indented lines stay as they are, the rest is filled."""
    for at, block in enumerate(page.split("\n\n")):
        title, rows = [], block.splitlines()
        while rows and not rows[0].startswith("  "):
            title.append(rows.pop(0))
        if title:
            yield from ((".PP",) if at else ())
            yield from _filled(" ".join(title))
        columns = list(_rows(rows))
        if len(columns) == len(rows):
            for name, about in columns:
                yield from (".TP", rf"\fB{_text(name)}\fR") if name else (".br",)
                yield from _filled(about)
        else:
            yield from (*(() if title or not at else (".PP",)), ".EX", *map(_text, rows), ".EE")


def _rows(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Those lines that have two columns, as they are."""
    for line in lines:
        match = re.fullmatch(r"  (?:(\S+(?: \S+)*) {2,}| +)(\S+(?: \S+)*)", line)
        if match:
            yield match[1] or "", match[2]


def _examples(grammar: Grammar[Options]) -> Iterator[str]:
    yield ".EX"
    for row in grammar:
        yield from (_text(f"opsctl {example}") for example in row.load().examples)
    yield ".EE"


def _filled(text: str) -> Iterator[str]:
    """Text that is filled where it is read, in lines of a length that mandoc finds good style."""
    yield from map(_text, textwrap.wrap(text, 72, break_long_words=False, break_on_hyphens=False))


def _text(text: str) -> str:
    r"""Text for roff: a dash that is typed is \-, a line never begins with a control character."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-").replace("…", "...")
    return escaped if not escaped.startswith((".", "'")) else rf"\&{escaped}"
