"""Help on topics: written from the data that it is about, reachable from help, on every surface that has it."""

import shlex

import pytest
from tests.core.test_grammar import CHAT as WITHOUT_TOPICS

from opsctl.commands.table import COMMANDS
from opsctl.core import errors
from opsctl.core.command import Surface
from opsctl.core.errors import UsageError
from opsctl.core.grammar import Grammar, HelpAsked, NoOptions
from opsctl.core.moment import EXAMPLES, Moment
from opsctl.core.policy import DEFAULT_RULES
from opsctl.core.record import Record
from opsctl.core.topic import Topic
from opsctl.core.transition import EXIT_CODES
from opsctl.settings.local import OTHER_VARIABLES, VARIABLES
from opsctl.terminal.app import grammar_of_terminal
from opsctl.terminal.parts import PARTS
from opsctl.topics.table import TOPICS

TERMINAL = grammar_of_terminal()
CHAT = Grammar(COMMANDS, Surface.CHAT, NoOptions, TOPICS)


def page(name: str) -> str:
    return TERMINAL.help([name])


@pytest.mark.parametrize("topic", TERMINAL.topics, ids=lambda topic: topic.name)
def test_every_topic_is_listed_and_has_a_page_that_ends_without_blanks(topic: Topic) -> None:
    assert f"opsctl help {topic.name} " in page("topics")
    assert topic.name in TERMINAL.help()
    assert topic.summary.endswith(".")
    text = page(topic.name)
    assert text.strip()
    assert all(line == line.rstrip() for line in text.splitlines())


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_chat_has_those_that_are_not_the_terminals_alone(topic: Topic) -> None:
    assert f"/help {topic.name} " in CHAT.help(["topics"])
    assert topic.page("/") in CHAT.help([topic.name])


def test_a_topic_that_is_also_a_command_tells_about_both() -> None:
    text = CHAT.help(["approvals"])
    assert text.startswith("Usage: /approvals")
    assert "Who has to agree" in text
    assert "/approve OPERATION" in text


def test_a_topic_with_a_wrong_letter_is_offered() -> None:
    for typed, meant in (("exit-code", "exit-codes"), ("topic", "topics"), ("enviroment", "environment")):
        with pytest.raises(UsageError, match=f"Did you mean .*{meant}"):
            TERMINAL.help([typed])
    with pytest.raises(UsageError, match="no command 'exit-codes'"):
        WITHOUT_TOPICS.help(["exit-codes"])


def test_a_topic_is_asked_for_like_any_help() -> None:
    assert TERMINAL.parse(["help", "exit-codes"])[0] == HelpAsked(("exit-codes",))


def test_every_exit_code_is_told_with_what_it_means() -> None:
    text = page("exit-codes")
    kinds = [kind for kind in errors.OpsctlError.__subclasses__() if kind.__module__ == errors.__name__]
    codes = {0, 130, *EXIT_CODES.values(), *(kind.exit_code for kind in kinds)}
    assert [line.split()[0] for line in text.splitlines()[1:] if line[2] != " "] == [
        str(code) for code in sorted(codes)
    ]
    for kind in (errors.UsageError, errors.Denied, errors.Unreachable, errors.StoreUnusable, errors.Conflict):
        assert (kind.__doc__ or "").splitlines()[0] in text


def test_every_variable_is_told() -> None:
    for variable in (*VARIABLES.values(), *OTHER_VARIABLES, "TZ"):
        assert f"  {variable} " in page("environment")


def test_every_row_of_the_default_matrix_is_told_in_its_order() -> None:
    table = [line.split() for line in page("approvals").splitlines() if line.startswith("  ")]
    rows = [row for row in table if row[0] in {rule.command for rule in DEFAULT_RULES}]
    assert [row[0] for row in rows] == [rule.command for rule in DEFAULT_RULES]
    for row, rule in zip(rows, DEFAULT_RULES, strict=True):
        assert (f"{rule.approvals}," in row) == bool(rule.approvals)
        assert set(rule.roles) <= set(row)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_way_to_write_a_time_that_is_told_can_be_written(example: str) -> None:
    assert str(Moment.parse(example)) == example
    assert example in page("times")
    TERMINAL.parse(["audit", "--since", *shlex.split(shlex.quote(example))])


def test_output_tells_every_event_and_every_key_of_a_record() -> None:
    words = page("output").replace(",", " ").replace(".", " ").split()
    assert {*PARTS, *Record.__annotations__} <= set(words)
