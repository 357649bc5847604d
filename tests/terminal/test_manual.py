"""The manual page: it has everything, and the programs that draw manual pages have nothing to say about it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from opsctl.terminal.app import grammar_of_terminal

PAGE = Path(__file__).parents[2] / "docs" / "opsctl.1"


def drawn_by(program: str, *vector: str, columns: int = 80) -> subprocess.CompletedProcess[str]:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": str(columns), "MANROFFOPT": "-ww"}
    return subprocess.run([program, *vector, str(PAGE)], env=environment, capture_output=True, text=True, check=False)


def test_mandoc_finds_nothing_wrong_with_it() -> None:
    done = drawn_by("mandoc", "-T", "lint", "-W", "style")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_man_draws_it_without_a_warning() -> None:
    done = drawn_by("man", "--warnings", "--local-file")
    assert (done.returncode, done.stderr) == (0, "")
    for section in ("NAME", "SYNOPSIS", "COMMANDS", "OPTIONS", "EXIT STATUS", "ENVIRONMENT", "EXAMPLES"):
        assert f"\n{section}\n" in done.stdout


def test_every_command_and_every_option_is_in_it() -> None:
    # So wide that no line is broken.
    words = " ".join(drawn_by("man", "--local-file", columns=5000).stdout.split())
    grammar = grammar_of_terminal()
    for row in grammar:
        assert f"opsctl {row.name}" in words
        assert row.summary in words
        assert all("|".join(one.choices) in words or one.label in words for one in grammar.parameters(row.load()))
