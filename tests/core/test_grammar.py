# ruff: noqa: ARG002, E501 -- the samples keep promises whose arguments they do not need; long lines are what is shown
"""The grammar: one line, typed anywhere, is one command; every command is one line."""

import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from tests.core.test_moment import moments

from opsctl.commands import table
from opsctl.core.command import Change, Command, Decision, Names, Question, ServiceName, Surface
from opsctl.core.command_table import Kind, Row, row_of
from opsctl.core.errors import UsageError
from opsctl.core.fields import Span
from opsctl.core.grammar import Grammar, HelpAsked, Line, NoOptions, chat_form, terminal_form
from opsctl.core.moment import Moment
from opsctl.core.parameters import Parameter, ReadingError, parameters_of
from opsctl.core.plan import Plan
from opsctl.terminal.commands.table import OWN_COMMANDS


class Severity(StrEnum):
    LOW = "low"
    HIGH = "high"


class _Asked(Question):
    __slots__ = ()

    def answer(self, context: Any, request: Any) -> Iterator[Any]:
        yield from ()


@dataclass(frozen=True, slots=True)
class Open(_Asked):
    """Open a ticket."""

    name: ClassVar[str] = "ticket create"

    title: Annotated[str, typer.Argument(metavar="TITLE", help="What is wrong.")]
    severity: Annotated[Severity, typer.Option("--severity", "-s", help="How bad.")]
    responders: Annotated[
        tuple[str, ...], typer.Option("--responder", metavar="PERSON", help="Who."), Names.PERSON
    ] = ()
    folder: Annotated[Path | None, typer.Option(help="Where notes go.")] = None


@dataclass(frozen=True, slots=True)
class Show(_Asked):
    """Show tickets."""

    name: ClassVar[str] = "ticket show"

    identifiers: Annotated[tuple[str, ...], typer.Argument(metavar="TICKET", help="Which.")]


@dataclass(frozen=True, slots=True)
class Resize(Change):
    """Resize a service.

    Takes effect at once.
    """

    name: ClassVar[str] = "resize"
    examples: ClassVar[tuple[str, ...]] = ("resize order-service 3",)

    service: ServiceName
    replicas: Annotated[int, typer.Argument(min=0, max=100, help="How many.")]
    wait: Annotated[Span, typer.Option(help="How long.")] = Span(60)  # noqa: RUF009 -- frozen
    mode: Annotated[Literal["slow", "fast"], typer.Option(help="How.")] = "slow"
    force: Annotated[bool, typer.Option("--force", "-f", help="Whatever happens.")] = False
    offset: Annotated[int, typer.Option(help="May be below zero.")] = 0

    def plan(self, site: Any) -> Plan:
        return Plan(())

    def execute(self, site: Any, plan: Any, cause: Any) -> Iterator[Any]:
        yield from ()

    def holds(self, site: Any, plan: Any, cause: Any) -> bool | None:
        return None


@dataclass(frozen=True, slots=True)
class Setup(_Asked):
    """Set up this machine."""

    name: ClassVar[str] = "setup"
    surfaces: ClassVar[frozenset[Surface]] = frozenset({Surface.TERMINAL})


@dataclass(frozen=True, slots=True)
class Window:
    """The terminal's own options."""

    output: Annotated[Literal["text", "json"], typer.Option("--output", "-o", help="The form of the answer.")] = "text"
    config: Annotated[Path | None, typer.Option(help="The settings.")] = None
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False


SAMPLES: tuple[type[Command], ...] = (Open, Show, Resize, Setup)
COMMANDS: tuple[type[Command], ...] = tuple(row.load() for row in table.COMMANDS)
EVERY = (*COMMANDS, *SAMPLES)
ROWS = (*table.COMMANDS, *map(row_of, SAMPLES))
TERMINAL = Grammar(ROWS, Surface.TERMINAL, Window)
CHAT = Grammar(ROWS, Surface.CHAT, NoOptions)

# Control characters, line separators and direction overrides, which no line may hold.
FORBIDDEN = "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
# What chat clients add without being asked, and which is therefore taken away.
LOST_IN_CHAT = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000" + (
    "\u00ad\u200b\u200e\u200f\u2060\ufeff"
)
AWKWARD = (
    "", " ", "-", "--", "---", "-1", "-x", "--force", "--help", "--dry-run", "-h", "a b", '"', '\\"', "\\", "\\\\", "'",
    "it's", "it’s", "“x”", "“", "—x", "a—b", "–", "`x`", "&amp;", "&amp;lt;", "<http://x|y>", "<@U1|bob>", "a=b", "--a=b",
    "🔥", "👩‍👩‍👧", "مرحبا بكم", "שלום", "$(reboot)", "v1; rm -rf /", "../../etc", "*", "~", "#x", "/deploy", "help", "\u3000",
)  # fmt: skip

typeable = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters=FORBIDDEN)
chattable = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters=FORBIDDEN + LOST_IN_CHAT)
tame = st.sampled_from("abcäß'\"\\&<>() 19")


def words(alphabet: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.text(alphabet, max_size=12) | st.sampled_from(AWKWARD)


def value_of(one: Parameter, text: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    each: st.SearchStrategy[Any]
    if one.kind is bool:
        each = st.booleans()
    elif one.kind is int:
        least, most = one.least, one.most
        each = st.integers(-(10**17) if least is None else least, 10**17 if most is None else most)
    elif one.kind is Moment:
        each = moments
    elif one.kind is Span:
        each = st.integers(0, Span.MOST_SECONDS).map(Span)
    elif one.choices:
        each = st.sampled_from([choice for choice in one.choices if choice]).map(one.parser)
    else:
        each = text.filter(lambda word: is_read_by(one, word)).map(one.parser)
    if one.is_many:
        return st.lists(each, min_size=1 if one.is_required else 0, max_size=3).map(tuple)
    return each if one.is_required else each | st.just(one.default)


def is_read_by(one: Parameter, word: str) -> bool:
    try:
        one.read(word)
    except ReadingError:
        return False
    return True


def lines(text: st.SearchStrategy[str], commands: tuple[type[Command], ...] = EVERY) -> st.SearchStrategy[Line]:
    def of(command: type[Command]) -> st.SearchStrategy[Line]:
        values = {one.field: value_of(one, text) for one in parameters_of(command)}
        dry = st.booleans() if issubclass(command, Change) else st.just(False)
        return st.builds(Line, st.builds(command, **values).filter(can_be_typed), dry)

    return st.sampled_from(commands).flatmap(of)


def can_be_typed(command: Command) -> bool:
    """Nobody can leave out a place and fill the next one: the empty text is refused."""
    places = [one for one in parameters_of(type(command)) if one.is_positional]
    left_out = [getattr(command, one.field) == one.default == "" for one in places]
    return not any(left_out[at] and not left_out[at + 1] for at in range(len(places) - 1))


IN_TERMINAL = tuple(command for command in EVERY if Surface.TERMINAL in command.surfaces)
IN_CHAT = tuple(command for command in EVERY if Surface.CHAT in command.surfaces)
without_lost = words(chattable).filter(lambda word: not set(word) & set(LOST_IN_CHAT))


@given(lines(words(st.characters(exclude_categories=("Cs",)))))
def test_what_is_recorded_reads_back_as_the_very_same_line(line: Line) -> None:
    assert CHAT.read(chat_form(line)) == line


@given(lines(words(typeable), IN_TERMINAL))
def test_the_shell_form_of_a_line_is_that_line_in_a_shell(line: Line) -> None:
    program, *typed = shlex.split(terminal_form(line))
    assert program == "opsctl"
    assert TERMINAL.parse(typed) == (line, Window())


@given(lines(without_lost, IN_CHAT))
def test_the_chat_form_of_a_line_is_that_line_once_a_platform_has_escaped_it(line: Line) -> None:
    sent = chat_form(line).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert CHAT.parse_chat(sent) == line


def dress(text: str) -> str:
    """What a telephone and a chat platform make of a typed line."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for flag in ("responder", "severity", "folder", "wait", "mode", "force", "offset", "dry-run"):
        text = text.replace(f" --{flag}", f" —{flag}")
    for at, straight in enumerate('"' * text.count('"')):
        text = text.replace(straight, "“”„"[at % 3], 1)
    return "\u200b```" + text.replace("'", "’").replace(" ", "\u00a0") + "``` \n"


@given(lines(st.text(tame, max_size=8), tuple(command for command in SAMPLES if command is not Setup)))
def test_a_line_dressed_up_by_a_chat_client_is_the_line_that_was_typed(line: Line) -> None:
    assert CHAT.parse_chat(dress(chat_form(line))) == line


def refusal_of(parse: Callable[[Any], object], line: list[str] | str) -> tuple[str, ...]:
    """The lines of the refusal; none where the line is right."""
    try:
        parse(line)
    except UsageError as error:
        return error.lines
    return ()


@given(st.lists(words(st.characters()), max_size=6))
def test_no_line_at_all_makes_the_grammar_fail_otherwise_than_with_a_usage_error(typed: list[str]) -> None:
    for start in ([], ["ticket", "create"], ["resize"], ["ticket"], ["--output"]):
        line = [*start, *typed]
        refusal = refusal_of(TERMINAL.parse, line)
        assert len(refusal) <= 3
        assert not any("\n" in text for text in refusal)
        assert isinstance(TERMINAL.options_in(line), Window)


@given(st.text(max_size=60))
def test_no_chat_text_at_all_makes_the_grammar_fail_otherwise_than_with_a_usage_error(text: str) -> None:
    for start in ("", "/resize ", "ticket create "):
        assert len(refusal_of(CHAT.parse_chat, start + text)) <= 3


def refused(text: str) -> str:
    """The first line of the refusal of a line in a terminal."""
    with pytest.raises(UsageError) as caught:
        TERMINAL.parse(shlex.split(text))
    return caught.value.happened


@pytest.mark.parametrize(
    ("text", "happened"),
    [
        ("resize", "SERVICE and REPLICAS are missing."),
        ("resize a", "REPLICAS is missing."),
        ("resize a 3 b c", "Too many words: 'b' and 'c'."),
        ("resize a -1", "REPLICAS can't be negative, and -1 is."),
        ("resize -- a -1", "REPLICAS can't be negative, and '-1' is."),
        ("resize a 101", "REPLICAS can be at most 100, not 101."),
        ("resize a 1_0", "REPLICAS must be a whole number, and '1_0' is none."),
        ("resize a ٣", "REPLICAS must be a whole number, and '٣' is none."),
        ("resize a 3 --mode fasst", "--mode can't be 'fasst'. Did you mean fast?"),
        ("resize a 3 --wait yesterday", "--wait: 'yesterday' is not a length of time; write 90s, 15m, 1h, 2d or 1h30m."),
        ("resize a 3 --wait 1m --wait 2m", "--wait is given more than once: '1m' and '2m'."),
        ("resize a 3 --wait", "--wait needs a value: --wait WAIT."),
        ("resize a 3 --force=yes", "--force takes no value."),
        ("resize a 3 --dry-rum", "There is no option '--dry-rum'. Did you mean --dry-run?"),
        ("resize a 3 -wait 1m", "There is no option '-wait'. Did you mean --wait?"),
        ("resize a 3 -z", "There is no option '-z'. There is: --config, --dry-run, --force, --help, --mode, --offset,"),
        ("resize a 3 --output yaml", "--output can't be 'yaml'. There is: json, text."),
        ("--output json resize a 3 -o text", "--output is given more than once: 'json' and 'text'."),
        ("--ouput json resize a 3", "There is no option '--ouput'. Did you mean --output?"),
        ("ticket create Checkout is down --severity high", "Too many words: 'is' and 'down'. Put TITLE in double quotes."),
        ("ticket create Checkout", "--severity is missing."),
        ("ticket", "ticket needs one word more: create, show."),
        ("ticket creat x", "There is no command 'ticket creat'. Did you mean create?"),
        ("audit verfy", "Too many words: 'verfy'. Did you mean audit verify?"),
        ("depoly x", "There is no command 'depoly'. Did you mean deploy?"),
        ("''", "There is no command ''."),
    ],
)  # fmt: skip
def test_a_wrong_line_is_told_what_is_wrong_with_it(text: str, happened: str) -> None:
    assert refused(text).startswith(happened)


@pytest.mark.parametrize("digits", [19, 5_000, 8_000])
def test_a_number_too_long_for_the_machine_is_too_large_like_any_other(digits: int) -> None:
    assert refused("resize a " + "9" * digits).startswith("REPLICAS is too large: '9")


def test_a_wrong_line_ends_with_the_usage_of_its_command_as_typed_there() -> None:
    with pytest.raises(UsageError) as in_terminal:
        TERMINAL.parse(["resize"])
    assert in_terminal.value.lines[1:] == (
        "Nothing was done.",
        "Usage: opsctl resize SERVICE REPLICAS [--wait WAIT] [--mode slow|fast] [--force] [--offset OFFSET] [--dry-run]",
    )
    with pytest.raises(UsageError) as in_chat:
        CHAT.parse_chat("/ticket show")
    assert in_chat.value.lines[1:] == ("Nothing was done.", "Usage: /ticket show TICKET …")


@pytest.mark.parametrize(
    "text",
    [
        "deploy order-service v2.4.1 production",
        "/deploy order-service v2.4.1 production",
        "  /Deploy   order-service “v2.4.1” `production` ",
        "```\ndeploy order-service v2.4.1 production\n```",
    ],
)
def test_one_deploy_is_the_same_command_wherever_and_however_it_is_typed(text: str) -> None:
    asked, _ = TERMINAL.parse(["deploy", "order-service", "v2.4.1", "production"])
    assert CHAT.parse_chat(text) == asked
    assert isinstance(asked, Line)
    assert chat_form(asked) == "/deploy order-service v2.4.1 production"
    assert terminal_form(asked) == "opsctl deploy order-service v2.4.1 production"


def test_only_what_differs_from_a_default_is_written_down() -> None:
    line = Line(Resize("api", 3, wait=Span(60), mode="fast", force=True), is_dry_run=True)
    assert chat_form(line) == "/resize api 3 --mode fast --force --dry-run"


def test_a_positional_that_starts_with_a_dash_stands_behind_the_options() -> None:
    line = Line(Open("-- all down", Severity.HIGH))
    assert chat_form(line) == '/ticket create --severity high -- "-- all down"'


def test_a_word_is_quoted_only_where_it_would_be_read_otherwise() -> None:
    line = Line(Show(("it's", "a b", "", "🔥", 'say "hi"', "c:\\x", "“x”", "a/b=c;d")))
    assert chat_form(line) == '/ticket show it\'s "a b" "" 🔥 "say \\"hi\\"" c:\\x "“x”" a/b=c;d'


def test_the_options_of_a_surface_may_stand_before_the_command_or_after_it() -> None:
    line = Line(Resize("api", 3))
    for typed in ("-o json resize api 3", "resize -o json api 3", "resize api 3 --output=json"):
        assert TERMINAL.parse(typed.split()) == (line, Window(output="json"))
    assert TERMINAL.parse(["--config", "a b.toml", "resize", "api", "3", "-o", "json"]) == (
        line,
        Window(output="json", config=Path("a b.toml")),
    )


def test_an_option_of_one_surface_is_unknown_on_another() -> None:
    with pytest.raises(UsageError, match="There is no option '--output'"):
        CHAT.parse_chat("resize api 3 --output json")


def test_a_dry_run_can_be_asked_of_every_change_and_of_nothing_else() -> None:
    assert CHAT.parse_chat("resize api 3 —dry-run") == Line(Resize("api", 3), is_dry_run=True)
    with pytest.raises(UsageError, match="no option '--dry-run'"):
        CHAT.parse_chat("ticket show x --dry-run")


def test_the_options_of_a_broken_line_are_still_found() -> None:
    assert TERMINAL.options_in(["resize", "--fource", "-o", "json"]) == Window(output="json")
    assert TERMINAL.options_in(["resize", "--output", "yaml"]) == Window()
    assert TERMINAL.options_in(["resize", "--output"]) == Window()


@pytest.mark.parametrize(
    ("typed", "topic"),
    [
        ("", ()),
        ("help", ()),
        ("--help", ()),
        ("-h", ()),
        ("help resize", ("resize",)),
        ("resize --help", ("resize",)),
        ("resize api --bogus -h", None),
        ("resize api 1 2 3 --help", ("resize",)),
        ("--help resize", ("resize",)),
        ("help ticket create", ("ticket", "create")),
        ("ticket create --help", ("ticket", "create")),
        ("ticket --help", ("ticket",)),
        ("--output json help ticket", ("ticket",)),
    ],
)
def test_help_can_be_asked_for_in_every_usual_way(typed: str, topic: tuple[str, ...] | None) -> None:
    if topic is None:
        with pytest.raises(UsageError):
            TERMINAL.parse(typed.split())
    else:
        assert TERMINAL.parse(typed.split())[0] == HelpAsked(topic)


def test_a_line_without_a_command_still_has_its_options() -> None:
    assert TERMINAL.parse(["--version"]) == (HelpAsked(), Window(version=True))


def test_help_shows_a_command_with_everything_that_may_be_typed() -> None:
    assert TERMINAL.help(["resize"]) == (
        "Usage: opsctl resize SERVICE REPLICAS [--wait WAIT] [--mode slow|fast] [--force] [--offset OFFSET] [--dry-run]\n"
        "\n"
        "Resize a service.\n"
        "\n"
        "Takes effect at once.\n"
        "\n"
        "Arguments:\n"
        "  SERVICE   A service of the site.\n"
        "  REPLICAS  How many.\n"
        "\n"
        "Options:\n"
        "  --wait WAIT       How long. (default: 1m)\n"
        "  --mode slow|fast  How. (default: slow)\n"
        "  -f, --force       Whatever happens.\n"
        "  --offset OFFSET   May be below zero.\n"
        "  --dry-run         Show the plan, its rule and who may approve it; change nothing.\n"
        "\n"
        "Examples:\n"
        "  opsctl resize order-service 3\n"
        "\n"
        "Everywhere:\n"
        "  -o, --output text|json  The form of the answer. (default: text)\n"
        "  --config CONFIG         The settings.\n"
        "  --version               Show the version.\n"
        "  -h, --help              Show this."
    )


def test_help_lists_what_can_be_typed_here_and_nothing_else() -> None:
    listing = CHAT.help()
    for command in EVERY:
        assert (f"\n  {command.name} " in listing) == (Surface.CHAT in command.surfaces)
    assert "ticket create  Open a ticket." in CHAT.help(["ticket"])
    with pytest.raises(UsageError, match="Did you mean resize"):
        CHAT.help(["resise"])


def test_a_command_of_another_surface_says_where_it_belongs() -> None:
    with pytest.raises(UsageError) as caught:
        CHAT.parse_chat("/setup")
    assert caught.value.lines == ("setup can't be typed in chat.", "Nothing was done.", "Type it in a terminal.")
    assert CHAT.read("/setup") == Line(Setup())


@pytest.mark.parametrize(
    ("word", "happened"),
    [
        ("x" * 8200, "The line is 8207 bytes long, and 8192 is the most."),
        ("ü" * 4200, "The line is 8407 bytes long, and 8192 is the most."),
        ("a\x1b[2J", "The line holds the control character U+001B."),
        ("a\nb", "The line holds the control character U+000A."),
        ("a\u202eb", "The line holds the control character U+202E."),
        ("a\udcffb", "The line is not valid UTF-8."),
    ],
)
def test_what_no_line_may_hold_is_refused_before_it_is_parsed(word: str, happened: str) -> None:
    with pytest.raises(UsageError) as caught:
        TERMINAL.parse(["resize", word])
    assert caught.value.happened == happened


def test_the_environment_of_the_process_does_not_change_how_a_line_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_OPSCTL_COMPLETE", "OPSCTL_OUTPUT", "OUTPUT", "SERVICE"):
        monkeypatch.setenv(name, "complete_bash")
    assert TERMINAL.parse(["resize", "api", "3"]) == (Line(Resize("api", 3)), Window())


def test_parsing_leaves_the_process_as_it_was() -> None:
    before = sys.excepthook
    TERMINAL.parse(["resize", "api", "3"])
    assert sys.excepthook is before


def test_a_declaration_that_the_grammar_does_not_know_is_refused_at_once() -> None:
    @dataclass(frozen=True, slots=True)
    class Untyped:
        number: float = 1.0

    @dataclass(frozen=True, slots=True)
    class Negative:
        colour: Annotated[bool, typer.Option("--colour")] = True

    @dataclass(frozen=True, slots=True)
    class Unreadable:
        number: Annotated[complex, typer.Option()] = 1j

    for wrong in (Untyped, Negative, Unreadable):
        with pytest.raises(TypeError, match=f"{wrong.__name__}\\."):
            parameters_of(wrong)


class TestTheTable:
    """What every command must keep, walked over the table."""

    def test_names_are_unique_and_lower_case(self) -> None:
        names = [command.name for command in COMMANDS]
        assert len(set(names)) == len(names)
        assert all(name == " ".join(name.casefold().split()) for name in names)

    @pytest.mark.parametrize("row", [*table.COMMANDS, *OWN_COMMANDS], ids=lambda row: row.name)
    def test_the_table_says_what_the_command_says_of_itself(self, row: Row) -> None:
        itself = row_of(row.load())
        assert (row.name, row.summary, row.surfaces) == (itself.name, itself.summary, itself.surfaces)
        assert row.kind is (itself.kind if row in table.COMMANDS else Kind.SETUP)

    @pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
    def test_a_summary_is_one_sentence_of_at_most_a_hundred_characters(self, command: type[Command]) -> None:
        first = (command.__doc__ or "").partition("\n")[0]
        assert first.endswith(".")
        assert len(first) <= 100

    @pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
    def test_every_parameter_has_help_and_a_name_of_its_own(self, command: type[Command]) -> None:
        parameters = parameters_of(command)
        assert all(one.help.endswith(".") for one in parameters)
        taken = [
            "--help",
            "-h",
            "--dry-run",
            "--output",
            "-o",
            "--config",
            "--as",
            "--yes",
            "-y",
            "--debug",
            "--version",
        ]
        flags = [*taken, *(flag for one in parameters for flag in one.flags)]
        assert len(set(flags)) == len(flags)

    @pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
    def test_every_example_is_the_canonical_text_of_that_command(self, command: type[Command]) -> None:
        for example in command.examples:
            grammar = TERMINAL if Surface.TERMINAL in command.surfaces else CHAT
            asked, _ = grammar.parse(shlex.split(example))
            assert isinstance(asked, Line)
            assert type(asked.command) is command
            assert chat_form(asked) == f"/{example}"

    @pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
    def test_a_name_that_begins_another_takes_no_words_that_could_be_the_others(self, command: type[Command]) -> None:
        longer = [other for other in COMMANDS if other.name.startswith(f"{command.name} ")]
        assert not longer or not any(one.is_positional for one in parameters_of(command))

    @pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
    def test_a_change_spells_its_environment_out(self, command: type[Command]) -> None:
        where = [one for one in parameters_of(command) if one.names is Names.ENVIRONMENT]
        assert not issubclass(command, Change) or all(one.is_required for one in where)

    @pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
    def test_every_command_is_a_change_a_question_or_a_decision(self, command: type[Command]) -> None:
        assert issubclass(command, Change | Question | Decision)


def test_the_grammar_loads_nothing_that_it_does_not_need() -> None:
    code = (
        "import sys, opsctl.core.grammar as g; "
        "print(*sorted({m.partition('.')[0] for m in sys.modules} & "
        "{'rich', 'pydantic', 'httpx', 'keyring', 'sqlite3', 'asyncio', 'circus', 'shlex', 'yaml'}))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
