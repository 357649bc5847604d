"""Where the output goes may end early, be full or be closed: nobody sees a traceback, and nothing is said in vain."""

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from opsctl.adapters.local_layout import Placement

OPSCTL = [sys.executable, "-m", "opsctl"]
READS = [
    ["status"], ["status", "my-service"], ["logs", "my-service"], ["logs", "my-service", "--follow"], ["approvals"],
    ["operations"], ["audit"], ["audit", "verify"], ["audit", "--output", "json"], ["site", "show"], ["config", "show"],
    ["help"], ["deploy", "--help"], ["--version"],
]  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    folder = tmp_path_factory.mktemp("site")
    own = {"XDG_CACHE_HOME": str(folder / "cache"), "OPSCTL_CONFIG": str(folder / "opsctl.toml")}
    environment = {**os.environ, **own}
    subprocess.run([*OPSCTL, "init", "--yes", "--folder", str(folder)], env=environment, check=True)
    subprocess.run([*OPSCTL, "site", "publish", str(folder / "site.toml")], env=environment, check=True)
    placement = Placement(folder / "local", "my-service", "development")
    placement.logs.mkdir(parents=True)
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    placement.log_file("1-1").write_text("".join(f"{now} line {at}\n" for at in range(60)))
    return environment


@pytest.mark.parametrize("words", READS, ids=" ".join)
def test_a_reader_that_has_seen_enough_before_the_first_line_is_no_error(
    site: Mapping[str, str], words: list[str]
) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    done = subprocess.run([*OPSCTL, *words], env=site, stdout=theirs, stderr=subprocess.PIPE, timeout=30, check=False)
    os.close(theirs)
    assert done.returncode == 0
    assert done.stderr == (b"Nothing waits for approval.\n" if words == ["approvals"] else b"")


def test_following_ends_with_its_reader(site: Mapping[str, str]) -> None:
    line = f"{shlex.join(OPSCTL)} logs my-service --follow | head -n 3"
    done = subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", line], env=site, capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 3


@pytest.mark.parametrize("words", [words for words in READS if "--follow" not in words], ids=" ".join)
def test_output_that_cannot_be_written_is_told_in_words(site: Mapping[str, str], words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*OPSCTL, *words], env=site, stdout=full, stderr=subprocess.PIPE, text=True, timeout=30, check=False
        )
    if words == ["approvals"]:
        assert (done.returncode, done.stderr) == (0, "Nothing waits for approval.\n")
        return
    assert done.returncode == 1
    assert done.stderr.startswith("✗ The output cannot be written: No space left on device.\n")
    assert len(done.stderr.splitlines()) == 3


@pytest.mark.parametrize("words", [words for words in READS if "--follow" not in words], ids=" ".join)
def test_closed_output_is_no_error(site: Mapping[str, str], words: list[str]) -> None:
    line = f"{shlex.join([*OPSCTL, *words])} >&-"
    done = subprocess.run(["/bin/sh", "-c", line], env=site, stderr=subprocess.PIPE, text=True, timeout=30, check=False)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
