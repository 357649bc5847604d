"""A platform in a folder, for tests in which processes die: what it was told to do outlives whoever told it."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.core.team import NoLogs, NoMonitor

from opsctl.core.errors import CancelRequested
from opsctl.core.ports import Cause, LogSource, Monitor, Progress, Release, ServiceState, Steps
from opsctl.core.published_site import Service

EMPTY: dict[str, Any] = {"history": [], "replicas": 2, "starting": None, "calls": []}


@dataclass
class FilePlatform:
    """Keeps the promises of `Deployer`, on disk. `calls` is its own log of what changed it, in order.

    A call that begins while another operation's is not over yet is in the log as "meanwhile …".
    """

    file: Path
    step_seconds: float = 0.0

    def state(self) -> ServiceState:
        now = self._read()
        releases = self.releases()
        replicas = now["replicas"] if releases else None
        return ServiceState(releases[0] if releases else None, replicas, replicas or 0)

    def versions(self) -> tuple[str, ...]:
        return ("v2.4.2", "v2.4.1", "v2.4.0", "v2.3.9")

    def releases(self) -> tuple[Release, ...]:
        return tuple(
            Release(**one | {"at": datetime.fromisoformat(one["at"])}) for one in reversed(self._read()["history"])
        )

    def calls(self) -> list[str]:
        return list(self._read()["calls"])

    def deploy(self, version: str, cause: Cause) -> Steps:
        yield from self._release(version, cause, None)

    def rollback(self, to: Release, cause: Cause) -> Steps:
        yield from self._release(to.version, cause, to.restores or to.number)

    def scale(self, replicas: int, cause: Cause) -> Steps:
        yield Progress("scaling", 0, replicas)
        with self._changing() as now:
            now["replicas"] = replicas
            now["calls"].append(f"scale {replicas} {cause.operation}")

    def _release(self, version: str, cause: Cause, restores: int | None) -> Steps:
        if any(one.operation == cause.operation for one in self.releases()):
            return
        yield Progress("starting")
        with self._changing() as now:
            if now["starting"]:
                now["calls"].append(f"meanwhile {now['starting']} {cause.operation}")
            now["starting"] = cause.operation
            now["calls"].append(f"start {version} {cause.operation}")
        try:
            time.sleep(self.step_seconds)
            yield Progress("switching")
        except CancelRequested:
            with self._changing() as now:
                now["starting"] = None
                now["calls"].append(f"undo {version} {cause.operation}")
            raise
        with self._changing() as now:
            release = Release(
                len(now["history"]) + 1, version, datetime.now(UTC), cause.person, cause.operation, True, restores
            )
            now["starting"] = None
            now["history"].append({name: getattr(release, name) for name in release.__slots__})
            now["history"][-1]["at"] = release.at.isoformat()
            now["calls"].append(f"switch {version} {cause.operation}")

    def _read(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self.file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return json.loads(json.dumps(EMPTY))  # type: ignore[no-any-return]
        return found

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            now = self._read()
            yield now
            fresh = self.file.with_suffix(".new")
            with fresh.open("w", encoding="utf-8") as out:
                json.dump(now, out)
                out.flush()
                os.fsync(out.fileno())
            fresh.replace(self.file)


@dataclass
class FileAdapters:
    """The platforms of a site, each in a file of the folder."""

    folder: Path
    step_seconds: float = 0.0

    def deployer(self, service: Service, environment: str) -> FilePlatform:
        return self.platform(service.name, environment)

    def platform(self, service: str, environment: str) -> FilePlatform:
        return FilePlatform(self.folder / f"{service}-{environment}.json", self.step_seconds)

    def logs(self, _service: Service, _environment: str) -> LogSource:
        return NoLogs()  # type: ignore[return-value]

    def monitor(self, _service: Service, _environment: str) -> Monitor:
        return NoMonitor()
