"""The public JSON of a status page, in the shape of Statuspage's public API version 2.

Its readers expect `summary`, `status`, `components` and `incidents`: https://www.atlassianstatus.com/api
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from opsctl.core.canonical import JSON
from opsctl.core.public import Component, Impact, PublicIncident, PublicPage, PublicUpdate

DESCRIPTIONS = {
    Impact.NONE: "All Systems Operational",
    Impact.MINOR: "Minor Service Outage",
    Impact.MAJOR: "Partial System Outage",
    Impact.CRITICAL: "Major Service Outage",
}
"""What is said of the whole, by the worst of what is open."""


def documents(page: PublicPage) -> Mapping[str, dict[str, JSON]]:
    """Each document by its name."""
    about: dict[str, JSON] = {
        "id": page.id,
        "name": page.name,
        "url": "",
        "time_zone": page.timezone,
        "updated_at": _text(page.updated_at),
    }
    status: dict[str, JSON] = {"indicator": page.impact.value, "description": DESCRIPTIONS[page.impact]}
    components: list[JSON] = [_component(one, page) for one in page.components]
    incidents: list[tuple[PublicIncident, JSON]] = [(one, _incident(one, page)) for one in page.incidents]
    return {
        "summary": {
            "page": about,
            "components": components,
            "incidents": [told for one, told in incidents if one.resolved_at is None],
            "scheduled_maintenances": [],
            "status": status,
        },
        "status": {"page": about, "status": status},
        "components": {"page": about, "components": components},
        "incidents": {"page": about, "incidents": [told for _, told in incidents]},
    }


def _component(one: Component, page: PublicPage) -> dict[str, JSON]:
    return {
        "id": one.id,
        "name": one.name,
        "status": one.status.value,
        "created_at": _text(one.created_at),
        "updated_at": _text(one.updated_at),
        "position": one.position,
        "description": None,
        "showcase": False,
        "start_date": None,
        "group_id": None,
        "page_id": page.id,
        "group": False,
        "only_show_if_degraded": False,
    }


def _incident(one: PublicIncident, page: PublicPage) -> dict[str, JSON]:
    concerned = [component for component in page.components if component.name == one.component]
    return {
        "id": one.id,
        "name": one.title,
        "status": one.status.value,
        "created_at": _text(one.opened_at),
        "updated_at": _text(one.updated_at),
        "monitoring_at": _text(one.monitoring_at),
        "resolved_at": _text(one.resolved_at),
        "impact": one.impact.value,
        "shortlink": "",
        "started_at": _text(one.opened_at),
        "page_id": page.id,
        "incident_updates": [_update(update, one) for update in one.updates],
        "components": [_component(component, page) for component in concerned],
    }


def _update(update: PublicUpdate, incident: PublicIncident) -> dict[str, JSON]:
    return {
        "id": update.id,
        "status": update.status.value,
        "body": update.text,
        "incident_id": incident.id,
        "created_at": _text(update.at),
        "updated_at": _text(update.at),
        "display_at": _text(update.at),
        "affected_components": [],
        "deliver_notifications": True,
        "custom_tweet": None,
        "tweet_id": None,
    }


def _text(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None
