"""A site's own commands in a real terminal process: typed, helped with, refused, and never in the way of the others."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

COMMANDS = """
[commands.flush-cache]
help = "Empty the cache of a service."
effect = "change"
run = ["sh", "-c", 'echo "$OPSCTL_SERVICE in $OPSCTL_ENVIRONMENT: $1"; exit "${2:-0}"', "sh", "{pattern}", "{code}"]
[commands.flush-cache.arguments]
service = { kind = "service" }
environment = { kind = "environment" }
pattern = { kind = "text", help = "Which keys.", default = "*" }
[commands.flush-cache.options]
code = { kind = "integer", least = 0, most = 9 }
[[commands.flush-cache.rules]]
[commands.greet]
help = "Say hello."
effect = "read"
run = ["printf", '%b\\n', "hello {who}"]
[commands.greet.arguments]
who = { kind = "text" }
"""


@dataclass(frozen=True)
class Terminal:
    folder: Path

    def type(self, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        own = {"OPSCTL_CONFIG": str(self.folder / "opsctl.toml"), "XDG_CACHE_HOME": str(self.folder / "cache")}
        done = subprocess.run(
            [sys.executable, "-m", "opsctl", *words],
            env={**os.environ, **own, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr
        assert "error of its own" not in done.stderr
        return done


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    terminal = Terminal(tmp_path_factory.mktemp("site"))
    assert terminal.type("init", "--yes", "--folder", str(terminal.folder)).returncode == 0
    with (terminal.folder / "site.toml").open("a") as site:
        site.write(COMMANDS)
    assert terminal.type("site", "publish", str(terminal.folder / "site.toml")).returncode == 0
    return terminal


def test_help_lists_them_among_the_others_and_tells_about_each(terminal: Terminal) -> None:
    for words in (["--help"], ["help"], []):
        listed = re.sub(" +", " ", terminal.type(*words).stdout)
        assert "flush-cache Empty the cache of a service.\n\nDecide:" in listed
        assert "greet Say hello.\n" in listed
    usage = "Usage: opsctl flush-cache SERVICE ENVIRONMENT [PATTERN] [--code NUMBER] [--dry-run]"
    for words in (["help", "flush-cache"], ["flush-cache", "--help"], ["flush-cache", "x", "-h"]):
        page = terminal.type(*words)
        assert (page.returncode, page.stdout.splitlines()[0]) == (0, usage)
        assert "  PATTERN      Which keys. (default: *)" in page.stdout


def test_a_change_runs_is_told_and_is_in_the_record(terminal: Terminal) -> None:
    done = terminal.type("flush-cache", "my-service", "staging", "$(reboot)")
    assert done.returncode == 0
    assert "my-service in staging: $(reboot)" in done.stderr
    audit = terminal.type("audit", "--service", "my-service", "--environment", "staging", "--limit", "1").stdout
    assert "/flush-cache my-service staging $(reboot)" in audit


def test_a_change_that_fails_shows_what_it_wrote_last(terminal: Terminal) -> None:
    done = terminal.type("flush-cache", "my-service", "staging", "--code", "3")
    assert done.returncode == 1
    assert "sh ended with exit code 3." in done.stdout
    assert "    my-service in staging: *" in done.stdout
    assert "Still changed: whatever it did before it ended." in done.stdout


def test_a_protected_environment_asks_and_a_dry_run_only_shows(terminal: Terminal) -> None:
    assert terminal.type("flush-cache", "my-service", "production").returncode == 2
    done = terminal.type("flush-cache", "my-service", "production", "--dry-run")
    assert done.returncode == 0
    assert "you have to confirm it" in done.stdout
    assert terminal.type("flush-cache", "my-service", "production", "--yes").returncode == 0


def test_json_tells_the_same_events_as_of_any_command(terminal: Terminal) -> None:
    done = terminal.type("flush-cache", "my-service", "staging", "-o", "json")
    events = [json.loads(line)["event"] for line in done.stdout.splitlines()]
    assert events[0] == "requested"
    assert events[-2:] == ["finished", "channel_told"]
    read = terminal.type("greet", "you", "--output", "json")
    assert json.loads(read.stdout) == {"opsctl": 1, "event": "output_lines", "lines": ["hello you"]}


def test_what_a_program_writes_can_not_move_the_cursor_or_colour_the_screen(terminal: Terminal) -> None:
    done = terminal.type("greet", r"\033[2Jyou\007")
    assert done.stdout == "hello �[2Jyou�\n"
    failed = terminal.type("flush-cache", "my-service", "staging", "\u009b31m")
    assert failed.returncode == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["flush-cahe", "my-service", "staging"], "Did you mean flush-cache?"),
        (["help", "flush-cahe"], "Did you mean flush-cache?"),
        (["flush-cache", "my-service"], "Usage: opsctl flush-cache SERVICE ENVIRONMENT"),
        (["flush-cache", "my-servce", "staging"], "Did you mean my-service?"),
        (["flush-cache", "my-service", "staging", "--rm"], "There is no option '--rm'."),
        (["flush-cache", "my-service", "staging", "--", "--rm"], "starts with a dash"),
        (["flush-cache", "my-service", "staging", "--code", "10"], "--code can be at most 9, not 10."),
        (["greet", "you", "--dry-run"], "There is no option '--dry-run'."),
    ],
)
def test_a_wrong_line_says_what_is_wrong(terminal: Terminal, words: list[str], says: str) -> None:
    done = terminal.type(*words)
    assert done.returncode in (0, 2)
    assert says in done.stdout + done.stderr


def test_help_and_the_other_commands_need_no_site(tmp_path: Path) -> None:
    nowhere = Terminal(tmp_path)
    done = nowhere.type("--help", OPSCTL_CONFIG="", HOME=str(tmp_path), XDG_CONFIG_HOME=str(tmp_path))
    assert done.returncode == 0
    assert "own commands" not in done.stdout
    unknown = nowhere.type("flush-cache", OPSCTL_CONFIG="", HOME=str(tmp_path), XDG_CONFIG_HOME=str(tmp_path))
    assert unknown.returncode == 2
    assert "There is no command 'flush-cache'." in unknown.stderr


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ('site = "my-site"\n[store]\npath = "gone.db"\n', "gone.db"),
        ('site = 3\n[store]\npath = "gone.db"\n', "site must be text in quotes"),
        ("[", "this is not TOML"),
    ],
)
def test_where_the_site_can_not_be_looked_at_help_says_so_and_lists_the_rest(
    config: str, says: str, tmp_path: Path
) -> None:
    (tmp_path / "opsctl.toml").write_text(config)
    broken = Terminal(tmp_path)
    listed = broken.type("--help")
    assert listed.returncode == 0
    assert "Deploy a version" in listed.stdout
    assert says in listed.stdout.splitlines()[-1]
    unknown = broken.type("flush-cache")
    assert unknown.returncode == 2
    assert unknown.stderr.splitlines()[0].startswith("✗ There is no command 'flush-cache'.")
    assert says in unknown.stderr.splitlines()[1]


def test_a_site_that_takes_a_name_of_opsctl_is_not_published(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    names = ("audit", "site", "help", "init", "secrets", "demo")
    tables = "".join(f'[commands.{name}]\nhelp = "x"\neffect = "read"\nrun = ["x"]\n' for name in names)
    file.write_text((terminal.folder / "site.toml").read_text() + tables)
    done = terminal.type("site", "diff", str(file))
    assert done.returncode == 2
    for name in names:
        assert f"{name} is a command of opsctl; choose another name" in done.stderr


@pytest.mark.parametrize("option", ["output", "yes", "dry-run", "help", "version", "as", "config"])
def test_an_option_of_opsctl_can_not_be_taken(option: str, terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    own = (
        f'[commands.own]\nhelp = "x"\neffect = "read"\nrun = ["x", "{{{option}}}"]\n'
        f'options.{option} = {{ kind = "text" }}\n'
    )
    file.write_text((terminal.folder / "site.toml").read_text() + own)
    assert f"--{option} is an option of opsctl" in terminal.type("site", "diff", str(file)).stderr


def test_what_publishing_would_do_is_shown_and_not_done(terminal: Terminal) -> None:
    before = terminal.type("site", "show").stdout
    changed = terminal.folder / "changed.toml"
    changed.write_text((terminal.folder / "site.toml").read_text().replace("Say hello.", "Say it loud."))
    dry = terminal.type("site", "publish", str(changed), "--dry-run")
    assert dry.returncode == 0, dry
    assert "greet" in dry.stdout + dry.stderr
    assert "Dry run: nothing was changed." in dry.stdout + dry.stderr
    assert terminal.type("site", "show").stdout == before
