"""What the tests with real processes share."""

from collections.abc import Iterator

import pytest
from tests.real.killer import Killer


@pytest.fixture(scope="session")
def killer() -> Iterator[Killer]:
    with Killer.started() as killer:
        yield killer
