"""The published site at work: what commands are given, with the ports that the site's adapters keep."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opsctl.core.errors import UsageError
from opsctl.core.operation import Operation
from opsctl.core.published_site import PublishedSite, Service

if TYPE_CHECKING:
    from opsctl.core.incident_book import IncidentBook
    from opsctl.core.making import Adapters
    from opsctl.core.ports import Deployer, LogSource, Monitor
    from opsctl.core.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Site:
    """The published site together with its ports; what commands are given.

    `running` maps a lock key to the operation that runs there; the engine fills it before it asks for a plan.
    `listed` keeps what deployers list, by (service, environment), for the shells' completion.
    """

    published: PublishedSite
    adapters: "Adapters"
    shelf: "Shelf"
    incidents: "IncidentBook"
    digest: str
    running: Mapping[str, Operation] = field(default_factory=dict)
    listed: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def where(self, service: str, environment: str) -> Service:
        """The service, checked to run in that environment. Raises UsageError with the nearest right name."""
        known = self.published.service(service)
        self.published.environment(environment)
        if environment in known.deployers:
            return known
        raise UsageError(
            f"{service} does not run in {environment}.",
            means="Nothing was done.",
            do=f"It runs in: {', '.join(known.deployers)}.",
            reason="unknown_environment",
        )

    def deployer(self, service: str, environment: str) -> "Deployer":
        """The deployer of a service in an environment. Raises UsageError for an unknown one."""
        return self.adapters.deployer(self.where(service, environment), environment)

    def versions(self, service: str, environment: str) -> tuple[str, ...]:
        """The versions that its deployer lists, as `Deployer.versions` does. Raises UsageError, Unreachable."""
        found = self.deployer(service, environment).versions()
        self.listed[service, environment] = found
        return found

    def logs(self, service: str, environment: str) -> "LogSource":
        """The log source of a service in an environment. Raises UsageError for an unknown one."""
        return self.adapters.logs(self.where(service, environment), environment)

    def monitor(self, service: str, environment: str) -> "Monitor":
        """The monitor of a service in an environment. Raises UsageError for an unknown one."""
        return self.adapters.monitor(self.where(service, environment), environment)
