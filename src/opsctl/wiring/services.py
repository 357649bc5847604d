"""A service's settings become its ports: its deployer, its logs, its monitor."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opsctl.core.errors import UsageError
from opsctl.core.nearest import did_you_mean
from opsctl.core.published_site import Service
from opsctl.wiring.loading import loaded

if TYPE_CHECKING:
    from opsctl.core.metrics import Metrics
    from opsctl.core.ports import Deployer, LogSource, Metering, Monitor

DEPLOYERS = {
    "local": "opsctl.adapters.deployers.local:LocalDeployer",
    "process": "opsctl.adapters.deployers.process:ProcessDeployer",
}
LOGS = {"local": "opsctl.adapters.logs.local:LocalLogs"}
MONITORS = dict.fromkeys(DEPLOYERS, "opsctl.adapters.monitors.http:HttpMonitor")
"""Which adapter keeps a port for a deployer's kind. They are loaded when they are first needed."""

METERING = "opsctl.adapters.monitors.prometheus:Prometheus"
"""Where measurements are kept."""


@dataclass(frozen=True, slots=True)
class Adapters:
    """Makes the ports of a service in an environment when they are first asked for, and keeps them."""

    folder: Path
    _made: dict[tuple[str, str, str], Any] = field(default_factory=dict)

    def deployer(self, service: Service, environment: str) -> "Deployer":
        """Its deployer."""
        deployer: Deployer = self._make("deployer", DEPLOYERS, service, environment)
        return deployer

    def metering(self, metrics: "Metrics") -> "Metering":
        """Where the measurements of services are kept."""
        metering: Metering = loaded(METERING)(metrics)
        return metering

    def logs(self, service: Service, environment: str) -> "LogSource":
        """Its log source."""
        logs: LogSource = self._make("logs", LOGS, service, environment)
        return logs

    def monitor(self, service: Service, environment: str) -> "Monitor":
        """Its monitor."""
        monitor: Monitor = self._make("monitor", MONITORS, service, environment)
        return monitor

    def _make(self, port: str, table: Mapping[str, str], service: Service, environment: str) -> Any:
        key = (port, service.name, environment)
        if key not in self._made:
            settings = service.deployers[environment]
            kind = str(settings["kind"])
            if kind in DEPLOYERS and kind not in table:
                raise _not_offered(port, kind, service.name, environment)
            made = adapter_of(table, kind).made(settings, service.name, environment, self.folder)
            self._made[key] = made
        return self._made[key]


def adapter_of(table: Mapping[str, str], kind: str) -> Any:
    """The class of an adapter of that kind. Raises UsageError where the table has none."""
    if kind not in table:
        raise UsageError(
            f"There is no deployer of the kind {kind!r}.", means="Nothing was done.", do=did_you_mean(kind, table)
        )
    return loaded(table[kind])


def _not_offered(port: str, kind: str, service: str, environment: str) -> UsageError:
    return UsageError(
        f"There are no {port} of {service} in {environment} here: its deployer is a {kind} one, which keeps none.",
        means="Nothing was done.",
        do="Look where the service itself writes them.",
        reason="not_offered",
    )
