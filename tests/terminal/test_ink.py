"""Lines, tables and colours: fitted to a window, plain and whole in a pipe."""

import io
import os
import subprocess
import sys
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.terminal.window import ENVIRONMENT, TOP, Window, scene

from opsctl.terminal.folding import folded
from opsctl.terminal.ink import Ink, Tone
from opsctl.terminal.stand_ins import STAND_INS
from opsctl.terminal.table import laid_out
from opsctl.terminal.text import clean, cut, isolated, width

CELLS = st.text("ab1", max_size=30)
PROSE = st.text("ab :[-]✓注", max_size=120)


def fold(text: str, columns: int) -> list[str]:
    return [" " * indent + text[begin:end] for indent, begin, end in folded(text, columns)]


def table(rows: list[list[str]], columns: int | None) -> list[str]:
    return [
        "".join(" " * blanks + row[index] for blanks, index in line)
        for row, lines in zip(rows, laid_out(rows, columns), strict=True)
        for line in lines
    ]


def test_further_lines_stand_under_what_follows_a_label() -> None:
    assert fold("  release   v2.4.0 → v2.4.1 and more", 24) == [
        "  release   v2.4.0 →",
        "            v2.4.1 and",
        "            more",
    ]


def test_what_follows_a_label_that_is_too_wide_stands_below_it() -> None:
    assert fold("  -o, --output text|json  text, or JSON", 30) == ["  -o, --output text|json", "    text, or JSON"]


def test_a_command_that_somebody_is_told_to_type_stays_on_one_line() -> None:
    assert fold("  They approve with: opsctl approve op-7f3k9q --plan 3f9a1c2e", 44) == [
        "  They approve with:",
        "    opsctl approve op-7f3k9q --plan 3f9a1c2e",
    ]
    assert fold("Go on: opsctl run op-7f3k9q   Give it up: opsctl cancel op-7f3k9q", 30) == [
        "Go on: opsctl run op-7f3k9q",
        "  Give it up:",
        "  opsctl cancel op-7f3k9q",
    ]


def test_what_is_wider_than_the_window_begins_at_its_edge_and_is_left_to_the_terminal() -> None:
    assert fold("  Dashboard: https://grafana.internal/d/x", 20) == ["  Dashboard:", "https://grafana.internal/d/x"]


def test_a_mark_does_not_stand_alone() -> None:
    assert fold(f"✗ {'x' * 30} is wrong", 20) == [f"✗ {'x' * 30}", "    is wrong"]


def test_a_usage_line_is_folded_between_its_options() -> None:
    assert fold("Usage: opsctl logs SERVICE [--last SPAN] [--grep TEXT]", 42) == [
        "Usage: opsctl logs SERVICE [--last SPAN]",
        "  [--grep TEXT]",
    ]


@given(text=PROSE, columns=st.integers(1, 60))
def test_folding_loses_no_word_and_joins_none(text: str, columns: int) -> None:
    assert " ".join(fold(text, columns)).split() == text.split()


@given(text=st.text("ab1 ", max_size=120), columns=st.integers(1, 60))
def test_only_what_cannot_be_parted_is_wider_than_the_window(text: str, columns: int) -> None:
    assert all(len(line) <= columns or " " not in line for line in fold(text, columns))


NAMES = ["ID", "STATE", "NOTE", "COMMAND"]
ROWS = [["op-1", "running", "", "deploy a"], ["op-2", "failed", "", "deploy b to somewhere"]]


def test_a_table_that_fits_is_one_row_a_line() -> None:
    assert table([NAMES, *ROWS], 44) == [
        "ID    STATE    NOTE  COMMAND",
        "op-1  running        deploy a",
        "op-2  failed         deploy b to somewhere",
    ]


def test_long_text_in_the_last_column_goes_below_in_its_row_alone_and_empty_columns_go_first() -> None:
    assert table([NAMES, *ROWS], 24) == [
        "ID    STATE    COMMAND",
        "op-1  running  deploy a",
        "op-2  failed",
        "  deploy b to somewhere",
    ]


def test_a_narrow_table_is_broken_between_the_same_columns_in_every_row() -> None:
    assert table([["A", "B", "C", "D"], ["aaaa", "bbbb", "cc", "d"], ["a", "b", "c", "d"]], 12) == [
        "A     B", "  C   D", "aaaa  bbbb", "  cc  d", "a     b", "  c   d",
    ]  # fmt: skip


def test_columns_stand_under_each_other_whatever_is_written_in_them() -> None:
    rows = [["A", "B"], ["注文", "b"], ["e\u0301te\u0301", "b"], ["❤\ufe0f", "b"], ["✓→—", "b"], ["👍🏽", "b"]]
    begins = {width(line[: line.rindex("b")]) for line in table(rows, None)[1:]}
    assert begins == {6}


@given(rows=st.lists(st.lists(CELLS, min_size=4, max_size=4), min_size=1, max_size=5), columns=st.integers(1, 80))
def test_no_window_is_too_narrow_for_every_cell_to_stand_whole(rows: list[list[str]], columns: int) -> None:
    lines = table([NAMES, *rows], columns)
    drawn = " ".join(lines).split()
    assert [cell for cell in drawn if cell not in NAMES] == [cell for row in rows for cell in row if cell]
    assert all(len(line) <= columns or " " not in line.strip() for line in lines)


@given(rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=5))
def test_in_a_pipe_a_record_is_a_line_and_all_columns_have_their_names(rows: list[list[str]]) -> None:
    out = io.StringIO()
    Ink(out).table(["FIRST", "SECOND", "LAST"], rows)
    first, *lines = out.getvalue().splitlines()
    assert first.split() == ["FIRST", "SECOND", "LAST"]
    assert [line.split() for line in lines] == [[cell for cell in row if cell] for row in rows]


def test_whatever_is_written_cannot_move_the_cursor_or_turn_the_direction() -> None:
    out = io.StringIO()
    ink = Ink(out)
    ink.line("a\x1b[2J\x9b1mb\u202ec\nd\u2028e", (Tone.BAD, "\r\ud800"))
    ink.table(["\x07"], [["x\x1b]0;title\x07"]])
    assert out.getvalue() == "a�[2J�1mb�c�d�e��\n�\nx�]0;title�\n"


def test_right_to_left_words_are_set_apart_from_what_stands_beside_them() -> None:
    assert isolated("by שלום 12 עולם, 3 left") == "by \u2067שלום 12 עולם\u2069, 3 left"
    assert isolated("طلب-٣ now") == "\u2067طلب-٣\u2069 now"
    assert isolated("注文 été") == "注文 été"
    with Window(scene("foreign"), columns=80) as window:
        window.ends()
    assert "got \u2067שלום 12 עולם\u2069, 3 left" in window.written.decode()
    assert "run \u2067שלום 12 עולם\u2069 now" in window.written.decode()


def test_nothing_is_set_apart_in_a_pipe() -> None:
    drawn = subprocess.run(
        scene("foreign"), cwd=TOP, capture_output=True, check=True, env={**os.environ, **ENVIRONMENT}
    )
    assert "got שלום 12 עולם, 3 left".encode() in drawn.stdout


def test_texts_take_the_columns_that_a_terminal_gives_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM_PROGRAM", "kitty")
    widths = {"注文": 4, "é": 1, "e\u0301": 1, "한글": 4, "👨\u200d👩\u200d👧": 2, "שלום": 4, "": 0, "🇩🇪": 2, "…": 1}
    assert {text: width(text) for text in widths} == widths
    assert all(width(sign) in (0, 1) for sign in STAND_INS)
    assert clean("tab\there") == "tab    here"
    assert [cut("注文b", columns) for columns in (0, 1, 2, 3, 4, 5)] == ["", "", "注", "注", "注文", "注文b"]


@pytest.mark.parametrize(
    ("environment", "is_coloured"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
        ({"OPSCTL_COLOUR": "never"}, False),
        ({"OPSCTL_COLOUR": "always", "NO_COLOR": "1"}, True),
    ],
    ids=str,
)
def test_colour_is_for_terminals_that_show_it_and_people_who_want_it(
    environment: Mapping[str, str], is_coloured: bool
) -> None:
    with Window([sys.executable, "-m", "opsctl", "deplyo"], columns=80, environment=environment) as window:
        window.ends()
        assert "There is no command 'deplyo'" in window.text
        assert (b"\x1b[" in window.written) is is_coloured


@pytest.mark.parametrize(("colour", "is_coloured"), [("always", True), ("auto", False), ("never", False)])
def test_always_colours_a_pipe_too_and_is_still_one_line_a_record(colour: str, is_coloured: bool) -> None:
    out = io.StringIO()
    Ink(out, colour).table(["A", "B"], [[(Tone.GOOD, "x" * 90), (Tone.BAD, "y" * 90)]])
    assert out.getvalue().count("\n") == 2
    assert (f"\x1b[32m{'x' * 90}\x1b[0m  \x1b[1;31m{'y' * 90}\x1b[0m\n" in out.getvalue()) is is_coloured
