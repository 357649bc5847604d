"""Rows as CSV: what a spreadsheet or a script reads is what was recorded, and nothing in it is carried out."""

import csv
import io
import subprocess
import sys

import pytest

from opsctl.core.errors import UsageError
from opsctl.core.facts import Note, Records
from opsctl.core.record import Record
from opsctl.terminal.app import run
from opsctl.terminal.csv_display import CsvDisplay
from opsctl.terminal.ink import Ink

RECORD = Record(
    timestamp="2026-03-04T15:23:47Z",
    user="@alice",
    command="/deploy order-service v2.4.1 production",
    approved_by="@bob, @carol",
    result="success",
    duration_seconds=127,
    channel="#deployments",
    id="op-7f3k9q",
    origin="terminal",
    executed_by="@alice",
    reason="",
    error="",
    caused_by=None,
    hash="ab" * 32,
)


def written(*rows: Record) -> tuple[str, str]:
    out, err = io.StringIO(newline=""), io.StringIO()
    display = CsvDisplay(out, Ink(err))
    display.show(Note("Something beside it."))
    display.show(Records(rows, more=True))
    display.close()
    return out.getvalue(), err.getvalue()


def test_the_header_is_the_published_keys_in_their_order_and_lines_end_as_rfc_4180_says() -> None:
    out, err = written(RECORD)
    assert out == (
        "timestamp,user,command,approved_by,result,duration_seconds,channel,"
        "id,origin,executed_by,reason,error,caused_by,hash\r\n"
        "2026-03-04T15:23:47Z,@alice,/deploy order-service v2.4.1 production,"
        '"@bob, @carol",success,127,#deployments,op-7f3k9q,terminal,@alice,,,,' + "ab" * 32 + "\r\n"
    )
    assert "Something beside it." in err
    assert "older ones" in err


def test_without_rows_there_is_a_header_all_the_same() -> None:
    out, err = written()
    assert out.count("\r\n") == 1
    assert "No records match" in err


@pytest.mark.parametrize("text", ['say "no", now', "two\r\nlines", "ünï🔥", " blank ", ";", "a=b", "6 - 4"])
def test_any_text_comes_back_as_it_was(text: str) -> None:
    out, _ = written(Record(**{**RECORD, "error": text}))  # type: ignore[typeddict-item]  # str keys
    (row,) = csv.DictReader(io.StringIO(out, newline=""))
    assert row["error"] == text


@pytest.mark.parametrize(
    "text",
    ['=cmd|"/C calc"!A0', "+1+1", "-2+3", "@SUM(1+1)", "\t=1", "\r=1", "\n=1", "＝1", '@alice, =HYPERLINK("x")'],
)
def test_no_text_is_taken_for_a_formula(text: str) -> None:
    out, _ = written(Record(**{**RECORD, "reason": text}))  # type: ignore[typeddict-item]
    (row,) = csv.DictReader(io.StringIO(out, newline=""))
    assert row["reason"] == f"'{text}"


def test_handles_stay_handles() -> None:
    (row,) = csv.DictReader(io.StringIO(written(RECORD)[0], newline=""))
    assert (row["user"], row["approved_by"]) == ("@alice", "@bob, @carol")


@pytest.mark.parametrize("words", [["status"], ["operations"], ["config", "show"], ["help"], ["approve", "op-7f3k9q"]])
def test_what_has_no_rows_is_not_asked_for_as_csv(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert run([*words, "--output", "csv"], {"OPSCTL_CONFIG": "/nowhere"}) == UsageError.exit_code
    out, err = capfd.readouterr()
    assert out == ""
    assert "CSV is for rows of one shape" in err
    assert "opsctl audit --output csv" in err


def test_csv_is_utf_8_in_any_locale(site: dict[str, str]) -> None:
    opsctl = [sys.executable, "-m", "opsctl"]
    typed = [*opsctl, "rollback", "my-sërvice🔥", "staging"]
    subprocess.run(typed, env=site, check=False, capture_output=True)
    latin = {**site, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run([*opsctl, "audit", "-o", "csv"], env=latin, check=True, capture_output=True)
    assert "my-sërvice🔥" in done.stdout.decode()
