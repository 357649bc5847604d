"""The folder of a playground: made once, known again, and never taken for another; what is in the way is told."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from opsctl.core.errors import UsageError
from opsctl.playground.folder import Playground, make, reaching


def test_a_playground_that_was_made_is_known_again(tmp_path: Path) -> None:
    playground = Playground(tmp_path / "playground")
    assert not playground.is_made
    make(playground)
    assert playground.is_made


def test_one_whose_settings_were_not_written_to_their_end_is_not_made(tmp_path: Path) -> None:
    playground = Playground(tmp_path / "playground")
    make(playground)
    playground.config.write_text(playground.config.read_text()[:-9])
    assert not playground.is_made


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(UsageError, match="is not empty, and no playground"):
        make(Playground(tmp_path))


OPSCTL = [sys.executable, "-m", "opsctl"]


@pytest.mark.parametrize("words", [["demo", "--no-tour"], ["demo", "stop"]], ids=" ".join)
@pytest.mark.parametrize("folder", ["a file", "a file/below it", "/proc/no-such-process", "a loop"])
def test_a_folder_that_can_not_be_one_is_told_in_words(tmp_path: Path, words: list[str], folder: str) -> None:
    (tmp_path / "a file").write_text("")
    (tmp_path / "a loop").symlink_to(tmp_path / "a loop")
    vector = [*OPSCTL, *words, "--folder", str(tmp_path / folder)]
    done = subprocess.run(vector, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done
    assert "error of its own" not in done.stderr
    assert Path(folder).name in done.stderr
    assert "--folder DIR" in done.stderr


def test_somebody_elses_playground_is_told_in_words(tmp_path: Path) -> None:
    playground = Playground(tmp_path / "theirs")
    with pytest.raises(UsageError, match="permission denied"), reaching(playground.folder):
        raise PermissionError(13, "Permission denied", str(playground.config))


def test_settings_that_are_no_text_are_no_playground(tmp_path: Path) -> None:
    playground = Playground(tmp_path)
    playground.config.write_bytes(b"\xff\xfe")
    assert not playground.is_made
    with pytest.raises(UsageError, match="not empty"):
        make(playground)


def test_who_leaves_the_tour_is_told_that_the_playground_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "my playground"
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    touring = subprocess.Popen(
        [*OPSCTL, "demo", "--folder", str(folder)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert touring.stdout is not None
    for line in touring.stdout:
        if "What runs where?" in line:
            break
    time.sleep(0.2)
    os.killpg(touring.pid, signal.SIGINT)  # as a terminal does, to all that run in it
    _, err = touring.communicate(timeout=60)
    assert touring.returncode == 130
    assert err.splitlines()[-3:] == [
        "✗ You left before it was over.",
        f"  The playground goes on running: export OPSCTL_CONFIG='{folder}/opsctl.toml'",
        f"  Stop it: opsctl demo stop --folder '{folder}'",
    ]
    stopped = subprocess.run([*OPSCTL, "demo", "stop", "--folder", str(folder)], env=environment, check=False)
    assert stopped.returncode == 0
