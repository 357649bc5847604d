"""What every status page promises. Its test inherits `StatusPageContract`: the fixtures `status_page` and `shown`."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from opsctl.core.incident import Status
from opsctl.core.public import Component, ComponentStatus, Impact, PublicIncident, PublicPage, PublicUpdate

AT = datetime(2026, 3, 4, 15, 23, 47, tzinfo=UTC)
LATER = AT + timedelta(minutes=23)

INCIDENT = PublicIncident(
    id="a1b2c3",
    title="Payment processing failures",
    status=Status.INVESTIGATING,
    impact=Impact.CRITICAL,
    component="payment-service",
    opened_at=AT,
    updated_at=AT,
    monitoring_at=None,
    resolved_at=None,
    updates=(PublicUpdate("u1", AT, Status.INVESTIGATING, "Payment processing failures"),),
)
PAGE = PublicPage(
    id="p1",
    name="acme",
    timezone="Europe/Berlin",
    updated_at=AT,
    components=(
        Component("c1", "payment-service", ComponentStatus.MAJOR_OUTAGE, 1, AT, AT),
        Component("c2", "order-service", ComponentStatus.OPERATIONAL, 2, AT, AT),
    ),
    incidents=(INCIDENT,),
)
RESOLVED = replace(
    INCIDENT,
    status=Status.RESOLVED,
    updated_at=LATER,
    resolved_at=LATER,
    updates=(PublicUpdate("u2", LATER, Status.RESOLVED, "A new key"), *INCIDENT.updates),
)


class StatusPageContract:
    """`shown` reads back [(title, status, [update texts, newest first])], newest incident first."""

    def test_a_new_incident_is_shown(self, status_page, shown):
        status_page.publish(PAGE, INCIDENT.id)
        assert shown() == [(INCIDENT.title, "investigating", [INCIDENT.title])]

    def test_the_same_again_changes_nothing(self, status_page, shown):
        status_page.publish(PAGE, INCIDENT.id)
        status_page.publish(PAGE, INCIDENT.id)
        assert len(shown()) == 1

    def test_an_incident_that_went_on_is_shown_as_it_is_now(self, status_page, shown):
        status_page.publish(PAGE, INCIDENT.id)
        status_page.publish(replace(PAGE, incidents=(RESOLVED,)), INCIDENT.id)
        assert shown() == [(INCIDENT.title, "resolved", ["A new key", INCIDENT.title])]

    def test_hostile_words_are_words(self, status_page, shown):
        hostile = "</style><script>alert(1)</script> ]]> & \"quotes\" 'more' \u202e <!-- " + "x" * 100
        update = replace(INCIDENT.updates[0], text=hostile)
        status_page.publish(replace(PAGE, incidents=(replace(INCIDENT, title=hostile, updates=(update,)),)), "a1b2c3")
        assert shown() == [(hostile, "investigating", [hostile])]
