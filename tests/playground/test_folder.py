"""The folder of a playground: made once, known again, and never taken for another."""

from pathlib import Path

import pytest

from opsctl.core.errors import UsageError
from opsctl.playground.folder import Playground, make


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
