"""The playground's own command, from the site file to the processes that it reaches."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsctl.playground.folder import SITE, Playground, make
from opsctl.wiring import setting_up


@pytest.fixture
def playground(tmp_path: Path) -> Iterator[Playground]:
    playground = Playground(tmp_path / "playground")
    make(playground)
    setting_up.create_store(playground.store, SITE, is_demo=True).close()
    assert opsctl(playground, "site", "publish", str(playground.site_file)).returncode == 0
    yield playground
    setting_up.stop_local_processes(playground.runtime)


def opsctl(playground: Playground, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "opsctl", "--config", str(playground.config), *words],
        env={**os.environ, "XDG_CACHE_HOME": str(playground.folder / "cache")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_empties_the_caches_of_what_really_runs(playground: Playground) -> None:
    refused = opsctl(playground, "flush-cache", "order-service", "staging")
    assert refused.returncode == 1
    assert "nothing of order-service runs in staging" in refused.stdout
    assert opsctl(playground, "deploy", "order-service", "v2.4.0", "staging").returncode == 0
    done = opsctl(playground, "flush-cache", "order-service", "staging")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "entries dropped" in done.stderr
    log = opsctl(playground, "logs", "order-service", "--environment", "staging").stdout
    assert "INFO 'DELETE' '/cache' 200" in log
