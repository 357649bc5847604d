"""Bad input: a clear error with what to do next, the right exit code, no traceback, nothing half done, nothing lost."""

import os
import shlex
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from opsctl.terminal.app import run


@dataclass(frozen=True)
class Typed:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Terminal:
    folder: Path
    capture: pytest.CaptureFixture[str]

    @property
    def environment(self) -> dict[str, str]:
        own = {"OPSCTL_CONFIG": str(self.folder / "opsctl.toml"), "XDG_CACHE_HOME": str(self.folder / "cache")}
        return {**os.environ, **own}

    def type(self, *words: str) -> Typed:
        code = run(words, self.environment)
        out, err = self.capture.readouterr()
        assert "Traceback" not in out + err
        assert "error of its own" not in err
        return Typed(code, out, err)


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    terminal = Terminal(tmp_path, capsys)
    version = tmp_path / "versions" / "my-service" / "v2.4.1"
    version.mkdir(parents=True)
    (version / "run").write_text("#!/bin/sh\nexec sleep 60\n")
    (version / "run").chmod(0o755)
    assert terminal.type("init", "--yes", "--folder", str(tmp_path)).code == 0
    site = tmp_path / "site.toml"
    site.write_text(site.read_text().replace("# versions =", "versions ="))
    assert terminal.type("site", "publish", str(tmp_path / "site.toml")).code == 0
    return terminal


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["deploy"], "SERVICE"),
        (["deploy", "my-service", "v2.4.1"], "ENVIRONMENT"),
        (["deploy", "", "v2.4.1", "staging"], "SERVICE can't be empty"),
        (["deploy", "my-servce", "v2.4.1", "staging"], "Did you mean my-service?"),
        (["deploy", "my-service", "v2.4.1", "stagign"], "Did you mean staging?"),
        (["deploy", "my-service", "v2.4.2", "staging"], "Did you mean v2.4.1?"),
        (["deploy", "my-service", "../../etc", "staging"], "version"),
        (["deploy", "../../etc", "v2.4.1", "staging"], "no service"),
        (["deploy", "my-service", "v1; rm -rf /", "staging"], "version"),
        (["deploy", "my-service", "$(reboot)", "staging"], "version"),
        (["deploy", "my-service", "v" * 9000, "staging"], "8"),
        (["deploy", "my-service", "v1\x1b[2J", "staging"], "control"),
        (["deploy", "my-service", "v1\nv2", "staging"], "control"),
        (["deploy", "my-service", "v\udce2", "staging"], ""),
        (["scale", "my-service", "-1", "staging"], "can't be negative"),
        (["scale", "my-service", "1" * 500, "staging"], "too large"),
        (["scale", "my-service", "1001", "staging"], "at most 1000"),
        (["scale", "my-service", "two", "staging"], "whole number"),
        (["logs", "my-service", "--last", "yesterday"], "--last"),
        (["status", "--enviroment", "staging"], "--environment"),
        (["status", "my-service", "--environment", "nowhere"], "no environment"),
        (["approve", "op-nothere"], "no operation"),
        (["operations", "op-nothere"], "no operation"),
        (["audit", "--result", "sucess"], "success"),
        (["audit", "verfy"], "verify"),
        (["deplyo", "my-service"], "Did you mean deploy"),
        (["migrate", "my-service", "staging"], "how to migrate"),
        (["--output", "xml", "status"], "text"),
        (["status", "--as", "@bob"], "playground"),
    ],
    ids=lambda value: " ".join(value)[:40].encode("ascii", "replace").decode() if isinstance(value, list) else "",
)
def test_a_wrong_line_says_what_is_wrong_and_what_to_do(terminal: Terminal, words: list[str], says: str) -> None:
    typed = terminal.type(*words)
    assert typed.code == 2
    assert says.casefold() in (typed.out + typed.err).casefold()
    assert len((typed.out + typed.err).splitlines()) <= 6
    assert terminal.type("audit", "verify").code == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["rollback", "my-service", "staging"], "no healthy release"),
        (["scale", "my-service", "2", "staging"], "never deployed"),
    ],
    ids=["rollback", "scale"],
)
def test_a_right_line_about_what_is_not_there_is_no_usage_error(
    terminal: Terminal, words: list[str], says: str
) -> None:
    typed = terminal.type(*words)
    assert typed.code == 1
    assert says in typed.out


@pytest.mark.parametrize(
    "words",
    [
        ["deploy", "my-service", "", "staging"],
        ["deploy", "my-service", "v2.4.1", " "],
        ["status", ""],
        ["status", "--environment", ""],
        ["status", "--as", ""],
        ["status", "--config", ""],
        ["status", "--output", ""],
        ["audit", "--who", ""],
        ["audit", "--result", ""],
        ["operations", ""],
        ["approve", "op-nothere", "--plan", ""],
        ["room", "--channel", ""],
        ["site", "diff", ""],
        ["demo", "--no-tour", "--folder", ""],
    ],
    ids=" ".join,
)
def test_an_empty_word_is_no_word_left_out(terminal: Terminal, words: list[str]) -> None:
    typed = terminal.type(*words)
    assert typed.code == 2
    assert "can't be empty" in typed.err


def test_a_change_that_could_not_be_planned_is_in_the_record(terminal: Terminal) -> None:
    terminal.type("deploy", "my-service", "v9", "staging")
    typed = terminal.type("audit", "--result", "failure")
    assert "/deploy my-service v9 staging" in typed.out


def test_an_unknown_version_is_shown_without_what_could_move_the_cursor(terminal: Terminal) -> None:
    typed = terminal.type("deploy", "my-service", "v1\u202egpj.exe", "staging")
    assert typed.code == 2
    assert "\u202e" not in typed.out + typed.err


def test_a_half_written_config_is_told_with_its_line(terminal: Terminal) -> None:
    (terminal.folder / "opsctl.toml").write_text('site = "my-site"\n[store\npath = ')
    typed = terminal.type("status")
    assert typed.code == 2
    assert "opsctl.toml:2" in typed.err


def test_an_empty_config_names_what_is_missing(terminal: Terminal) -> None:
    (terminal.folder / "opsctl.toml").write_text("")
    typed = terminal.type("status")
    assert typed.code == 2
    assert "site" in typed.err


def test_another_sites_store_is_refused(terminal: Terminal) -> None:
    config = terminal.folder / "opsctl.toml"
    config.write_text(config.read_text().replace("my-site", "other-site"))
    typed = terminal.type("status")
    assert typed.code == 6
    assert "other-site" in typed.err


def test_a_store_of_a_newer_version_is_left_alone(terminal: Terminal) -> None:
    connection = sqlite3.connect(terminal.folder / "opsctl.db")
    with connection:
        connection.execute("UPDATE meta SET value = '999' WHERE key = 'schema'")
    connection.close()
    typed = terminal.type("operations")
    assert typed.code == 6
    assert "newer" in typed.err


def test_a_store_that_is_no_database_is_told(terminal: Terminal) -> None:
    for name in ("opsctl.db", "opsctl.db-wal", "opsctl.db-shm"):
        (terminal.folder / name).unlink(missing_ok=True)
    (terminal.folder / "opsctl.db").write_bytes(b"not a database at all" * 100)
    assert terminal.type("operations").code == 6


def test_two_terminals_in_the_same_second_both_end_well(terminal: Terminal) -> None:
    command = [sys.executable, "-m", "opsctl", "scale", "my-service", "2", "staging"]
    both = [subprocess.Popen(command, env=terminal.environment, stdout=-1, stderr=-1) for _ in range(2)]
    for process in both:
        process.communicate()
    assert [process.returncode for process in both] == [1, 1]
    assert terminal.type("operations").out.count("failed") == 2
    assert terminal.type("audit", "verify").code == 0


def test_closed_standard_streams_do_not_let_output_into_the_store(terminal: Terminal) -> None:
    line = f"{shlex.quote(sys.executable)} -m opsctl scale my-service 2 staging <&- >&- 2>&-"
    done = subprocess.run(["/bin/sh", "-c", line], env=terminal.environment, check=False)
    assert done.returncode == 1
    assert terminal.type("audit", "verify").code == 0
