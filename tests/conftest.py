"""A team for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.core.team import Colleagues, Mortal


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Colleagues]:
    """Alice (orders), Bob and Carol (its leads), Dave (dba), Erin (knows everybody, belongs nowhere)."""
    colleagues = Colleagues.at(tmp_path)
    yield colleagues
    colleagues.store.close()


@pytest.fixture
def mortal() -> Iterator[Mortal]:
    """A process to act in the name of, which the test may let die."""
    process = Mortal()
    yield process
    process.die()
