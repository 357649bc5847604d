import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from opsctl.core.errors import UsageError
from opsctl.settings.text_file import read_bytes, write_new


def test_a_new_file_is_written_with_its_folder_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "a folder/opsctl.toml"
    write_new(path, "ä\n")
    assert path.read_text() == "ä\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["opsctl.toml"]


@pytest.mark.parametrize("kind", ["file", "link to nothing", "folder"])
def test_what_is_there_is_never_replaced(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "opsctl.toml"
    if kind == "file":
        path.write_text("mine")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("nowhere")
    with pytest.raises(UsageError, match="exists already"):
        write_new(path, "other")
    assert [file.name for file in tmp_path.iterdir()] == ["opsctl.toml"]
    assert kind != "file" or path.read_text() == "mine"


def test_of_many_who_write_at_once_one_does(tmp_path: Path) -> None:
    path = tmp_path / "opsctl.toml"

    def write(text: str) -> str:
        try:
            write_new(path, text)
        except UsageError:
            return ""
        return text

    with ThreadPoolExecutor(8) as pool:
        written = [text for text in pool.map(write, map(str, range(32))) if text]
    assert written == [path.read_text()]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_place_that_cannot_be_written_is_a_clear_error() -> None:
    with pytest.raises(UsageError, match=r"/dev/null/opsctl\.toml can't be written: its folder is a file"):
        write_new(Path("/dev/null/opsctl.toml"), "")


def test_reading_a_pipe_does_not_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="not a regular file"):
        read_bytes(tmp_path / "pipe")
