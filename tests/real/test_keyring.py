"""Secrets in a real keyring: GNOME Keyring, spoken to through Secret Service on a bus of its own."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import pytest

VALUE = "xoxb-kept-by-gnome"
OPSCTL = [sys.executable, "-m", "opsctl"]
SESSION = """
printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1 || exit 1
echo "$DBUS_SESSION_BUS_ADDRESS"
read -r _
"""
LOCK = """
import secretstorage
connection = secretstorage.dbus_init()
secretstorage.get_default_collection(connection).lock()
connection.close()
"""

pytestmark = pytest.mark.skipif(
    not (which("dbus-run-session") and which("gnome-keyring-daemon")), reason="dbus and gnome-keyring are not installed"
)


@dataclass(frozen=True)
class Desktop:
    """A person's session with an unlocked keyring."""

    environment: dict[str, str]

    def run(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*OPSCTL, *words], env=self.environment, input=given, capture_output=True, text=True, check=False
        )

    def lock(self) -> None:
        subprocess.run([sys.executable, "-c", LOCK], env=self.environment, check=True)


@pytest.fixture
def desktop() -> Iterator[Desktop]:
    # A short path: the keyring makes a socket in it.
    with tempfile.TemporaryDirectory(prefix="opsctl-") as home:
        own = {"HOME": home, "XDG_RUNTIME_DIR": home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        command = ["dbus-run-session", "--", "bash", "-c", SESSION]
        with subprocess.Popen(
            command, env=own, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as session:
            assert session.stdin is not None
            assert session.stdout is not None
            address = session.stdout.readline().strip()
            assert address, "the session did not start"
            desktop = Desktop(own | {"DBUS_SESSION_BUS_ADDRESS": address})
            assert desktop.run("init", "--yes").returncode == 0
            yield desktop
            session.stdin.close()


def test_a_secret_goes_to_the_keyring_and_comes_back_to_another_process(desktop: Desktop) -> None:
    done = desktop.run("secrets", "set", "slack-token", given=VALUE)
    assert (done.returncode, done.stdout) == (0, "✓ slack-token is in the keyring.\n")
    program = "from opsctl.settings.secrets import Secrets; print(Secrets({}, 'my-site').get('slack-token'))"
    found = subprocess.run(
        [sys.executable, "-c", program], env=desktop.environment, capture_output=True, text=True, check=True
    )
    assert found.stdout == f"{VALUE}\n"
    assert desktop.run("secrets", "set", "slack-token", given="another").returncode == 0
    check = desktop.run("config", "check")
    assert check.returncode == 0
    assert "✓ secrets    keyring (slack-token)" in check.stdout
    assert desktop.run("secrets", "remove", "slack-token").returncode == 0
    assert desktop.run("secrets", "list").stdout == ""
    assert desktop.run("secrets", "remove", "slack-token").returncode == 2


def test_a_secret_is_in_no_file_that_can_be_read(desktop: Desktop) -> None:
    desktop.run("secrets", "set", "slack-token", given=VALUE)
    files = [file for file in Path(desktop.environment["HOME"]).rglob("*") if file.is_file()]
    assert any(file.suffix == ".keyring" for file in files)
    assert not [file for file in files if VALUE.encode() in file.read_bytes()]


@pytest.mark.parametrize("more", [(), ("--debug",)], ids=str)
def test_a_locked_keyring_is_told_in_words_and_nothing_is_lost(desktop: Desktop, more: tuple[str, ...]) -> None:
    desktop.run("secrets", "set", "slack-token", given=VALUE)
    desktop.lock()
    done = desktop.run(*more, "secrets", "set", "slack-token", given=f"new-{VALUE}")
    assert done.returncode == 2
    assert "The keyring is locked." in done.stderr
    assert "Unlock it and try again, or set OPSCTL_SECRET_SLACK_TOKEN instead." in done.stderr
    assert VALUE not in done.stderr
    check = desktop.run("config", "check")
    assert check.returncode == 2
    assert "secret slack-token: The keyring is locked." in check.stdout
    assert desktop.run("secrets", "list").stdout.split() == ["SECRET", "FROM", "slack-token", "keyring"]


def test_a_session_that_is_gone_is_told_in_words(desktop: Desktop) -> None:
    gone = Desktop(desktop.environment | {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere/bus"})
    done = gone.run("secrets", "set", "slack-token", given=VALUE)
    assert done.returncode == 2
    assert "There is no keyring on this machine" in done.stderr
    assert "OPSCTL_SECRET_SLACK_TOKEN" in done.stderr
