"""The Deployer of a team's own tool. What is there is what the tool's `state` says, never what its exit code claims."""

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from opsctl.adapters.deployers.process.asking import Tool
from opsctl.adapters.deployers.process.outcome import cancelled, failed, unproven
from opsctl.adapters.deployers.process.report import Report
from opsctl.adapters.deployers.process.settings import ProcessSettings
from opsctl.adapters.deployers.refusals import absurd_replicas, never_deployed, unknown_version
from opsctl.adapters.deployers.version import checked_version
from opsctl.core.errors import ActionFailed, CancelRequested, cannot_scale
from opsctl.core.ports import Cause, Progress, Release, ServiceState, Steps
from opsctl.core.process import run_vector, told
from opsctl.core.vector import filled

_Answer = TypeVar("_Answer")
_Wanted: TypeAlias = Callable[[ServiceState], bool]

_PAUSE_SECONDS = 0.5
_UNSCALABLE = 'the tool that deploys it is not told how: scale = ["PROGRAM", "{replicas}"] is missing in its deployer'


@dataclass(frozen=True, slots=True)
class ProcessDeployer:
    """Runs one service in one environment through the team's own tool. Keeps the Deployer port."""

    tool: Tool

    @classmethod
    def made(cls, settings: Mapping[str, Any], service: str, environment: str, folder: Path) -> "ProcessDeployer":  # noqa: ARG003 (made like every adapter; this one keeps nothing)
        """The deployer with these settings. Raises UsageError."""
        return cls(Tool(cls.checked(settings, service, environment), service, environment))

    @staticmethod
    def checked(settings: Mapping[str, Any], service: str, environment: str) -> ProcessSettings:
        """The settings, read. Raises UsageError where something is wrong in them."""
        return ProcessSettings.from_mapping(settings, service=service, environment=environment)

    def state(self) -> ServiceState:
        """What is there now, as the tool's `state` says."""
        state = _waited_for(self.tool.report()).state
        return state if self.tool.settings.scale else replace(state, unscalable=_UNSCALABLE)

    def versions(self) -> tuple[str, ...]:
        """The versions that the tool lists, newest first."""
        return _waited_for(self.tool.versions())

    def releases(self) -> tuple[Release, ...]:
        """The releases that `state` tells; only the one in service where it tells no others."""
        return _waited_for(self.tool.report()).releases

    def deploy(self, version: str, cause: Cause) -> Steps:
        """Run `deploy`, then wait until `state` shows the version in service and ready."""
        known = yield from self.tool.versions()
        if checked_version(version) not in (known or (version,)):
            raise unknown_version(self.tool.service, version, known)
        yield from self._release("deploying", self.tool.settings.deploy, {"version": version}, cause)

    def rollback(self, to: Release, cause: Cause) -> Steps:
        """Run `rollback`, else `deploy` with the earlier version, then wait as after a deploy."""
        vector = self.tool.settings.rollback or self.tool.settings.deploy
        values = {"version": checked_version(to.version), "release": str(to.number)}
        yield from self._release("rolling back", vector, values, cause)

    def scale(self, replicas: int, cause: Cause) -> Steps:
        """Run `scale`, then wait until `state` shows that many replicas ready."""
        before = yield from self.tool.report()
        self._check_scale(replicas, before.state)
        vector = self.tool.settings.scale
        values = {"replicas": str(replicas)}
        yield from self._changed("scaling", vector, values, cause, before, lambda now: _is_ready(now, replicas))

    def _release(self, step: str, vector: Sequence[str], values: dict[str, str], cause: Cause) -> Steps:
        before = yield from self.tool.report()

        def is_wanted(now: ServiceState) -> bool:
            # A tool that does not keep operation ids tells none.
            by = now.release.operation if now.release else ""
            return _runs(now, values["version"]) and by in (cause.operation, "") and _is_ready(now)

        release = before.state.release
        if release and release.version == values["version"] and release.operation == cause.operation:
            yield from self._settled(vector, before, is_wanted)
            return
        yield from self._changed(step, vector, values, cause, before, is_wanted)

    def _changed(
        self,
        step: str,
        vector: Sequence[str],
        values: Mapping[str, str],
        cause: Cause,
        before: Report,
        is_wanted: _Wanted,
    ) -> Steps:
        settings = self.tool.settings
        about = {"operation": cause.operation, "person": cause.person, **values}
        try:
            yield from run_vector(
                filled(vector, self.tool.place | about),
                told(cause, self.tool.service, self.tool.environment),
                step=step,
                folder=self.tool.folder,
                limit_seconds=settings.limit_seconds,
                grace_seconds=settings.grace_seconds,
            )
        except ActionFailed as failure:
            if failure.reason == "not_started":
                raise
            now = yield from self.tool.report()
            raise failed(failure, before.state, now.state, self.tool.service, self.tool.environment) from failure
        except CancelRequested as cancel:
            now = yield from self.tool.report()
            raise cancelled(cancel, before.state, now.state) from cancel
        yield from self._settled(vector, before, is_wanted)

    def _settled(self, vector: Sequence[str], before: Report, is_wanted: _Wanted) -> Steps:
        """Wait until what was wanted is what `state` says. The tool is done: cancelling has nothing left to stop."""
        give_up_at = time.monotonic() + self.tool.settings.healthy_seconds
        while True:
            now = yield from _heedless(self.tool.report())
            if is_wanted(now.state):
                return
            if time.monotonic() > give_up_at:
                raise unproven(vector[0], before.state, now.state, self.tool)
            yield from _heedless(_paused(now.state))

    def _check_scale(self, replicas: int, now: ServiceState) -> None:
        where = self.tool.service, self.tool.environment
        if not self.tool.settings.scale:
            raise cannot_scale(*where, _UNSCALABLE)
        if replicas < 0 or (now.most is not None and replicas > now.most):
            raise absurd_replicas(*where, replicas, f"Choose 0 to {now.most}." if now.most else "Choose 0 or more.")
        if now.release is None:
            raise never_deployed(*where)


def _runs(now: ServiceState, version: str) -> bool:
    return now.release is not None and now.release.version == version and now.release.is_healthy


def _is_ready(now: ServiceState, replicas: int | None = None) -> bool:
    wanted = now.replicas if replicas is None else replicas
    return not now.is_busy and now.replicas in (wanted, None) and now.ready == (now.ready if wanted is None else wanted)


def _paused(now: ServiceState) -> Steps:
    yield Progress("waiting until healthy", now.ready, now.replicas or 0)
    time.sleep(_PAUSE_SECONDS)


def _heedless(steps: Generator[Progress, None, _Answer]) -> Generator[Progress, None, _Answer]:
    """The same steps, which go on where somebody cancels."""
    try:
        while True:
            progress = next(steps)
            try:
                yield progress
            except CancelRequested:
                continue
    except StopIteration as end:
        answer: _Answer = end.value
        return answer
    finally:
        steps.close()


def _waited_for(steps: Generator[Progress, None, _Answer]) -> _Answer:
    """What the steps come to."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            answer: _Answer = end.value
            return answer
