"""Where the output goes may end early, be full or be closed: nobody sees a traceback, and nothing is said in vain."""

import os
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
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


@pytest.fixture
def forged(tmp_path: Path) -> Mapping[str, str]:
    """A site whose journal somebody changed."""
    own = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "OPSCTL_CONFIG": str(tmp_path / "opsctl.toml")}
    environment = {**os.environ, **own}
    subprocess.run([*OPSCTL, "init", "--yes", "--folder", str(tmp_path)], env=environment, check=True)
    subprocess.run([*OPSCTL, "site", "publish", str(tmp_path / "site.toml")], env=environment, check=True)
    with closing(sqlite3.connect(tmp_path / "opsctl.db")) as store, store:
        store.execute("DROP TRIGGER journal_is_not_updated")
        store.execute("UPDATE journal SET body = '{}' WHERE seq = 2")
    return environment


@pytest.mark.parametrize("output", ["text", "json"])
@pytest.mark.parametrize("broken", ["stdout", "stdout and stderr"])
def test_a_proof_is_not_taken_for_good_because_nobody_read_it(
    forged: Mapping[str, str], output: str, broken: str
) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    words = ["audit", "verify", "--output", output]
    stderr = theirs if broken == "stdout and stderr" else subprocess.DEVNULL
    done = subprocess.run([*OPSCTL, *words], env=forged, stdout=theirs, stderr=stderr, timeout=30, check=False)
    os.close(theirs)
    assert done.returncode == 6


@pytest.mark.parametrize(
    ("words", "exit_code"),
    [(["deplyo"], 2), (["status", "no-service"], 2), (["config", "check", "--site", "/dev/null/no"], 2)],
    ids=["unknown command", "unknown service", "config check"],
)
@pytest.mark.parametrize("output", ["text", "json"])
def test_an_error_that_nobody_reads_still_has_its_exit_code(
    site: Mapping[str, str], words: list[str], exit_code: int, output: str
) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    vector = [*OPSCTL, *words, "--output", output]
    done = subprocess.run(vector, env=site, stdout=theirs, stderr=theirs, timeout=30, check=False)
    os.close(theirs)
    assert done.returncode == exit_code
