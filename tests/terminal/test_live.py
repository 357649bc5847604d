"""An answer that is given again and again: drawn in its place, told only where it changed, recorded once."""

import fcntl
import io
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.core.team import Colleagues, last, operation_of, wait_until
from tests.terminal.window import Window, scene, seen

from opsctl.core.events import Event, Finished
from opsctl.core.facts import Note, Operations
from opsctl.core.repeating import REST, repeated
from opsctl.core.status_facts import StatusPage, StatusRow
from opsctl.terminal.changes import Changes
from opsctl.terminal.ink import Ink
from opsctl.terminal.json_display import JsonDisplay
from opsctl.terminal.text_display import TextDisplay

OPSCTL = [sys.executable, "-m", "opsctl"]


def page(latency_ms: float, ready: int = 2) -> StatusPage:
    now = datetime(2026, 3, 4, 15, 23, tzinfo=UTC)
    row = StatusRow("order-service", "production", "v2.4.1", now, "@alice", ready, 2, 2, 2, latency_ms, None, "")
    return StatusPage(None, (row,))


def events_told(*shown: Event) -> list[str]:
    out = io.StringIO()
    with Path(os.devnull).open("w") as read_by_somebody:
        display = Changes(JsonDisplay(out), read_by_somebody)
        for event in shown:
            display.show(event)
    return [json.loads(line)["event"] for line in out.getvalue().splitlines()]


def test_what_did_not_change_is_not_told_again_to_a_program() -> None:
    note = Note("A platform is out of reach.")
    assert events_told(page(4.2), note, page(7.1), note, page(4.2, ready=1)) == ["status_page", "note", "status_page"]


def test_each_snapshot_that_is_written_down_has_its_time() -> None:
    out = Ink(stream := io.StringIO())
    with Path(os.devnull).open("w") as read_by_somebody:
        display = Changes(TextDisplay(out, Ink(io.StringIO())), read_by_somebody, out)
        for ready in (2, 2, 1):
            display.show(page(4.2, ready))
    lines = stream.getvalue().splitlines()
    assert len(lines) == 6
    assert all(datetime.fromisoformat(lines[at]).utcoffset() is not None for at in (0, 3))


def test_a_slow_platform_is_given_a_rest_in_proportion(team: Colleagues) -> None:
    context = team.context("@alice")
    looks: list[float] = []

    def look() -> Iterator[Note]:
        looks.append(time.monotonic())
        time.sleep(0.05)
        yield Note("Looked.")
        if len(looks) == 2:
            context.interruption.ask("seen enough")

    assert len(list(repeated(context, look, least_seconds=0.0))) == 2
    assert looks[1] - looks[0] >= 0.05 * (1 + REST)


def test_watching_is_one_record_however_often_it_looks(team: Colleagues) -> None:
    events = team.asking("@erin", "operations --watch")
    assert [next(events) for _ in range(3)] == [Operations(())] * 3
    events.close()  # type: ignore[attr-defined]  # it is a generator
    assert [record["command"] for record in team.audit()] == ["/operations --watch"]


def test_the_story_of_an_operation_is_watched_to_its_end(team: Colleagues) -> None:
    operation = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
    told: list[object] = []
    watching = threading.Thread(target=lambda: told.extend(team.ask("@erin", f"operations {operation} --watch")))
    watching.start()
    wait_until(lambda: len(told) > 0 or watching.is_alive())
    team.approve("@bob", operation)
    watching.join(5)
    assert not watching.is_alive()
    assert isinstance(told[-1], Finished)
    assert last(team.ask("@erin", f"operations {operation} --watch"), Finished) == told[-1]


class Screen:
    """A terminal that a line is typed at; what the line writes to it is kept."""

    def __init__(self, site: dict[str, str], *words: str, lines: int = 24) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, 80, 0, 0))
        environment = {**site, "TERM": "xterm-256color", "NO_COLOR": "1"}
        self._process = subprocess.Popen(
            [*OPSCTL, *words], env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        self.written = ""
        threading.Thread(target=self._read, daemon=True).start()

    def type_ctrl_z(self) -> None:
        # A process without a shell above it is not stopped; it finds that out, and goes on.
        self._process.send_signal(signal.SIGTSTP)

    def type_ctrl_c(self) -> int:
        self._process.send_signal(signal.SIGINT)
        code = self._process.wait(10)
        time.sleep(0.1)
        return code

    def _read(self) -> None:
        while True:
            try:
                self.written += os.read(self._ours, 65536).decode()
            except OSError:
                return


def test_a_terminal_shows_it_on_a_screen_of_its_own_and_gets_its_own_back(site: dict[str, str]) -> None:
    subprocess.run([*OPSCTL, "scale", "my-service", "2", "staging"], env=site, check=False, capture_output=True)
    screen = Screen(site, "operations", "--watch")
    wait_until(lambda: screen.written.count("\x1b[?2026l") >= 2, seconds=20)
    assert screen.type_ctrl_c() == 130
    entered, left = screen.written.index("\x1b[?1049h"), screen.written.index("\x1b[?1049l")
    assert entered < left
    assert screen.written.count("\x1b[?1049h") == 1
    assert screen.written.index("\x1b[?7h") < left
    assert screen.written.index("\x1b[?25h") < left
    assert "scale my-service 2 staging" in screen.written[left:]
    audit = subprocess.run([*OPSCTL, "audit"], env=site, check=True, capture_output=True, text=True).stdout
    assert audit.count("/operations --watch") == 1


def test_a_shell_that_takes_over_meanwhile_finds_its_own_screen(site: dict[str, str]) -> None:
    screen = Screen(site, "operations", "--watch")
    wait_until(lambda: "\x1b[?2026l" in screen.written, seconds=20)
    screen.type_ctrl_z()
    wait_until(lambda: screen.written.count("\x1b[?1049h") == 2, seconds=20)
    assert screen.written.index("\x1b[?1049l") < screen.written.rindex("\x1b[?1049h")
    assert screen.type_ctrl_c() == 130
    assert screen.written.count("\x1b[?1049l") == 2


def test_more_than_fits_is_cut_and_said(site: dict[str, str]) -> None:
    for _ in range(6):
        subprocess.run([*OPSCTL, "scale", "my-service", "2", "staging"], env=site, check=False, capture_output=True)
    screen = Screen(site, "operations", "--watch", lines=6)
    wait_until(lambda: "\x1b[?2026l" in screen.written, seconds=20)
    screen.type_ctrl_c()
    frame = screen.written[: screen.written.index("\x1b[?2026l")]
    assert frame.count("\r\n") == 5
    assert "more lines than fit here" in frame


@pytest.mark.parametrize("columns", [100, 40])
@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
def test_foreign_words_look_as_they_do_where_nothing_moves(columns: int, locale: str) -> None:
    # What the window tells counts, whatever the environment says; a word that is wider than it is cut.
    environment = {"LC_ALL": locale, "COLUMNS": "33", "LINES": "5", "TTY_COMPATIBLE": "0", "TTY_INTERACTIVE": "0"}
    with Window(scene("watched"), columns, environment) as window:
        window.shows("Ctrl-C ends.")
        answer, _ = window.text.split("\n\n")
        still = seen(scene("foreign"), columns, {"LC_ALL": locale}).splitlines()
        wide = next(at for at, line in enumerate(still) if "xxx" in line)
        assert answer.splitlines()[:wide] == still[:wide]
        window.press("\n")
        assert window.ends() == 0
        assert not window.screen.cursor.hidden


@pytest.mark.parametrize(
    ("environment", "is_coloured"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"OPSCTL_COLOUR": "never", "FORCE_COLOR": "1"}, False),
        ({"OPSCTL_COLOUR": "always", "NO_COLOR": "1"}, True),
    ],
)
def test_it_is_coloured_where_everything_else_is(environment: dict[str, str], is_coloured: bool) -> None:
    with Window(scene("watched"), 80, environment) as window:
        window.shows("Ctrl-C ends.")
        assert (b"\x1b[33mrunning\x1b[0m" in window.written) == is_coloured
        assert bool(re.search(rb"\x1b\[[0-9;]*m", window.written)) == is_coloured


def test_a_window_that_changes_is_drawn_anew_at_once() -> None:
    with Window(scene("watched"), 100) as window:
        window.shows("Ctrl-C ends.")
        assert "COMMAND" in window.text.splitlines()[0]
        window.resize(40)
        window.shows("\n  COMMAND\n")


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_a_terminal_that_can_only_print_gets_no_screen_of_its_own(site: dict[str, str], term: str) -> None:
    words = [*OPSCTL, "operations", "--watch"]
    with Window(words, 80, {**site, "TERM": term}) as window:
        window.shows("COMMAND")
        window.press("\x03")
        assert window.ends() == 130
        assert b"\x1b" not in window.written


def test_a_program_reads_json_lines_until_it_has_seen_enough(site: dict[str, str]) -> None:
    watching = subprocess.Popen(
        [*OPSCTL, "operations", "--watch", "-o", "json"], env=site, stdout=subprocess.PIPE, text=True
    )
    assert watching.stdout is not None
    first = json.loads(watching.stdout.readline())
    subprocess.run([*OPSCTL, "scale", "my-service", "2", "staging"], env=site, check=False, capture_output=True)
    second = json.loads(watching.stdout.readline())
    assert len(second["rows"]) == len(first["rows"]) + 1
    watching.send_signal(signal.SIGINT)
    watching.stdout.close()
    assert watching.wait(10) == 130


def test_a_reader_that_goes_is_noticed_though_nothing_changes(site: dict[str, str]) -> None:
    watching = subprocess.Popen([*OPSCTL, "operations", "--watch", "-o", "json"], env=site, stdout=subprocess.PIPE)
    assert watching.stdout is not None
    watching.stdout.readline()
    watching.stdout.close()
    assert watching.wait(20) == 0
