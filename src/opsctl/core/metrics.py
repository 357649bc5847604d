"""Where the measurements of the site's services are, and by which queries: as the site says it, without an adapter."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from opsctl.core.canonical import JSON

_OF = 'service="{service}",environment="{environment}"'
RATE = f"sum(rate(http_requests_total{{{_OF}}}[5m]))"
ERRORS = f'sum(rate(http_requests_total{{{_OF},code=~"5.."}}[5m])) / sum(rate(http_requests_total{{{_OF}}}[5m]))'
LATENCY = f"histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{{{_OF}}}[5m])))"


@dataclass(frozen=True, slots=True)
class Queries:
    """PromQL with {service} and {environment}: requests a second, the part of them that fails, seconds at p95."""

    rate: str = RATE
    errors: str = ERRORS
    latency: str = LATENCY

    def as_json(self) -> dict[str, JSON]:
        """Its form in the published site."""
        return {"rate": self.rate, "errors": self.errors, "latency": self.latency}


@dataclass(frozen=True, slots=True)
class Metrics:
    """The base addresses of Prometheus and of Alertmanager (empty: none), and the queries of each service.

    `own` are those of services that have others than `queries`.
    """

    prometheus: str
    alertmanager: str = ""
    queries: Queries = field(default_factory=Queries)
    own: Mapping[str, Queries] = field(default_factory=dict)

    def of(self, service: str) -> Queries:
        """The queries of a service."""
        return self.own.get(service, self.queries)

    def as_json(self) -> dict[str, JSON]:
        """Its form in the published site; `from_json` reads it back."""
        return {
            "prometheus": self.prometheus,
            "alertmanager": self.alertmanager,
            "queries": self.queries.as_json(),
            "own": {name: one.as_json() for name, one in self.own.items()},
        }

    @classmethod
    def from_json(cls, value: Any) -> "Metrics":
        """The metrics that `as_json` wrote."""
        return cls(
            value["prometheus"],
            value["alertmanager"],
            Queries(**value["queries"]),
            {name: Queries(**one) for name, one in value["own"].items()},
        )
