"""`deploy`: run a version of a service in an environment."""

from dataclasses import dataclass

from opsctl.commands.healthy import is_well, wait_until_well
from opsctl.core.command import Change, EnvironmentName, ServiceName, VersionName
from opsctl.core.errors import UsageError
from opsctl.core.nearest import did_you_mean
from opsctl.core.plan import Change as Step
from opsctl.core.plan import Plan
from opsctl.core.ports import Cause, Steps
from opsctl.core.site import Site


@dataclass(frozen=True, slots=True)
class Deploy(Change):
    """Deploy a version of a service; what runs stays until the new version is healthy."""

    name = "deploy"
    examples = ("deploy order-service v2.4.1 production",)

    service: ServiceName
    version: VersionName
    environment: EnvironmentName

    def plan(self, site: Site) -> Plan:
        """From the release in service now to `version`."""
        self._check_version(site.versions(self.service, self.environment))
        now = site.deployer(self.service, self.environment).state()
        facts = (("replicas", str(now.replicas)), ("ready", str(now.ready))) if now.release else ()
        was = now.release.version if now.release else None
        return Plan(changes=(Step("release", was, self.version),), facts=facts)

    def execute(self, site: Site, plan: Plan, cause: Cause) -> Steps:  # noqa: ARG002  # the version says it all
        """Hand the version to the deployer, then wait until the service is well by its own address."""
        yield from site.deployer(self.service, self.environment).deploy(self.version, cause)
        yield from wait_until_well(site, self.service, self.environment, self.version)

    def holds(self, site: Site, plan: Plan, cause: Cause) -> bool | None:  # noqa: ARG002
        """Whether the version is in service and healthy, and this operation brought it there."""
        return in_service(site, self.service, self.environment, self.version, cause) and is_well(
            site, self.service, self.environment
        )

    def remedy(self, site: Site, plan: Plan, cause: Cause) -> Change | None:
        """A rollback, where the environment wants it and what this brought is in service in place of another one."""
        if not site.published.environment(self.environment).rolls_back:
            return None
        now = site.deployer(self.service, self.environment).state().release
        is_ours = now is not None and now.version == self.version and now.operation in (cause.operation, "")
        if not is_ours or plan.change("release").was in (self.version, None):
            return None
        from opsctl.commands.rollback import Rollback  # which is built on what is here

        return Rollback(self.service, self.environment)

    def _check_version(self, known: tuple[str, ...]) -> None:
        if known and self.version not in known:
            raise UsageError(
                f"There is no version {self.version!r} of {self.service}.",
                means="Nothing was changed.",
                do=did_you_mean(self.version, known),
                reason="unknown_version",
            )


def in_service(site: Site, service: str, environment: str, version: str, cause: Cause | None = None) -> bool:
    """Whether that version is in service there with all of its replicas ready, brought there by `cause` if given."""
    now = site.deployer(service, environment).state()
    if now.release is None or now.release.version != version:
        return False
    # Some platforms can't say how many replicas are wanted, or which operation a release came from.
    is_ready = now.ready == (now.ready if now.replicas is None else now.replicas)
    return is_ready and (cause is None or now.release.operation in (cause.operation, ""))
