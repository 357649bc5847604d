"""The Deployer of real processes on this machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from opsctl.adapters.deployers.local.durable import is_locked
from opsctl.adapters.deployers.local.history import Placed, load
from opsctl.adapters.deployers.local.launch import Launch, known_versions, launch
from opsctl.adapters.deployers.local.probe import healthy_ports
from opsctl.adapters.deployers.local.rollout import Rollout, alone
from opsctl.adapters.deployers.local.settings import LocalSettings
from opsctl.adapters.deployers.local.supervisor import Supervisor
from opsctl.adapters.deployers.refusals import absurd_replicas, never_deployed
from opsctl.adapters.local_layout import Placement, placed_in
from opsctl.core.errors import ActionFailed, Unreachable, UsageError
from opsctl.core.ports import Cause, Release, ServiceState, Steps


@dataclass(frozen=True, slots=True)
class LocalDeployer:
    """Runs one service in one environment as processes of this machine, under circus. Keeps the Deployer port."""

    settings: LocalSettings
    placement: Placement

    @classmethod
    def made(cls, settings: Mapping[str, Any], service: str, environment: str, folder: Path) -> "LocalDeployer":
        """The deployer with these settings; everything it keeps is below `folder`. Raises UsageError."""
        return cls(cls.checked(settings, service, environment), placed_in(folder, service, environment))

    @staticmethod
    def checked(settings: Mapping[str, Any], service: str, environment: str) -> LocalSettings:
        """The settings, read. Raises UsageError where something is wrong in them."""
        return LocalSettings.from_mapping(settings, service=service, environment=environment)

    def state(self) -> ServiceState:
        """What is there now: from the state file, the supervisor's lock, and by asking every replica listed."""
        placed = self._read()
        ready = healthy_ports({one.port: one.launch.health for one in placed.replicas})
        return ServiceState(
            release=placed.release,
            replicas=placed.wanted,
            ready=len(ready),
            endpoints=tuple(one.endpoint for one in placed.replicas),
            problem=self._problem(placed),
            is_busy=is_locked(self.placement.lock_file),
            most=self._most,
        )

    def versions(self) -> tuple[str, ...]:
        """The versions that can be deployed, newest first."""
        return known_versions(self.settings)

    def releases(self) -> tuple[Release, ...]:
        """The release history, newest first."""
        return self._read().releases

    def deploy(self, version: str, cause: Cause) -> Steps:
        """Replace the release in service by `version`; what is in service stays until the new one is healthy."""
        yield from alone(self.placement, self._release(version, cause, restores=None))

    def rollback(self, to: Release, cause: Cause) -> Steps:
        """Bring an earlier release back; recorded as a new release that restores it."""
        yield from alone(self.placement, self._release(to.version, cause, restores=to.number))

    def scale(self, replicas: int, cause: Cause) -> Steps:
        """Bring the service to `replicas` running copies."""
        if not 0 <= replicas <= self._most:
            choose = f"Choose 0 to {self._most}: that many ports the deployer has."
            raise absurd_replicas(self.placement.service, self.placement.environment, replicas, choose)
        yield from alone(self.placement, self._scale(replicas, cause))

    def _release(self, version: str, cause: Cause, restores: int | None) -> Steps:
        placed = load(self.placement)
        rollout = self._rollout()
        if placed.release is not None and placed.release.operation == cause.operation:
            yield from rollout.settle()
            return
        how = launch(self.settings, self.placement, version) if restores is None else self._launch_again(version)
        begun = placed.attempt_of(cause.operation)
        number = begun.number if begun else 1 + max((one.number for one in placed.releases), default=0)
        now = datetime.now(UTC)
        attempt = Release(number, version, now, cause.person, cause.operation, is_healthy=False, restores=restores)
        wanted = self.settings.replicas if placed.current is None else placed.wanted
        yield from rollout.release(how, attempt, wanted)

    def _scale(self, replicas: int, cause: Cause) -> Steps:
        placed = load(self.placement)
        if placed.release is None:
            raise never_deployed(self.placement.service, self.placement.environment)
        if placed.scaled_by == cause.operation and placed.wanted == replicas:
            yield from self._rollout().settle()
            return
        how = self._launch_again(placed.release.version)
        yield from self._rollout().scale(how, replicas, cause.operation)

    def _launch_again(self, version: str) -> Launch:
        """How to run a version that ran before: nobody typed it, so nobody can correct it."""
        try:
            return launch(self.settings, self.placement, version)
        except UsageError as error:
            do = f"Bring it back, or deploy another one: opsctl deploy {self.placement.service} VERSION "
            raise ActionFailed(
                error.happened, means=error.means, do=do + self.placement.environment, reason=error.reason
            ) from error

    @property
    def _most(self) -> int:
        first, last = self.settings.ports
        return last - first + 1

    def _rollout(self) -> Rollout:
        return Rollout(self.placement, Supervisor(self.placement.root))

    def _read(self) -> Placed:
        try:
            return load(self.placement)
        except ActionFailed as error:
            raise Unreachable(error.happened, do=error.do) from error

    def _problem(self, placed: Placed) -> str:
        if not placed.replicas:
            return ""
        running = Supervisor(self.placement.root).running()
        if running is None:
            return "supervisor not running; the next change starts it"
        lost = sum(one.supervisor != running.id for one in placed.replicas)
        count = len(placed.replicas)
        return f"{lost} of {count} replicas not supervised; the next change puts that right" if lost else ""
