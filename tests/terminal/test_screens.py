"""What a person sees of the most used commands in a wide and in a narrow window, held as text in `snapshots/`.

`make snapshots` writes them as they are now; what changed is then read in `git diff`, like any other change.
"""

import difflib
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.terminal.scenes import SCENES
from tests.terminal.window import TOP, Window, scene, seen

SNAPSHOTS = Path(__file__).with_name("snapshots")
PROGRAMS = {**{name: scene(name) for name in SCENES}, "help": [sys.executable, "-m", "opsctl", "help", "logs"]}

WHOLE = r"\ *(opsctl |/?(deploy|scale|site|approve|reject) |https:|\S+$|2026-03-04T)"
"""Commands, words and log lines stay whole, to be copied."""


@pytest.mark.parametrize("columns", [100, 60])
@pytest.mark.parametrize("name", PROGRAMS)
def test_screens_are_as_they_were_agreed(name: str, columns: int, request: pytest.FixtureRequest) -> None:
    snapshot, screen = SNAPSHOTS / f"{name}.{columns}.txt", seen(PROGRAMS[name], columns)
    if request.config.getoption("--renew-snapshots"):
        snapshot.parent.mkdir(exist_ok=True)
        snapshot.write_text(screen)
    agreed = snapshot.read_text() if snapshot.exists() else ""
    changes = difflib.unified_diff(
        agreed.splitlines(), screen.splitlines(), str(snapshot.relative_to(TOP)), "now", lineterm=""
    )
    assert screen == agreed, "\n".join((*changes, "", "If that is meant: make snapshots"))


def test_every_snapshot_is_of_a_screen_that_there_is() -> None:
    assert {path.name.split(".")[0] for path in SNAPSHOTS.iterdir()} == set(PROGRAMS)


@pytest.mark.parametrize("columns", [60, 40, 30])
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_narrow_window_leaves_out_and_cuts_nothing_and_is_left_only_by_what_stays_whole(
    name: str, columns: int
) -> None:
    piped = subprocess.run(PROGRAMS[name], cwd=TOP, capture_output=True, text=True, check=True)
    with Window(PROGRAMS[name], columns) as window:
        window.ends()
    written = re.sub(r"\x1b\[[0-9;]*[mJ]", "", window.written.decode())
    drawn = [line.split("\r")[-1] for line in written.split("\r\n")]  # what moved, moved before it
    told = piped.stderr + piped.stdout
    assert sorted(re.findall(r"op-\w{6}", window.text)) == sorted(re.findall(r"op-\w{6}", told))
    names_of_empty_columns = {"NOW", "BY", "UNTIL", "TOOK", "APPROVED"}
    assert set(told.split()) - set(" ".join(drawn).split()) <= names_of_empty_columns
    for line in drawn:
        assert len(line) <= columns or (line.strip() in told and re.match(WHOLE, line))
