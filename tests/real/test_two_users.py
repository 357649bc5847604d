"""Two people of one host on a shared site: real users, real uids, one store, one supervisor."""

import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ALICE, BOB, MALLORY, STRANGER, GROUP = 42_001, 42_002, 42_003, 42_004, 42_100

SITE = """\
id = "my-site"
channel = "#ops"
[environments.staging]
[environments.production]
protected = true
[people.alice]
uid = 42001
[people.bob]
uid = 42002
[teams.orders]
members = ["@alice"]
leads = ["@bob"]
[services.order-service]
team = "orders"
environments = ["staging", "production"]
[services.order-service.deployer]
kind = "local"
versions = "versions"
command = ["/usr/bin/env", "PYTHONPATH={path}", "{python}", "-m", "opsctl.playground.service"]
ports = "{ports}"
"""


@dataclass(frozen=True)
class SharedSite:
    folder: Path
    installation: "Installation"

    def run(self, uid: int, *words: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        done = self.start(uid, *words)
        out, err = done.communicate(timeout=60)
        finished = subprocess.CompletedProcess(words, done.returncode, out, err)
        assert not check or done.returncode == 0, finished
        return finished

    def start(self, uid: int, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [self.installation.python, "-m", "opsctl", *words],
            user=uid,
            group=uid if uid == MALLORY else GROUP,
            extra_groups=[],
            cwd="/",
            env={
                **self.installation.environment(str(self.folder / f"home-{uid}")),
                "OPSCTL_CONFIG": str(self.folder / "site" / "opsctl.toml"),
                "USER": "root",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def json(self, uid: int, *words: str) -> list[dict[str, object]]:
        done = self.run(uid, *words, "--output", "json")
        return [json.loads(line) for line in done.stdout.splitlines()]


@dataclass(frozen=True)
class Installation:
    """opsctl and its packages, where other users may read them; an interpreter that they may run."""

    python: str
    path: str

    def environment(self, home: str) -> dict[str, str]:
        return {"HOME": home, "PATH": "/usr/bin:/bin", "PYTHONPATH": self.path, "LC_ALL": "C.UTF-8"}

    def call(self, uid: int, *words: str, home: str = "/") -> None:
        subprocess.run(
            [self.python, *words],
            user=uid,
            group=GROUP,
            extra_groups=[],
            cwd="/",
            env=self.environment(home),
            capture_output=True,
            check=True,
        )


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    if os.geteuid() != 0:
        pytest.skip("only root can act as other users")
    sources = [Path(__file__).parents[2] / "src", *map(Path, {sysconfig.get_path(k) for k in ("purelib", "platlib")})]
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        Path(name).chmod(0o755)
        yield readable(sources) or readable(copied(sources, Path(name))) or not_to_be_had()


def copied(sources: list[Path], folder: Path) -> list[Path]:
    """The same where everybody may read it: a checkout may lie in a folder of root's alone."""
    targets = [folder / str(number) for number in range(len(sources))]
    for source, target in zip(sources, targets, strict=True):
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", "mypy*", "*.pth"))
    return targets


def readable(paths: list[Path]) -> Installation | None:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        found = Installation(python, os.pathsep.join(map(str, paths)))
        try:
            found.call(BOB, "-c", "import opsctl.terminal.app, pydantic, zmq, circus")
        except (OSError, subprocess.CalledProcessError):
            continue
        return found
    return None


def not_to_be_had() -> Installation:
    pytest.skip("no interpreter that other users may run fits opsctl's packages")


@pytest.fixture
def site(installation: Installation) -> Iterator[SharedSite]:
    # Not pytest's own folder: that is root's alone.
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for uid in (ALICE, BOB, MALLORY, STRANGER):
            (folder / f"home-{uid}").mkdir(mode=0o700)
            os.chown(folder / f"home-{uid}", uid, GROUP)
        yield from made(SharedSite(folder, installation))


def made(site: SharedSite) -> Iterator[SharedSite]:
    place, installation = site.folder / "site", site.installation
    place.mkdir()
    os.chown(place, ALICE, GROUP)
    place.chmod(0o2770)
    for version in ("v1", "v2"):
        (place / "versions" / version).mkdir(parents=True)
    text = SITE.format(python=installation.python, path=installation.path, ports=free_ports(12))
    (place / "site.toml").write_text(text)
    (place / "opsctl.toml").write_text('site = "my-site"\n[store]\npath = "opsctl.db"\n[runtime]\nfolder = "local"\n')
    for one in place.rglob("*"):
        os.chown(one, ALICE, GROUP)
    installation.call(ALICE, "-c", CREATE, str(place / "opsctl.db"))
    try:
        yield site
    finally:
        stop = [installation.python, "-c", STOP, str(place / "local")]
        subprocess.run(stop, env=installation.environment("/"), cwd="/", check=True)


CREATE = f"""
import sys
from pathlib import Path
from opsctl.wiring.setting_up import create_store
create_store(Path(sys.argv[1]), "my-site", group={GROUP}).close()
"""

STOP = """
import sys
from pathlib import Path
from opsctl.wiring.setting_up import stop_local_processes
stop_local_processes(Path(sys.argv[1]))
"""


def free_ports(count: int) -> str:
    for first in range(18000, 19900, count):
        try:
            for port in range(first, first + count):
                with socket.socket() as attempt:
                    attempt.bind(("127.0.0.1", port))
        except OSError:
            continue
        return f"{first}-{first + count - 1}"
    raise AssertionError("no free ports")


def test_two_real_users_share_a_site_and_a_third_stays_out(site: SharedSite) -> None:
    site.run(ALICE, "site", "publish", str(site.folder / "site" / "site.toml"))
    site.run(ALICE, "deploy", "order-service", "v1", "staging")

    # What Alice's supervisor runs, Bob changes; who he is comes from his uid, whatever $USER says.
    site.run(BOB, "deploy", "order-service", "v2", "staging")
    site.run(BOB, "scale", "order-service", "2", "staging")
    (page,) = site.json(ALICE, "status", "order-service", "--environment", "staging")
    (row,) = page["rows"]
    assert (row["version"], row["ready"], row["by"]) == ("v2", 2, "@bob")

    # A production deploy of Alice's waits for Bob, in another process of another user.
    waiting = site.start(ALICE, "deploy", "order-service", "v1", "production")
    operation = asked(waiting)
    assert site.run(ALICE, "approve", operation, check=False).returncode == 3
    site.run(BOB, "approve", operation)
    out, err = waiting.communicate(timeout=60)
    assert waiting.returncode == 0, (out, err)

    # Mallory is neither in the group nor in the site.
    refused = site.run(MALLORY, "status", check=False)
    assert refused.returncode != 0
    assert "Traceback" not in refused.stderr

    assert site.run(BOB, "audit", "verify").returncode == 0
    records = site.json(BOB, "audit", "--limit", "100")[-1]["rows"]
    by = {(one["user"], one["command"], one["result"]) for one in records}
    assert ("@alice", "/deploy order-service v1 staging", "success") in by
    assert ("@bob", "/deploy order-service v2 staging", "success") in by
    assert ("@alice", f"/approve {operation}", "denied") in by
    for one in (site.folder / "site").rglob("*"):
        assert not one.stat().st_mode & 0o007 or one.is_symlink() or "versions" in one.parts or one.suffix == ".toml", (
            one
        )


def asked(process: "subprocess.Popen[str]") -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if "opsctl approve " in line:
            return line.split("opsctl approve ")[1].split()[0]
    raise AssertionError("it did not come to ask")


def test_a_user_of_the_group_whom_the_site_does_not_know_may_read_but_not_change(site: SharedSite) -> None:
    site.run(ALICE, "site", "publish", str(site.folder / "site" / "site.toml"))
    assert site.run(STRANGER, "status").returncode == 0
    refused = site.run(STRANGER, "deploy", "order-service", "v1", "staging", check=False)
    assert refused.returncode == 3
    assert "does not know you" in refused.stdout + refused.stderr
    assert "Ask a lead" in refused.stdout + refused.stderr
