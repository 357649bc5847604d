"""The command table as lines that a shell can read."""

from dataclasses import dataclass
from typing import Annotated, Literal

import pytest
import typer

from opsctl.commands.table import COMMANDS
from opsctl.core.command import Command, Names, ServiceName, Surface
from opsctl.core.command_table import Row, row_of
from opsctl.core.completion import choice, command_lines, is_offered, line, parameter_lines
from opsctl.core.grammar import Grammar, NoOptions
from opsctl.core.parameters import parameters_of
from opsctl.terminal.commands.table import OWN_COMMANDS


@dataclass(frozen=True, slots=True)
class FlushCache(Command):
    """Flush the cache of a service."""

    name = "cache flush"

    service: ServiceName
    region: Annotated[tuple[Literal["eu", "us east"], ...], typer.Argument(metavar="REGION", help="Where.")]
    who: Annotated[str, typer.Option("--who", "-w", help="For\twhom\x1b[31m."), Names.PERSON] = ""
    force: Annotated[bool, typer.Option("--force", help="Do not ask.")] = False


def lines_of(*commands: type[Command]) -> list[str]:
    rows = [row_of(command) for command in commands]
    return list(command_lines(rows, Grammar(rows, Surface.TERMINAL, NoOptions).parameters))


def test_a_command_tells_its_words_its_arguments_in_order_and_its_options() -> None:
    assert lines_of(FlushCache) == [
        "command\t*\tcache\x1fflush",
        "command\tcache\tflush\x1fFlush the cache of a service.",
        "argument\tcache flush\tSERVICE\tonce\tservice\tA service of the site.",
        "argument\tcache flush\tREGION\tmany\tchoice\tWhere.\teu\tus east",
        "option\tcache flush\t--who -w\tonce\tperson\tFor�whom�[31m.",
        "option\tcache flush\t--force\tonce\tswitch\tDo not ask.",
    ]


def test_a_word_that_begins_several_names_tells_what_may_follow_it() -> None:
    lines = list(command_lines(OWN_COMMANDS, parameters_of))
    assert "command\t*\tsecrets\x1fset, list, remove" in lines


def test_a_word_that_is_a_command_itself_tells_what_that_does() -> None:
    lines = list(command_lines(COMMANDS, parameters_of))
    assert [one for one in lines if one.startswith("command\t*\taudit\x1f")] == [
        "command\t*\taudit\x1fShow who did what when, newest first."
    ]


def test_no_line_has_an_empty_field_or_a_break_in_it() -> None:
    assert line("option", "", "a\nb", "c\x1bd") == "option\t-\ta�b\tc�d"


@pytest.mark.parametrize("row", [*COMMANDS, *OWN_COMMANDS], ids=lambda row: row.name)
def test_every_parameter_of_every_command_can_be_completed_or_is_free_text(row: Row) -> None:
    kinds = {one.split("\t")[4] for one in parameter_lines(row.name, parameters_of(row.load()))}
    assert kinds <= {"switch", "choice", "text", *Names}


@pytest.mark.parametrize("name", ["", "a\nb", "a\tb", "\x1b[31m", "a\x1fb", "\u202eabc", "\x85", "a\\b"])
def test_a_name_that_nobody_could_type_is_not_offered(name: str) -> None:
    assert not is_offered(name)


@pytest.mark.parametrize("name", ["$(touch x)", "`touch x`", "*", "~", "a b", "größe", "-x", "@a:b"])
def test_any_other_name_is_offered_as_it_is(name: str) -> None:
    assert is_offered(name)
    assert choice(name) == name
