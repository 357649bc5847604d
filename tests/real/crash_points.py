"""Places to die at: before, inside and after every write to the store, before and after every call of a deployer.

Run as a program, it forks a child for each line "FOLDER STEP POINT" on its standard input; the child carries out that
step and kills itself at that point. What became of the child is answered with a line each.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.core.file_platform import FileAdapters
from tests.core.team import Colleagues
from tests.real.crash_heard import HEARD_STEPS
from tests.real.crash_incident import INCIDENT_STEPS
from tests.real.crash_scenario import LOOK, STEPS

from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.core.ports import Cause, LogSource, Monitor, Release, ServiceState, Steps
from opsctl.core.published_site import Service
from opsctl.core.store import Transaction
from opsctl.wiring.services import Adapters

EVERY = (*STEPS, LOOK, *INCIDENT_STEPS, *HEARD_STEPS)
"""What may be carried out, by its number."""


@dataclass
class Points:
    """Counts the points as they are passed, by any thread, and kills this process at one of them."""

    deadly: int = 0
    passed: int = 0
    mutex: threading.Lock = field(default_factory=threading.Lock)

    def reach(self) -> None:
        with self.mutex:
            self.passed += 1
            if self.passed == self.deadly:
                os.kill(os.getpid(), signal.SIGKILL)


class DyingStore:
    """The store, with a point around and inside every write."""

    def __init__(self, store: SqliteStore, points: Points) -> None:
        self._store = store
        self._points = points

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def write(self, work: Callable[[Transaction], Any]) -> Any:
        def dying(tx: Transaction) -> Any:
            result = work(tx)
            self._points.reach()  # not committed yet
            return result

        self._points.reach()
        result = self._store.write(dying)
        self._points.reach()
        return result


@dataclass
class DyingDeployer:
    """A deployer, with a point before and after every call and every step."""

    deployer: Any
    points: Points

    def state(self) -> ServiceState:
        return self._called(self.deployer.state)  # type: ignore[no-any-return]

    def versions(self) -> tuple[str, ...]:
        return self._called(self.deployer.versions)  # type: ignore[no-any-return]

    def releases(self) -> tuple[Release, ...]:
        return self._called(self.deployer.releases)  # type: ignore[no-any-return]

    def deploy(self, version: str, cause: Cause) -> Steps:
        return self._stepped(self.deployer.deploy(version, cause))

    def rollback(self, to: Release, cause: Cause) -> Steps:
        return self._stepped(self.deployer.rollback(to, cause))

    def scale(self, replicas: int, cause: Cause) -> Steps:
        return self._stepped(self.deployer.scale(replicas, cause))

    def _called(self, call: Callable[[], Any]) -> Any:
        self.points.reach()
        result = call()
        self.points.reach()
        return result

    def _stepped(self, steps: Steps) -> Steps:
        self.points.reach()
        for progress in steps:
            self.points.reach()
            yield progress
            self.points.reach()
        self.points.reach()


@dataclass
class DyingAdapters:
    adapters: Any
    points: Points

    def deployer(self, service: Service, environment: str) -> DyingDeployer:
        return DyingDeployer(self.adapters.deployer(service, environment), self.points)

    def logs(self, service: Service, environment: str) -> LogSource:
        return self.adapters.logs(service, environment)  # type: ignore[no-any-return]

    def monitor(self, service: Service, environment: str) -> Monitor:
        return self.adapters.monitor(service, environment)  # type: ignore[no-any-return]


def platforms_in(folder: Path) -> Any:
    """The platform in a file where the folder has one, else the adapters that the published site names."""
    return FileAdapters(folder / "platform") if (folder / "platform").is_dir() else Adapters(folder)


def carry_out(folder: Path, step: int, deadly: int = 0) -> int:
    """Carry out a step of the scenario in this process; returns how many points it passed."""
    points = Points(deadly)
    store = SqliteStore.open(folder / "store" / "opsctl.db")
    adapters = DyingAdapters(platforms_in(folder), points)
    EVERY[step].act(Colleagues(DyingStore(store, points), adapters))  # type: ignore[arg-type]
    store.close()
    return points.passed


def main() -> None:
    for line in sys.stdin:
        folder, step, point = line.rsplit(maxsplit=2)
        child = os.fork()
        if child == 0:
            carry_out(Path(folder), int(step), int(point))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
