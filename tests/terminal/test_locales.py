"""Where the locale is not UTF-8, everything can still be read, and what goes to programs stays whole."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from tests.terminal.window import ENVIRONMENT, TOP, Window, scene

OPSCTL = [sys.executable, "-m", "opsctl"]
LATIN_1 = "de_DE.ISO-8859-1"


@pytest.fixture(scope="module")
def latin_1(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    folder = tmp_path_factory.mktemp("locales")
    if shutil.which("localedef") is None or not Path("/usr/share/i18n/locales/de_DE").exists():
        pytest.skip("the sources of locales are not installed (package locales)")
    subprocess.run(["localedef", "-i", "de_DE", "-f", "ISO-8859-1", str(folder / LATIN_1)], check=True)
    return {"LOCPATH": str(folder), "LC_ALL": LATIN_1}


def piped(program: Sequence[str], locale: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, **ENVIRONMENT, **locale}
    return subprocess.run(program, env=environment, cwd=TOP, capture_output=True, check=False)


def test_our_own_signs_have_ascii_stand_ins(latin_1: Mapping[str, str]) -> None:
    for locale in (latin_1, {"LC_ALL": "C"}, {"LC_ALL": "POSIX"}):
        drawn = piped(scene("deploy"), locale)
        assert b"release   v2.4.0 -> v2.4.1" in drawn.stderr
        assert b"+ @bob approved" in drawn.stderr
        assert drawn.stdout.startswith(b"+ op-7f3k9q succeeded")
        assert b"x op-7f3k9q failed" in piped(scene("deploy-that-fails"), locale).stdout
        assert b"Usage: opsctl COMMAND ..." in piped([*OPSCTL, "--help"], locale).stdout
        assert piped([*OPSCTL, "deplyo"], locale).stderr.startswith(b"x There is no command")
        assert piped(scene("status"), locale).stdout.isascii()


def test_what_moves_has_stand_ins_too() -> None:
    with Window(scene("waiting"), 60, {"LC_ALL": "C"}) as window:
        window.shows("waiting for approval of")
        window.looks_for(0.5)
        assert window.written.isascii()


def test_no_locale_at_all_is_taken_for_utf_8() -> None:
    none = {"LC_ALL": "", "LC_CTYPE": "", "LANG": ""}
    assert piped(scene("deploy"), none).stdout.startswith("✓ op-7f3k9q".encode())


def test_a_character_that_the_locale_has_is_written_and_any_other_is_spelled_out(latin_1: Mapping[str, str]) -> None:
    lines = piped(scene("foreign"), latin_1).stdout.decode("latin-1").splitlines()
    assert "run \\u6ce8\\u6587-\\u30b5\\u30fc\\u30d3\\u30b9 now" in lines[1]
    assert "run Größe now" in lines[8]
    assert len({line.index("run ") for line in lines[1:9]}) == 1


def test_foreign_text_passes_through_the_c_locale_as_it_came() -> None:
    assert "got 注文-サービス, 3 left\n".encode() in piped(scene("foreign"), {"LC_ALL": "C"}).stdout


def test_json_is_the_same_in_every_locale(latin_1: Mapping[str, str]) -> None:
    for locale in (latin_1, {"LC_ALL": "C"}, {"LC_ALL": "C.UTF-8"}):
        done = piped([*OPSCTL, "help", "--output", "json"], locale)
        assert json.loads(done.stdout)["text"].startswith("Usage: opsctl COMMAND …")


def test_half_a_character_is_no_traceback() -> None:
    for more in ((), ("--output", "json")):
        done = piped([*OPSCTL, "v\udce2", *more], {"LC_ALL": "C.UTF-8"})
        assert done.returncode == 2
        assert b"not valid UTF-8" in done.stdout + done.stderr
