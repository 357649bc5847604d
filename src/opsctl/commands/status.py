"""`status`: what runs where, how it is, since when and by whom."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import accumulate
from typing import Annotated

import typer

from opsctl.core.command import Names, Question, Watch
from opsctl.core.context import Context
from opsctl.core.errors import OpsctlError
from opsctl.core.facts import Fact
from opsctl.core.operation import State
from opsctl.core.ports import Health, Release, ServiceState
from opsctl.core.recovery import take_up
from opsctl.core.repeating import repeated
from opsctl.core.request import Request
from opsctl.core.site import Site
from opsctl.core.status_facts import RecentRelease, ReleaseOutcome, StatusPage, StatusRow

RECENT = 8
"""Releases shown of one service."""

LEAST_SECONDS = 2.0
"""Between two looks at the platforms."""


@dataclass(frozen=True, slots=True)
class Status(Question):
    """Show what runs where: release, replicas, health, since when and by whom."""

    name = "status"
    examples = (
        "status",
        "status order-service",
        "status order-service --environment production",
        "status --watch",
    )

    service: Annotated[str, typer.Argument(metavar="[SERVICE]", help="Only this service."), Names.SERVICE] = ""
    environment: Annotated[
        str, typer.Option(metavar="ENVIRONMENT", help="Only in this environment."), Names.ENVIRONMENT
    ] = ""
    watch: Watch = False

    @property
    def is_repeated(self) -> bool:
        """Where it is watched."""
        return self.watch

    def answer(self, context: Context, request: Request) -> Iterator[Fact]:  # noqa: ARG002
        """One row for each service and environment, all asked side by side."""
        look = partial(self._look, context)
        yield from repeated(context, look, least_seconds=LEAST_SECONDS) if self.watch else look()

    def _look(self, context: Context) -> Iterator[Fact]:
        yield from take_up(context)  # what a dead process left would stand there as running
        site = context.site()
        places = places_of(site, self.service, self.environment)
        with ThreadPoolExecutor(max_workers=min(32, len(places) or 1)) as pool:
            rows = tuple(pool.map(lambda place: _row(site, *place), places))
            releases = list(pool.map(lambda place: _releases(site, *place), places)) if self.service else []
        recent = _merged((where, some) for (_, where), some in zip(places, releases, strict=False))
        told = tuple(RecentRelease(where, one, _outcome(context, one)) for where, one in recent[:RECENT])
        dashboard = site.published.services[self.service].dashboard if self.service else None
        yield StatusPage(self.service or None, rows, told, dashboard)


def places_of(site: Site, service: str, environment: str) -> list[tuple[str, str]]:
    """The (service, environment) pairs that two names mean, in the site's order; an empty name means all.

    Raises UsageError for an unknown name, and where the service does not run there.
    """
    if service and environment:
        site.where(service, environment)
    services = [site.published.service(service)] if service else list(site.published.services.values())
    if environment:
        site.published.environment(environment)
    order = list(site.published.environments)
    return [
        (one.name, where)
        for one in services
        for where in sorted(one.deployers, key=order.index)
        if where == (environment or where)
    ]


def _merged(releases: Iterable[tuple[str, Sequence[Release]]]) -> list[tuple[str, Release]]:
    """Newest first by time; those of one environment stay in their own order, whatever a clock said."""
    found: list[tuple[datetime, str, Release]] = []
    for environment, some in releases:
        # A clock that was ahead is put right by what came after it.
        times = accumulate((one.at for one in some), min)
        found += ((at, environment, one) for at, one in zip(times, some, strict=True))
    found.sort(key=lambda one: one[0], reverse=True)
    return [(environment, release) for _, environment, release in found]


def _row(site: Site, service: str, environment: str) -> StatusRow:
    running = site.running.get(f"{service}/{environment}")
    doing = f"{running.command} ({running.id})" if running else None
    try:
        state = site.deployer(service, environment).state()
    except OpsctlError as error:
        return StatusRow(service, environment, None, None, None, 0, None, 0, 0, None, doing, problem=error.happened)
    health = site.monitor(service, environment).health(state.endpoints)
    release = state.release
    return StatusRow(
        service=service,
        environment=environment,
        version=release.version if release else None,
        since=release.at if release else None,
        by=release.by if release else None,
        ready=state.ready,
        wanted=state.replicas,
        healthy=health.healthy,
        checked=health.of,
        latency_ms=health.latency_ms,
        running=doing,
        problem=_problem(state, health),
        endpoints=state.endpoints,
    )


def _problem(state: ServiceState, health: Health) -> str:
    if state.problem:
        return state.problem
    return health.detail if health.healthy < health.of else ""


def _releases(site: Site, service: str, environment: str) -> tuple[Release, ...]:
    try:
        return site.deployer(service, environment).releases()[:RECENT]
    except OpsctlError:
        # Its row already says what is wrong.
        return ()


def _outcome(context: Context, release: Release) -> ReleaseOutcome:
    """What the platform alone can't tell: why a release that was never healthy was not."""
    operation = context.store.operation(release.operation)
    match operation.state if operation else None:
        case State.CANCELLED:
            return ReleaseOutcome.CANCELLED
        case State.INTERRUPTED:
            return ReleaseOutcome.INTERRUPTED
        case State.RUNNING if not release.is_healthy:
            return ReleaseOutcome.STARTING
        case _:
            return ReleaseOutcome.HEALTHY if release.is_healthy else ReleaseOutcome.NEVER_HEALTHY
