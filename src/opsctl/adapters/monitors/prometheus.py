"""Measurements from Prometheus, alerts from Alertmanager, over their HTTP interfaces.

https://prometheus.io/docs/prometheus/latest/querying/api/ and Alertmanager's api/v2/openapi.yaml.
"""

import json
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx

from opsctl.adapters.http import client
from opsctl.core.errors import Unreachable
from opsctl.core.metrics import Metrics
from opsctl.core.ports import Measured

SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Prometheus:
    """Asks Prometheus and Alertmanager side by side. Keeps the Metering port."""

    metrics: Metrics

    def measured(self, service: str, environment: str) -> Measured:
        """What is measured of a service in an environment now."""
        queries = self.metrics.of(service)
        with client(seconds=SECONDS) as http, ThreadPoolExecutor(4) as pool:
            asked = [
                pool.submit(self._value, http, filled(query, service, environment))
                for query in (queries.rate, queries.errors, queries.latency)
            ]
            alerting = pool.submit(self._alerts, http, service, environment)
            missing: list[str] = []
            values: list[float | None] = []
            for one in asked:
                try:
                    values.append(one.result())
                except Unreachable as error:
                    values.append(None)
                    missing.append(error.happened)
            try:
                alerts = alerting.result()
            except Unreachable as error:
                alerts = ()
                missing.append(error.happened)
        rate, errors, seconds = values
        p95 = None if seconds is None else seconds * 1000
        return Measured(rate, errors, p95, alerts, " ".join(dict.fromkeys(missing)))

    def _value(self, http: httpx.Client, query: str) -> float | None:
        """The one value of a query; None where it has none. Raises Unreachable."""
        data = self._asked(http, "Prometheus", "POST", f"{self.metrics.prometheus}/api/v1/query", data={"query": query})
        if data.get("status") != "success":
            raise Unreachable(f"Prometheus refuses a query: {data.get('error', 'it does not say why')}.")
        found = data["data"]
        sample = found["result"] if found["resultType"] in ("scalar", "string") else _only(found["result"], query)
        value = float(sample[1]) if sample else math.nan
        # Nothing by nothing: no requests, so no part of them.
        return value if math.isfinite(value) else None

    def _alerts(self, http: httpx.Client, service: str, environment: str) -> tuple[str, ...]:
        """The names of the alerts that fire. Raises Unreachable."""
        if not self.metrics.alertmanager:
            return ()
        filters = [f"service={json.dumps(service)}", f"environment={json.dumps(environment)}"]
        found = self._asked(
            http,
            "Alertmanager",
            "GET",
            f"{self.metrics.alertmanager}/api/v2/alerts",
            params={"active": "true", "silenced": "false", "inhibited": "false", "filter": filters},
        )
        return tuple(sorted({alert["labels"].get("alertname", "(no name)") for alert in found}))

    def _asked(self, http: httpx.Client, whom: str, method: str, address: str, **more: Any) -> Any:
        try:
            answer = http.request(method, address, headers={"Accept": "application/json"}, **more)
            # A query that can't be carried out is answered with 400 or 422, and says why.
            if answer.status_code not in (200, 400, 422):
                raise Unreachable(f"{whom} answers {answer.status_code}.")
            return answer.json()
        except httpx.HTTPError as error:
            raise Unreachable(f"{whom} does not answer at {httpx.URL(address).netloc.decode()}.") from error
        except ValueError as error:
            raise Unreachable(f"What answers at {httpx.URL(address).netloc.decode()} is no {whom}.") from error


def filled(query: str, service: str, environment: str) -> str:
    """The query of a service; names of a site hold nothing that means anything in PromQL."""
    return query.replace("{service}", service).replace("{environment}", environment)


def _only(result: list[Any], query: str) -> Any:
    if len(result) > 1:
        raise Unreachable(f"A query has {len(result)} values where one is wanted; sum them up: {query}")
    return result[0]["value"] if result else None
