"""A site to measure in."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def make_site(place: Path) -> dict[str, str]:
    """Make a site with a published service; returns the environment variables that lead to it, and to its caches."""
    # Without Python's own switches: they may forbid bytecode files, and then compiling is measured.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {"XDG_CACHE_HOME": str(place / "cache"), "OPSCTL_CONFIG": str(place / "opsctl.toml")}
    opsctl = [sys.executable, "-m", "opsctl"]
    subprocess.run([*opsctl, "init", "--yes", "--folder", str(place)], env=environment, check=True, capture_output=True)
    publish = [*opsctl, "site", "publish", str(place / "site.toml")]
    subprocess.run(publish, env=environment, check=True, capture_output=True)
    return environment


@contextmanager
def relay_of(environment: dict[str, str], place: Path, listen: str) -> Iterator[subprocess.Popen[bytes]]:
    """A real relay of that site, which listens at a port of this host (HOST:PORT) or a socket (unix:PATH)."""
    words = [sys.executable, "-m", "opsctl", "relay"]
    process = subprocess.Popen(
        words, env=environment | {"OPSCTL_RELAY_LISTEN": listen}, stderr=subprocess.DEVNULL, cwd=place
    )
    try:
        until = time.monotonic() + 20
        while not _listens(listen):
            assert process.poll() is None, f"{words} ended"
            assert time.monotonic() < until, listen
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait()


def _listens(where: str) -> bool:
    host, _, port = where.rpartition(":")
    is_unix = host == "unix"
    with socket.socket(socket.AF_UNIX if is_unix else socket.AF_INET) as attempt:
        return attempt.connect_ex(port if is_unix else (host, int(port))) == 0
