"""`rollback`: back to the last healthy release before the current one."""

from collections.abc import Sequence
from dataclasses import dataclass

from opsctl.commands.deploy import in_service
from opsctl.commands.healthy import is_well, wait_until_well
from opsctl.core.command import Change, EnvironmentName, ServiceName
from opsctl.core.errors import ActionFailed
from opsctl.core.operation import Operation
from opsctl.core.plan import Change as Step
from opsctl.core.plan import Plan
from opsctl.core.ports import Cause, Deployer, Progress, Release, Steps
from opsctl.core.site import Site


@dataclass(frozen=True, slots=True)
class Rollback(Change):
    """Roll back to the last healthy release; a deploy that still runs is cancelled first."""

    name = "rollback"
    examples = ("rollback order-service production",)

    service: ServiceName
    environment: EnvironmentName

    def plan(self, site: Site) -> Plan:
        """From the release in service, or the one that a running deploy brings, to the one before it."""
        deployer = site.deployer(self.service, self.environment)
        now = deployer.state()
        running = site.running.get(f"{self.service}/{self.environment}")
        if running is not None and _explains(running, now.release):
            return self._over(running)
        target = target_of(deployer.releases(), now.release)
        if now.release is None or target is None:
            raise ActionFailed(
                f"{self.service} has no healthy release in {self.environment} before the current one.",
                means="There is nothing to roll back to. Nothing was changed.",
                do=f"See its releases: opsctl status {self.service}",
                reason="nothing_to_roll_back_to",
            )
        self._check_kept(deployer, target)
        facts = (("replicas", str(now.replicas)), ("ready", str(now.ready)))
        return Plan(changes=(Step("release", now.release.version, target.version),), facts=facts)

    def execute(self, site: Site, plan: Plan, cause: Cause) -> Steps:
        """Bring the release back, unless cancelling the deploy has already left it in service."""
        deployer = site.deployer(self.service, self.environment)
        version = str(plan.change("release").to)
        current = deployer.state().release
        if plan.overrides and current and current.version == version:
            yield Progress("kept", detail=version)
            return
        target = target_of(deployer.releases(), current)
        if target is None or target.version != version:
            raise ActionFailed(
                f"The release {version} of {self.service} is gone from the history in {self.environment}.",
                means="Nothing was changed.",
                do=f"Deploy it: opsctl deploy {self.service} {version} {self.environment}",
                reason="nothing_to_roll_back_to",
            )
        yield from deployer.rollback(target, cause)
        yield from wait_until_well(site, self.service, self.environment, version)

    def holds(self, site: Site, plan: Plan, cause: Cause) -> bool | None:
        """Whether the earlier release is in service and healthy; over a deploy, whoever left it there."""
        version = str(plan.change("release").to)
        by = None if plan.overrides else cause
        return in_service(site, self.service, self.environment, version, by) and is_well(
            site, self.service, self.environment
        )

    def _check_kept(self, deployer: Deployer, target: Release) -> None:
        """Raise ActionFailed where the platform has the version of an earlier release no longer."""
        known = deployer.versions()
        if not known or target.version in known:
            return
        earlier = (one.version for one in reversed(lineage(deployer.releases())) if one.number < target.number)
        older = next((version for version in earlier if version in known), None)
        which, version = ("the one before it", older) if older else ("another one", "VERSION")
        raise ActionFailed(
            f"The release before is {target.version} of {self.service}, and that version is not there any more.",
            means="Nothing was changed.",
            do=f"Deploy {which}: opsctl deploy {self.service} {version} {self.environment}",
            reason="version_gone",
        )

    def _over(self, running: Operation) -> Plan:
        assert running.plan is not None
        change = running.plan.change("release")
        if change.was is None:
            raise ActionFailed(
                f"{running.id} is the first deploy of {self.service} in {self.environment}.",
                means="There is nothing to roll back to. It goes on.",
                do=f"Stop it: opsctl cancel {running.id}",
                reason="nothing_to_roll_back_to",
            )
        return Plan(changes=(Step("release", change.to, change.was),), overrides=running.id)


def _explains(running: Operation, now: Release | None) -> bool:
    """Whether it is a deploy, and what is in service is what it brings or what it found."""
    if not running.command.startswith("/deploy ") or running.plan is None:
        return False
    change = running.plan.change("release")
    return now is None or now.version in (change.was, change.to)


def target_of(releases: Sequence[Release], current: Release | None) -> Release | None:
    """The release a rollback goes to: the last healthy one that led to the current one, of another version.

    `releases` are newest first. What was rolled back from leads nowhere: a second rollback goes one further back, and
    one after a new deploy does not go to what had been rolled back before it.
    """
    if current is None:
        return None
    position = current.restores or current.number
    for release in reversed(lineage(releases)):
        if release.number < position and release.version != current.version:
            return release
    return None


def lineage(releases: Sequence[Release]) -> list[Release]:
    """The healthy deploys that led to what is in service now, oldest first, without those that were rolled back."""
    line: list[Release] = []
    for release in sorted(releases, key=lambda one: one.number):
        if release.is_healthy and release.restores is None:
            line.append(release)
        elif release.is_healthy:
            line = [one for one in line if one.number <= (release.restores or 0)]
    return line
