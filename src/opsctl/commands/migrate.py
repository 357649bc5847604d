"""`migrate`: run a service's database migrations, by the argument vector of the site."""

from dataclasses import dataclass

from opsctl.core.command import Change, EnvironmentName, ServiceName
from opsctl.core.errors import UsageError
from opsctl.core.plan import Change as Step
from opsctl.core.plan import Plan
from opsctl.core.ports import Cause, Steps
from opsctl.core.process import run_vector, told
from opsctl.core.site import Site
from opsctl.core.vector import filled


@dataclass(frozen=True, slots=True)
class Migrate(Change):
    """Run the database migrations of a service."""

    name = "migrate"
    examples = ("migrate order-service production",)

    service: ServiceName
    environment: EnvironmentName

    def plan(self, site: Site) -> Plan:
        """The argument vector that would run, and the release in service."""
        import shlex  # only a migration is shown as one would type it

        vector = self._vector(site)
        now = site.deployer(self.service, self.environment).state()
        facts = (("release", now.release.version),) if now.release else ()
        return Plan(changes=(Step("migrations", None, shlex.join(vector)),), facts=facts)

    def execute(self, site: Site, plan: Plan, cause: Cause) -> Steps:  # noqa: ARG002  # the site says it all
        """Run the argument vector; it finds the service, the environment and the operation in its environment."""
        yield from run_vector(self._vector(site), told(cause, *self.place), step="migrating")

    def holds(self, site: Site, plan: Plan, cause: Cause) -> bool | None:  # noqa: ARG002
        """Nobody but the tool can tell."""
        return None

    def _vector(self, site: Site) -> tuple[str, ...]:
        service = site.where(self.service, self.environment)
        if not service.migrate:
            raise UsageError(
                f"The site says nothing about how to migrate {self.service}.",
                means="Nothing was changed.",
                do=f'Add migrate = ["tool", "argument"] to [services.{self.service}] and publish the site.',
                reason="no_migration",
            )
        return filled(service.migrate, {"service": self.service, "environment": self.environment})
