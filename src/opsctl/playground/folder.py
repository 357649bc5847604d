"""The folder of a playground: its settings, its site file, the versions of its services, its store."""

import json
import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from opsctl.core.errors import UsageError

SITE = "playground"
SERVICES = ("order-service", "payment-service", "api-gateway")
VERSIONS = ("v2.3.9", "v2.4.0", "v2.4.1", "v2.5.0")
SICK = "v2.5.0"
"""The version that never becomes healthy."""

PORTS_NEEDED = 60


@dataclass(frozen=True, slots=True)
class Playground:
    """Where things are in a playground."""

    folder: Path

    @property
    def config(self) -> Path:
        """The settings file that addresses it."""
        return self.folder / "opsctl.toml"

    @property
    def site_file(self) -> Path:
        """What is published in it."""
        return self.folder / "site.toml"

    @property
    def store(self) -> Path:
        """Its store."""
        return self.folder / "opsctl.db"

    @property
    def runtime(self) -> Path:
        """What its processes need."""
        return self.folder / "local"

    @property
    def is_made(self) -> bool:
        """Whether its files were all written; the settings are the last."""
        if not self.config.exists():
            return False
        text = self.config.read_bytes()
        port = re.search(rb"^listen = .*:(\d+)", text, re.MULTILINE)
        return port is not None and text == _CONFIG.format(port=int(port[1])).encode()

    @property
    def relay_log(self) -> Path:
        """What its relay logs."""
        return self.folder / "relay.log"

    @property
    def relay_holder(self) -> Path:
        """Which process its relay is."""
        return self.folder / "relay.process"


@contextmanager
def reaching(folder: Path) -> Iterator[None]:
    """While the files of a playground are looked at or made. Raises UsageError where that can't be done."""
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"{folder} can't be used as a playground: {(error.strerror or 'unknown reason').lower()}.",
            means="Nothing of it was started or stopped.",
            do="Name another folder: --folder DIR",
            reason="folder_unusable",
        ) from error


def make(playground: Playground) -> None:
    """Write the files of a new playground. Raises UsageError where the folder holds something else."""
    folder = playground.folder
    if folder.exists() and any(one.name not in ("versions", "site.toml") for one in folder.iterdir()):
        raise UsageError(
            f"{folder} is not empty, and no playground.",
            means="Nothing was written.",
            do="Choose another folder: opsctl demo --folder DIR",
            reason="folder_taken",
        )
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for service in SERVICES:
        for version in VERSIONS:
            _write_version(folder / "versions" / service / version, version)
    first, last = _free_range()
    playground.site_file.write_text(_site_file((first, last - 1), playground.config))
    playground.config.write_text(_CONFIG.format(port=last))


def _write_version(folder: Path, version: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    about = {"healthy": version != SICK, "note": f"release {version}"}
    (folder / "release.json").write_text(json.dumps(about) + "\n")


def _free_range() -> tuple[int, int]:
    """A range of ports below the ephemeral ones of which the first is free; two playgrounds do not get the same."""
    start = 20000 + (os.getpid() * 97) % 10000
    for first in (*range(start, 31000, PORTS_NEEDED), *range(20000, start, PORTS_NEEDED)):
        if all(_is_free(port) for port in range(first, first + PORTS_NEEDED)):
            return first, first + PORTS_NEEDED - 1
    raise UsageError("No free range of ports was found.", do="Stop something that listens, then try again.")


def _is_free(port: int) -> bool:
    with socket.socket() as attempt:
        try:
            attempt.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _site_file(ports: tuple[int, int], config: Path) -> str:
    command = json.dumps([sys.executable, "-m", "opsctl.playground.service"])
    services = "\n".join(
        _SERVICE.format(name=name, team=team, command=command, ports=f"{ports[0]}-{ports[1]}")
        for name, team in zip(SERVICES, ("orders", "payments", "gateways"), strict=True)
    )
    flush = json.dumps([sys.executable, "-m", "opsctl.playground.flush_cache", str(config)])
    return _SITE.format(uid=os.getuid(), services=services, flush=flush.removesuffix("]"))


_CONFIG = """\
# The settings of this playground. Address it with:  export OPSCTL_CONFIG=THIS_FILE
site = "playground"

[store]
path = "opsctl.db"

[runtime]
folder = "local"

[relay]
listen = "127.0.0.1:{port}"
grace_seconds = 5
"""

_SITE = """\
# The site of this playground. Change something, then:  opsctl site diff site.toml;  opsctl site publish site.toml
id = "playground"
channel = "#ops"

[environments.development]

[environments.staging]

[environments.production]
protected = true
channel = "#deployments"

# You are @alice. In a playground, and only there, --as @bob speaks for the lead.
[people.alice]
uid = {uid}

[people.bob]

[teams.orders]
members = ["@alice"]
leads = ["@bob"]

[teams.payments]
members = ["@alice"]
leads = ["@bob"]

[teams.gateways]
members = ["@alice"]
leads = ["@bob"]

{services}
# A command of this site's own: opsctl help flush-cache
[commands.flush-cache]
help = "Empty the cache of every replica of a service."
effect = "change"
run = {flush}, "{{service}}", "{{environment}}"]
limit = "1m"

[commands.flush-cache.arguments]
service = {{ kind = "service" }}
environment = {{ kind = "environment" }}

[[commands.flush-cache.rules]]
"""

_SERVICE = """\
[services.{name}]
team = "{team}"
environments = ["development", "staging", "production"]
dashboard = "https://grafana.internal/d/{name}"

[services.{name}.deployer]
kind = "local"
versions = "versions/{name}"
command = {command}
ports = "{ports}"
deadline_seconds = 6

[services.{name}.deployers.production]
replicas = 2
"""
