"""In a real terminal: what moves leaves nothing behind, whatever becomes of the window and of the process."""

import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.terminal.window import ENVIRONMENT, TOP, Window, scene, seen

WAITING = "waiting for approval"


@pytest.mark.parametrize("columns", [100, 40, 20])
def test_the_line_that_moves_leaves_nothing_behind(columns: int) -> None:
    with Window(scene("waiting"), columns) as window:
        window.shows(WAITING[: columns - 14])
        window.looks_for(0.5)
        window.press("\n")
        assert window.ends() == 0
        assert window.text == seen(scene("deploy"), columns)


def test_the_line_that_moves_is_one_line_in_the_narrowest_window() -> None:
    with Window(scene("waiting"), columns=16) as window:
        window.shows("0 s  wait")
        window.looks_for(0.5)
        assert window.text.count("wait") == 1


def test_the_line_that_moves_follows_the_window() -> None:
    with Window(scene("waiting"), columns=60) as window:
        window.shows(f"{WAITING} of op-7f3k9q")
        window.resize(30)
        window.looks_for(0.5)
        assert WAITING[:10] in window.text
        window.press("\n")
        assert window.ends() == 0
        assert WAITING[:10] not in window.text


def test_ctrl_c_leaves_the_cursor_and_a_clean_line(tmp_path: Path) -> None:
    with Window([sys.executable, "-m", "tests.terminal.asking", str(tmp_path)], columns=60, shows_keys=True) as window:
        window.shows(WAITING)
        window.press("\x03")
        assert window.ends() == 4
        assert WAITING not in window.text
        assert "you stopped waiting for it" in window.text.replace("\n   ", "")
        assert not window.screen.cursor.hidden
        assert window.screen.cursor.x == 0


def test_a_process_that_is_killed_has_not_hidden_the_cursor() -> None:
    with Window(scene("waiting"), columns=60) as window:
        window.shows(WAITING)
        window.process.kill()
        window.ends()
        assert not window.screen.cursor.hidden


def test_nothing_moves_on_a_terminal_that_can_only_print() -> None:
    with Window(scene("waiting"), columns=60, environment={"TERM": "dumb"}) as window:
        window.shows("They approve with")
        window.looks_for(0.3)
        window.press("\n")
        assert window.ends() == 0
        assert b"\x1b" not in window.written
        assert window.text == seen(scene("deploy"), 60)


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[list[str]]:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    tmux = ["tmux", "-S", str(tmp_path / "tmux"), "-f", "/dev/null", "-u"]
    yield tmux
    subprocess.run([*tmux, "kill-server"], check=False, capture_output=True)


def test_a_terminal_that_folds_anew_when_it_gets_narrower_keeps_no_piece_of_it(tmux: list[str]) -> None:
    python = [f"{name}={value}" for name, value in ENVIRONMENT.items() if name != "TERM"]
    program = f"stty -echo; {shlex.join(['env', *python, *scene('waiting')])}; sleep 60"
    subprocess.run([*tmux, "new-session", "-d", "-x", "70", "-y", "30", "-c", str(TOP), program], check=True)
    shown(tmux, WAITING)
    subprocess.run([*tmux, "resize-window", "-x", "24", "-y", "30"], check=True)
    shown(tmux, "3f9a1c2e\n")
    time.sleep(0.5)
    assert screen(tmux).count("waiting") == 1
    subprocess.run([*tmux, "send-keys", "Enter"], check=True)
    assert "waiting f" not in shown(tmux, "Dashboard")


def test_what_is_watched_leaves_the_shell_its_screen_whenever_it_is_typed_at(
    tmux: list[str], site: dict[str, str]
) -> None:
    environment = {**site, **ENVIRONMENT, "PS1": "ready> "}
    shell = ["bash", "--norc", "--noprofile"]
    subprocess.run([*tmux, "new-session", "-d", "-x", "100", "-y", "30", *shell], check=True, env=environment)
    for keys, text, is_watched in (
        (f"'{sys.executable}' -m opsctl operations --watch", "Ctrl-C ends.", True),
        ("C-z", "Stopped", False),
        ("fg", "Ctrl-C ends.", True),
        ("C-z", "Stopped", False),
        ("bg; sleep 3; echo Mine", "\nMine", False),
        ("fg", "Ctrl-C ends.", True),
        ("C-c", "ready>", False),
    ):
        subprocess.run([*tmux, "send-keys", keys, *([] if keys.startswith("C-") else ["Enter"])], check=True)
        shown(tmux, text)
        asked = [*tmux, "display", "-p", "#{alternate_on} #{cursor_flag} #{wrap_flag}"]
        state = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
        assert state.split() == (["1", "0", "0"] if is_watched else ["0", "1", "1"]), keys


def shown(tmux: list[str], text: str) -> str:
    end = time.monotonic() + 20
    while text not in (screen_now := screen(tmux)):
        assert time.monotonic() < end, screen_now
        time.sleep(0.05)
    return screen_now


def screen(tmux: list[str]) -> str:
    return subprocess.run([*tmux, "capture-pane", "-p", "-S", "-"], check=True, capture_output=True, text=True).stdout
