"""What everybody may read: components, incidents and their updates, with nothing private in it.

Names follow Statuspage's public API, https://developer.statuspage.io, since its readers are many.
"""

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from opsctl.core.incident import ASSIGNED, Incident, Status, fold
from opsctl.core.published_site import PublishedSite
from opsctl.core.store import Store

MOST_INCIDENTS = 50


class ComponentStatus(StrEnum):
    """How a component does, from the best to the worst."""

    OPERATIONAL = "operational"
    DEGRADED = "degraded_performance"
    PARTIAL_OUTAGE = "partial_outage"
    MAJOR_OUTAGE = "major_outage"


class Impact(StrEnum):
    """What an incident means to those who use the components, from the least to the most."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


IMPACTS: Mapping[str, tuple[Impact, ComponentStatus]] = {
    "sev1": (Impact.CRITICAL, ComponentStatus.MAJOR_OUTAGE),
    "sev2": (Impact.MAJOR, ComponentStatus.PARTIAL_OUTAGE),
    "sev3": (Impact.MINOR, ComponentStatus.DEGRADED),
    "sev4": (Impact.NONE, ComponentStatus.OPERATIONAL),
}
"""What a severity is called in public, and how the component does meanwhile."""


@dataclass(frozen=True, slots=True)
class Component:
    """Something that people use. `position` counts from 1."""

    id: str
    name: str
    status: ComponentStatus
    position: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PublicUpdate:
    """What was told about an incident."""

    id: str
    at: datetime
    status: Status
    text: str


@dataclass(frozen=True, slots=True)
class PublicIncident:
    """An incident as everybody may read it; `updates` are newest first, `component` is the name of what it concerns."""

    id: str
    title: str
    status: Status
    impact: Impact
    component: str | None
    opened_at: datetime
    updated_at: datetime
    monitoring_at: datetime | None
    resolved_at: datetime | None
    updates: tuple[PublicUpdate, ...]


@dataclass(frozen=True, slots=True)
class PublicPage:
    """The whole page. `incidents` are newest first: all that are open, and as many as fit of those that are over."""

    id: str
    name: str
    timezone: str
    updated_at: datetime
    components: tuple[Component, ...]
    incidents: tuple[PublicIncident, ...]

    @property
    def open(self) -> tuple[PublicIncident, ...]:
        """The incidents that are not resolved, newest first."""
        return tuple(one for one in self.incidents if one.resolved_at is None)

    @property
    def impact(self) -> Impact:
        """The worst of what is open."""
        order = list(Impact)
        return max((one.impact for one in self.open), key=order.index, default=Impact.NONE)


def public_page(store: Store, site: PublishedSite) -> PublicPage:
    """The page as the journal tells it now."""
    numbers = sorted({*store.incidents.newest(MOST_INCIDENTS), *store.incidents.open()}, reverse=True)
    page = uuid.uuid5(uuid.NAMESPACE_URL, f"opsctl:{store.id}")
    folded = [fold(store.incidents.entries(number)) for number in numbers]
    incidents = tuple(_incident(one, page, site) for one in folded)
    since = next(
        (datetime.fromisoformat(entry.at) for entry in store.journal()), datetime.fromtimestamp(0).astimezone()
    )
    return PublicPage(
        id=page.hex[:12],
        name=site.id,
        timezone=site.timezone,
        updated_at=max((one.updated_at for one in incidents), default=since),
        components=tuple(_components(site, page, incidents, since)),
        incidents=incidents,
    )


def _components(
    site: PublishedSite, page: uuid.UUID, incidents: tuple[PublicIncident, ...], since: datetime
) -> Iterable[Component]:
    order, by_impact = list(ComponentStatus), dict(IMPACTS.values())
    for position, name in enumerate(site.services, 1):
        own = [one for one in incidents if one.component == name]
        states = (by_impact[one.impact] for one in own if one.resolved_at is None)
        yield Component(
            id=uuid.uuid5(page, f"component {name}").hex[:12],
            name=name,
            status=max(states, key=order.index, default=ComponentStatus.OPERATIONAL),
            position=position,
            created_at=since,
            updated_at=max((one.updated_at for one in own), default=since),
        )


def _incident(incident: Incident, page: uuid.UUID, site: PublishedSite) -> PublicIncident:
    told = [one for one in incident.updates if one.kind != ASSIGNED]
    updates = tuple(
        PublicUpdate(
            uuid.uuid5(page, f"update {one.seq}").hex[:12], one.at, one.status, without_handles(one.text, site)
        )
        for one in reversed(told)
    )
    return PublicIncident(
        id=uuid.uuid5(page, incident.id).hex[:12],
        title=without_handles(incident.title, site),
        status=incident.status,
        impact=IMPACTS[incident.severity][0],
        component=incident.service if incident.service in site.services else None,
        opened_at=incident.opened_at,
        updated_at=told[-1].at,
        monitoring_at=next((one.at for one in told if one.status is Status.MONITORING), None),
        resolved_at=incident.resolved_at,
        updates=updates,
    )


def without_handles(text: str, site: PublishedSite) -> str:
    """The text without the handles of the site's people: who does what is nobody's business outside."""
    # The longest first: "@al" begins "@alice".
    handles = sorted(site.people, key=len, reverse=True)
    if not handles or "@" not in text:
        return text
    return re.sub(rf"(?:{'|'.join(map(re.escape, handles))})(?![\w-])", "a colleague", text, flags=re.IGNORECASE)
