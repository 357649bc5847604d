"""A team for each test; and, where everything must run, no test that is skipped."""

import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from tests.core.team import Colleagues, Mortal

# How long an example takes says how busy the machine is.
settings.register_profile("opsctl", deadline=None)
settings.load_profile("opsctl")

# Whoever starts the tests in the background may ignore these; the programs that tests interrupt would do so too.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--renew-snapshots", action="store_true", help="Write tests/terminal/snapshots as screens are now."
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """OPSCTL_REQUIRE_ALL=1 turns every skip for something missing into a failure."""
    report = yield
    if report.skipped and os.environ.get("OPSCTL_REQUIRE_ALL") == "1":
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, but OPSCTL_REQUIRE_ALL=1 asks for all: {report.longrepr}"
    return report


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
