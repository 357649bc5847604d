"""What makes the ports of the site's services, without the core knowing any adapter."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from opsctl.core.metrics import Metrics
    from opsctl.core.ports import Deployer, LogSource, Metering, Monitor
    from opsctl.core.published_site import Service


class Adapters(Protocol):
    """Makes the ports of a service in an environment, when they are first needed."""

    def metering(self, metrics: "Metrics") -> "Metering":
        """Where the measurements of services are kept."""
        ...

    def deployer(self, service: "Service", environment: str) -> "Deployer":
        """Its deployer. Raises UsageError where its settings are wrong."""
        ...

    def logs(self, service: "Service", environment: str) -> "LogSource":
        """Its log source."""
        ...

    def monitor(self, service: "Service", environment: str) -> "Monitor":
        """Its monitor."""
        ...
