"""What the relay can be watched by, in Prometheus's text format.

prometheus.io/docs/instrumenting/exposition_formats
"""

import threading
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from opsctl.core.context import utc_now
from opsctl.core.delivery import Delivery
from opsctl.core.operation import FINAL
from opsctl.core.store import Store

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
MOST_ITEMS = 10_000
"""Of the outbox, that are counted; a number as high as this means: that many or more."""


class Metrics:
    """The relay's own numbers, and those of the store that it serves."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._mutex = threading.Lock()
        self._seen = store.newest_seq()
        self.registry = registry = CollectorRegistry()
        self._deliveries = Counter(
            "opsctl_deliveries", "Deliveries dealt with.", ["platform", "outcome"], registry=registry
        )
        self._delay = Histogram(
            "opsctl_delivery_seconds", "From a delivery stored to it dealt with.", ["platform"], registry=registry
        )
        self._acknowledged = Histogram(
            "opsctl_acknowledgement_seconds",
            "From a request that brings something to its answer.",
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3),
            registry=registry,
        )
        self._operations = Counter(
            "opsctl_operations",
            "Operations that ended since the relay began, by whomever.",
            ["outcome"],
            registry=registry,
        )
        self._outbox = Gauge("opsctl_outbox_items", "What chat has still to take.", registry=registry)
        self._outbox_age = Gauge("opsctl_outbox_oldest_seconds", "Since when the oldest waits.", registry=registry)
        self._threads = Gauge("opsctl_threads", "Threads of the relay.", registry=registry)
        self._threads.set_function(threading.active_count)

    def watch(self, name: str, what: str, value: Callable[[], float]) -> None:
        """One more number, asked whenever somebody looks."""
        Gauge(name, what, registry=self.registry).set_function(value)

    def dealt_with(self, delivery: Delivery, outcome: str) -> None:
        """A delivery was: done, ignored (none of opsctl's business) or failed."""
        self._deliveries.labels(delivery.platform, outcome).inc()
        self._delay.labels(delivery.platform).observe(max(0.0, (utc_now() - delivery.at).total_seconds()))

    def acknowledged(self, seconds: float) -> None:
        """A request that brought something was answered after that long."""
        self._acknowledged.observe(seconds)

    def text(self) -> bytes:
        """All of it. Raises StoreUnusable."""
        self._look()
        return generate_latest(self.registry)

    def _look(self) -> None:
        with self._mutex:
            for entry in self._store.journal(self._seen):
                self._seen = entry.seq
                if entry.kind in FINAL:
                    self._operations.labels(entry.kind).inc()
        waiting = self._store.outbox(limit=MOST_ITEMS)
        self._outbox.set(len(waiting))
        self._outbox_age.set(max(0.0, (utc_now() - waiting[0].at).total_seconds()) if waiting else 0.0)
