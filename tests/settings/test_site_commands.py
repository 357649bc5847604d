# ruff: noqa: E501 -- long lines are what is shown
"""The site's own commands in its file: what they become, and every mistake in them at once."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.settings.test_site_file import HEAD, Read, wrong

from opsctl.core.custom import CustomCommand, Input, InputKind
from opsctl.core.plan import Rule
from opsctl.core.published_site import PublishedSite
from opsctl.settings.mistakes import InvalidSettings
from opsctl.settings.site_file import read_site

GOOD = """\
id = "acme"
channel = "#ops"
[environments.staging]
[people.alice]
roles = ["dba"]
[[rules]]
command = "vacuum"
[commands.flush-cache]
help = "Empty the cache of a service."
effect = "change"
run = ["bin/flush", "{service}", "{quick}", "{times}", "--", "{pattern}"]
limit = "1m30s"
[commands.flush-cache.arguments]
service = { kind = "service" }
environment = { kind = "environment", help = "Where." }
pattern = { kind = "text", default = "*" }
[commands.flush-cache.options.quick]
kind = "switch"
words = ["--no-wait"]
[commands.flush-cache.options.times]
kind = "integer"
least = 1
most = 9
default = 3
words = ["-n", "{times}"]
[[commands.flush-cache.rules]]
environment = "protected"
approvals = 1
roles = ["lead", "lead"]
[[commands.flush-cache.rules]]
requesters = ["dba"]
[commands.vacuum]
help = "Clean up."
effect = "change"
run = ["vacuumdb"]
[commands.who]
help = "Tell who."
effect = "read"
run = ["who", "--{how}", "--when={when}", "docker {{.Names}}"]
[commands.who.options]
how = { kind = "choice", choices = ["short", "long"], default = "short" }
when = { kind = "span", default = "1h" }
"""


@pytest.fixture
def commands(tmp_path: Path) -> Callable[[str], PublishedSite]:
    """Reads a site file of that text, where opsctl has the commands `audit` and `help`, and the option --output."""

    def read(text: str) -> PublishedSite:
        path = tmp_path / "site.toml"
        path.write_text(text)
        return read_site(
            path,
            commands=("deploy",),
            check=lambda *_: None,
            taken=("audit", "help"),
            options=("--output", "-o", "--dry-run"),
        )

    return read


def test_commands_are_published_as_they_are_written(commands: Read, tmp_path: Path) -> None:
    site = commands(GOOD)
    assert site.commands["flush-cache"] == CustomCommand(
        name="flush-cache",
        help="Empty the cache of a service.",
        is_change=True,
        vector=(str(tmp_path / "bin/flush"), "{service}", "{quick}", "{times}", "--", "{pattern}"),
        inputs=(
            Input("service", InputKind.SERVICE),
            Input("environment", InputKind.ENVIRONMENT, "Where."),
            Input("pattern", InputKind.TEXT, default="*"),
            Input("quick", InputKind.SWITCH, is_option=True, words=("--no-wait",)),
            Input("times", InputKind.INTEGER, "", True, "3", (), 1, 9, ("-n", "{times}")),
        ),
        rules=(
            Rule("flush-cache", "protected", None, 1, ("lead",)),
            Rule("flush-cache", "*", None, 0, (), ("dba",)),
        ),
        limit_seconds=90,
    )
    assert site.commands["vacuum"].vector == ("vacuumdb",)
    assert site.commands["who"].limit_seconds == 600
    assert list(site.commands) == ["flush-cache", "vacuum", "who"]
    assert PublishedSite.from_json(site.as_json()) == site


def test_every_mistake_in_commands_is_told_at_once_with_its_line_and_the_nearest_right_name(commands: Read) -> None:
    text = """\
id = "acme"
channel = "#ops"
[people.alice]
[commands.audit]
help = "Another audit."
effect = "read"
run = ["true"]
[commands.flush-cache]
help = ""
effect = "chnge"
run = ["{tool}", "{servce}", "--{pattern}", "-{pattern}", "a{quick}"]
limit = "3 days"
tiemout = 3
[commands.flush-cache.arguments]
service = { kind = "servce" }
pattern = { kind = "text", default = "*" }
times = { kind = "integer", least = 5, most = 3 }
quick = { kind = "switch" }
[commands.flush-cache.options]
output = { kind = "text" }
pattern = { kind = "text" }
unused = { kind = "choice" }
level = { kind = "choice", choices = ["a", "-b"], default = "c", least = 1 }
[[commands.flush-cache.rules]]
approvals = 1
[[commands.flush-cache.rules]]
roles = ["led"]
environment = "stagin"
"""
    assert wrong(commands, text) == [
        "4: audit is a command of opsctl; choose another name",
        "9: help must not be empty",
        "10: effect must be change or read, not 'chnge'",
        "11: flush-cache: the program itself can't be typed; write its name",
        "11: flush-cache: there is no input 'tool'. There is: level, output, pattern, quick, service, times, unused.",
        "11: flush-cache: there is no input 'servce'. Did you mean service?",
        "11: flush-cache: what is typed would choose an option of the program: write --name={pattern}",
        "11: flush-cache: what is typed would choose an option of the program: write --name={pattern}",
        "11: flush-cache: the switch quick stands for an option; give {quick} a word of its own",
        "12: '3 days' is not a length of time; write 90s, 15m, 1h, 2d or 1h30m",
        "13: there is no setting 'tiemout' here. There is: arguments, effect, help, limit, options, rules, run.",
        "15: flush-cache: service is asked for and never used: write {service} into run, or remove it",
        "15: kind must be text, integer, choice, switch, span, service, environment, version or person, not 'servce'",
        "17: flush-cache: times has to be given, so it can't follow pattern, which need not be",
        "17: flush-cache: times is asked for and never used: write {times} into run, or remove it",
        "17: flush-cache: most must be at least 5, which is least",
        "18: flush-cache: quick has to be given, so it can't follow pattern, which need not be",
        "18: flush-cache: a switch is an option: write quick below options",
        "20: flush-cache: --output is an option of opsctl; choose another name",
        "20: flush-cache: output is asked for and never used: write {output} into run, or remove it",
        "21: flush-cache: pattern is an argument already; one name is one input",
        "22: flush-cache: unused is asked for and never used: write {unused} into run, or remove it",
        "22: flush-cache: say what unused may be: choices = [...]",
        "23: flush-cache: level is asked for and never used: write {level} into run, or remove it",
        "23: '-b' can't be a choice: use letters, digits, '.', '_' and -, with no dash first",
        "23: flush-cache: default: LEVEL can't be 'c'. There is: -b, a.",
        "23: flush-cache: level is no integer; make its kind integer, or remove this",
        "24: this rule asks for 1 approvals and names no roles that may give them",
        "27: there is no role 'led'. Did you mean lead?",
        "28: there is no environment 'stagin'. There is none yet.",
    ]


ONE = """\
id = "acme"
channel = "#ops"
[environments.staging]
[people.alice]
[commands.do]
help = "Do it."
effect = "change"
rules = [{}]
"""


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ('run = ["x", "{output}"]\noptions.output = { kind = "text" }', "10: do: --output is an option of opsctl; choose another name"),
        (
            'run = ["x", "{a}"]\narguments.a = { kind = "text" }\noptions.a = { kind = "text" }',
            "11: do: a is an argument already; one name is one input",
        ),
        (
            'run = ["x"]\noptions.where = { kind = "environment" }',
            "10: do: a change is told its environment: make where an argument without a default",
        ),
        (
            'run = ["x"]\narguments.where = { kind = "environment", default = "staging" }',
            "10: do: a change is told its environment: make where an argument without a default",
        ),
        ('run = ["x", "{a}"]\narguments.a = { kind = "choice" }', "10: do: say what a may be: choices = [...]"),
        (
            'run = ["x", "{a}"]\narguments.a = { kind = "text", choices = ["b"] }',
            "10: do: a is no choice; make its kind choice, or remove this",
        ),
        (
            'run = ["x", "{a}"]\narguments.a = { kind = "text", least = 1 }',
            "10: do: a is no integer; make its kind integer, or remove this",
        ),
        (
            'run = ["x", "{a}"]\narguments.a = { kind = "choice", choices = ["soft"], default = "sofft" }',
            "10: do: default: A can't be 'sofft'. Did you mean soft?",
        ),
        (
            'run = ["x", "{a}"]\narguments.a = { kind = "integer", least = 3, default = 2 }',
            "10: do: default: A must be at least 3, not 2.",
        ),
        (
            'run = ["x", "{a}"]\narguments.a = { kind = "integer", default = "2" }',
            "10: do: default must be a whole number",
        ),
        ('run = ["x", "{a}"]\narguments.a = { kind = "text", default = 2 }', "10: do: default must be text in quotes"),
        (
            'run = ["x", "{a}"]\narguments.a = { kind = "span", default = "long" }',
            "10: do: default: A: 'long' is not a length of time; write 90s, 15m, 1h, 2d or 1h30m.",
        ),
        (
            'run = ["x", "{a}"]\narguments.a = { kind = "text", default = true }',
            "10: default must be text in quotes, or a whole number",
        ),
        (
            'run = ["x", "{a}"]\noptions.a = { kind = "switch", default = "x" }',
            "10: do: the switch a is off where it is not given; it has no default",
        ),
        (
            'run = ["x", "{a}"]\noptions.a = { kind = "switch", words = ["--x={a}"] }',
            "10: do: the switch a has no value; write the words without {a}",
        ),
        (
            'run = ["x", "{a}"]\noptions.a = { kind = "text", words = ["-n"] }',
            "10: do: {a} does not stand in them, so that its value would be lost",
        ),
        (
            'run = ["x", "{a}", "{b}"]\noptions.a = { kind = "text", words = ["{a}{b}"] }\noptions.b = { kind = "text" }',
            "10: do: only {a} can be filled in here, not {b}",
        ),
        (
            'run = ["x", "{a}"]\noptions.a = { kind = "text", words = ["--{a}"] }',
            "10: do: what is typed would choose an option of the program: write --name={a}",
        ),
        ('run = ["x", "a\\u0000"]', "9: an argument can't hold a NUL character"),
        ("run = []", "9: run must not be empty"),
        ('run = ["x"]\nlimit = "0s"', "10: limit must be from 1s to 1d, not '0s'"),
        ('run = ["x"]\nlimit = "2d"', "10: limit must be from 1s to 1d, not '2d'"),
        ('run = ["x"]\narguments.A_b = { kind = "service" }', "10: 'A_b' can't be a name: use at most 63 of a-z"),
        ('run = ["x", "{a}"]\narguments.a = { kind = "choice", choices = ["-b"] }', "10: '-b' can't be a choice"),
        ('run = ["x"]\narguments.a = { kind = "service", help = "a\\nb" }', "10: 'a\\nb' must be one line of at most 100"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_told_where_it_stands(table: str, found: str, commands: Read) -> None:
    mistakes = wrong(commands, ONE + table + "\n")
    assert len(mistakes) == 1, mistakes
    assert mistakes[0].startswith(found)


@pytest.mark.parametrize(
    ("command", "found"),
    [
        (
            'help = "x"\neffect = "change"\nrun = ["x"]\n',
            "5: do: no rule allows this change, so nobody could ask for it: add a row [[commands.NAME.rules]]",
        ),
        (
            'help = "x"\neffect = "read"\nrun = ["x"]\n[[commands.do.rules]]\napprovals = 1\nroles = ["lead"]\n',
            "8: do: what only reads needs no approval; its rules can name requesters",
        ),
    ],
)
def test_rules_fit_the_effect(command: str, found: str, commands: Read) -> None:
    assert wrong(commands, f"{HEAD}[commands.do]\n{command}") == [found]


def test_a_rule_for_any_command_or_for_this_one_is_enough(commands: Read) -> None:
    command = '[commands.do]\nhelp = "x"\neffect = "change"\nrun = ["x"]\n'
    for name in ("*", "do"):
        assert commands(f'{HEAD}{command}[[rules]]\ncommand = "{name}"\n').commands["do"].rules == ()


def test_a_rule_can_name_a_change_of_the_site_and_not_a_read(commands: Read) -> None:
    text = GOOD.replace('command = "vacuum"', 'command = "vacum"')
    assert wrong(commands, text)[0] == "7: there is no command 'vacum'. Did you mean vacuum?"
    assert wrong(commands, GOOD.replace('command = "vacuum"', 'command = "who"'))[0].startswith(
        "7: there is no command"
    )


@pytest.mark.parametrize("name", ["a b", "-x", "A", "a_b", "x" * 33, "$(x)"])
def test_a_name_that_could_not_be_typed_in_every_chat_is_refused(name: str, commands: Read) -> None:
    text = f'{HEAD}[commands."{name}"]\nhelp = "x"\neffect = "read"\nrun = ["x"]\n'
    assert len(wrong(commands, text)) == 1


@given(st.data())
def test_a_command_edited_by_a_cat_is_read_or_has_mistakes(data: st.DataObject) -> None:
    lines = GOOD.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        value = data.draw(
            st.sampled_from(
                [
                    "",
                    "= 1",
                    "= []",
                    '= "x"',
                    "= {}",
                    "= [1]",
                    '= ["{x}"]',
                    "= true",
                    "= 07:00:00",
                    '= { kind = "choice" }',
                ]
            )
        )
        lines[at] = f"{lines[at].split('=')[0]}{value}" if value.startswith("=") else value
    with TemporaryDirectory() as folder:
        path = Path(folder, "site.toml")
        path.write_text("\n".join(lines))
        with suppress(InvalidSettings):
            read_site(path, commands=("deploy",), check=lambda *_: None)
