"""The grammar takes a site's commands like its own: a command is one line, and a line is one command."""

import re
import shlex
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.team import a_site
from tests.core.test_grammar import lines, typeable, without_lost, words

from opsctl.commands.custom import class_of
from opsctl.commands.reading import chat_grammar, read
from opsctl.commands.table import with_own
from opsctl.core.chat_text import quoted
from opsctl.core.command import Names, Surface
from opsctl.core.command_table import Kind
from opsctl.core.custom import CustomCommand, Input, InputKind
from opsctl.core.errors import UsageError
from opsctl.core.fields import Span
from opsctl.core.grammar import Grammar, NoOptions
from opsctl.core.line import Line, chat_form, terminal_form
from opsctl.core.parameters import parameters_of
from opsctl.terminal.grammar import grammar_of_terminal
from opsctl.terminal.options import Options

CHOICES = ("soft", "hard", "2")
DEFAULTS = {InputKind.INTEGER: ("1", "7"), InputKind.CHOICE: CHOICES, InputKind.SPAN: ("90s", "1h30m", "0s")}


NAMES = ["a", "service", "name", "plan", "2fa", "for", "is-it", "x-y"]


@st.composite
def inputs(draw: st.DrawFn, name: str, *, is_option: bool, has_default: bool) -> Input:
    kind = draw(st.sampled_from([kind for kind in InputKind if is_option or kind is not InputKind.SWITCH]))
    is_number = kind is InputKind.INTEGER
    default = draw(st.sampled_from(DEFAULTS.get(kind, ("", "x", "a b", "-x", "{x}", '"'))))
    return Input(
        name,
        kind,
        is_option=is_option,
        default=default if has_default and kind is not InputKind.SWITCH else None,
        choices=CHOICES if kind is InputKind.CHOICE else (),
        least=1 if is_number else None,
        most=draw(st.none() | st.just(9)) if is_number else None,
    )


@st.composite
def declared(draw: st.DrawFn) -> CustomCommand:
    """Any command that a site may declare: what has to be given, then what need not be, then options."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=6))
    first, second = sorted(draw(st.tuples(st.integers(0, 6), st.integers(0, 6))))
    found = (
        *(draw(inputs(name, is_option=False, has_default=False)) for name in names[:first]),
        *(draw(inputs(name, is_option=False, has_default=True)) for name in names[first:second]),
        *(draw(inputs(name, is_option=True, has_default=draw(st.booleans()))) for name in names[second:]),
    )
    return CustomCommand("flush-cache", "Empty it.", draw(st.booleans()), ("true",), found)


def grammars(one: CustomCommand) -> tuple[Grammar[NoOptions], Grammar[Options]]:
    site = replace(a_site(), commands={one.name: one})
    return chat_grammar(site), grammar_of_terminal([one.as_json()])


@given(st.data())
def test_a_line_of_a_sites_command_is_the_same_line_read_back_typed_and_sent(data: st.DataObject) -> None:
    one = data.draw(declared())
    assert CustomCommand.from_json(one.as_json()) == one
    chat, terminal = grammars(one)
    recorded = data.draw(lines(words(st.characters(exclude_categories=("Cs",))), (class_of(one),)))
    assert chat.read(chat_form(recorded)) == recorded
    typed = data.draw(lines(words(typeable), (class_of(one),)))
    assert terminal.parse(shlex.split(terminal_form(typed))[1:])[0] == typed
    sent = data.draw(lines(without_lost, (class_of(one),)))
    assert chat.parse_chat(chat_form(sent).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")) == sent


@given(declared())
def test_help_completion_and_parser_find_every_input_under_its_name(one: CustomCommand) -> None:
    _, terminal = grammars(one)
    parameters = parameters_of(class_of(one))
    assert [each.label for each in parameters] == [
        f"--{each.name}" if each.is_option else each.name.upper() for each in one.inputs
    ]
    page = terminal.help(["flush-cache"])
    assert all(each.label in page for each in parameters)
    names = {InputKind.SERVICE, InputKind.ENVIRONMENT, InputKind.VERSION, InputKind.PERSON}
    assert [each.names for each in parameters] == [
        Names(each.kind.value) if each.kind in names else None for each in one.inputs
    ]


EVERYTHING = CustomCommand(
    "flush-cache",
    "Empty the cache of a service.",
    is_change=True,
    vector=("true",),
    inputs=(
        Input("service", InputKind.SERVICE),
        Input("times", InputKind.INTEGER, "How often.", least=1, most=9, default="3"),
        Input("mode", InputKind.CHOICE, "How.", is_option=True, choices=CHOICES, default="soft"),
        Input("dry", InputKind.SWITCH, "Only look.", is_option=True),
        Input("for", InputKind.SPAN, is_option=True),
    ),
)


def test_the_usage_of_a_sites_command_is_written_like_any_other() -> None:
    chat, terminal = grammars(EVERYTHING)
    assert terminal.usage(class_of(EVERYTHING)) == (
        "opsctl flush-cache SERVICE [TIMES] [--mode soft|hard|2] [--dry] [--for SPAN] [--dry-run]"
    )
    assert "/flush-cache SERVICE" in chat.help(["flush-cache"])
    assert re.search("flush-cache +Empty the cache of a service.", chat.help())


@pytest.mark.parametrize(
    ("text", "happened"),
    [
        ("flush-cache", "SERVICE is missing."),
        ("flush-cache a 0", "TIMES must be at least 1, not 0."),
        ("flush-cache a 10", "TIMES can be at most 9, not 10."),
        ("flush-cache a x", "TIMES must be a whole number, and 'x' is none."),
        ("flush-cache a --mode sofft", "--mode can't be 'sofft'. Did you mean soft?"),
        ("flush-cache a --for long", "--for: 'long' is not a length of time; write 90s, 15m, 1h, 2d or 1h30m."),
        ("flush-cache a --dry=1", "--dry takes no value."),
        ("flush-cache a --dri", "There is no option '--dri'. Did you mean --dry"),
        ("flush-cache a 1 2", "Too many words: '2'."),
        ("flush-cahe a", "There is no command 'flush-cahe'. Did you mean flush-cache?"),
    ],
)
def test_a_wrong_line_of_a_sites_command_is_told_the_same_on_both_surfaces(text: str, happened: str) -> None:
    chat, terminal = grammars(EVERYTHING)
    with pytest.raises(UsageError) as in_chat:
        chat.parse_chat(text)
    with pytest.raises(UsageError) as in_terminal:
        terminal.parse(text.split())
    assert in_chat.value.happened.startswith(happened)
    assert in_terminal.value.happened.startswith(happened)


def test_the_same_declaration_is_the_same_class_and_another_is_another() -> None:
    again = CustomCommand.from_json(EVERYTHING.as_json())
    assert class_of(again) is class_of(EVERYTHING)
    assert class_of(replace(EVERYTHING, vector=("false",))) is not class_of(EVERYTHING)


def test_defaults_are_values_and_not_their_texts() -> None:
    command: Any = class_of(EVERYTHING)(given_service="a")
    assert (command.given_times, command.given_mode, command.given_dry, command.given_for) == (3, "soft", False, None)
    with_span = replace(EVERYTHING.inputs[4], default="1m30s")
    assert class_of(replace(EVERYTHING, inputs=(with_span,)))().given_for == Span(90)


def test_a_name_that_opsctl_has_stays_opsctls() -> None:
    rows = with_own(
        grammar_of_terminal(), [replace(EVERYTHING, name=name).as_json() for name in ("site", "audit", "x")]
    )
    assert rows[-1].name == "x"
    assert sum(row.name == "audit" for row in rows) == 1


def test_what_a_read_is_takes_no_dry_run() -> None:
    only_reads = replace(EVERYTHING, is_change=False)
    _, terminal = grammars(only_reads)
    assert next(row for row in terminal if row.name == "flush-cache").kind is Kind.QUESTION
    with pytest.raises(UsageError, match="There is no option '--dry-run'"):
        terminal.parse(["flush-cache", "a", "--dry-run"])


def test_a_recorded_line_is_read_as_the_site_knows_it() -> None:
    site = replace(a_site(), commands={"flush-cache": EVERYTHING})
    line = Line(class_of(EVERYTHING)(given_service="a b"))
    assert read(chat_form(line), site) == line.command
    with pytest.raises(UsageError, match="There is no command"):
        read(f"/flush-cache {quoted('a b')}", a_site())
    assert read("/audit", site) == read("/audit", a_site())
    assert Surface.CHAT in next(row for row in chat_grammar(site) if row.name == "flush-cache").surfaces
