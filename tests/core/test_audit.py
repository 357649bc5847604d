"""`audit`: what is looked for is found, between the times meant, and a name that nobody knows is a mistake."""

from datetime import timedelta

import pytest
from tests.core.team import Colleagues, Told, a_site, last, operation_of, publish

from opsctl.core.context import utc_now
from opsctl.core.errors import UsageError
from opsctl.core.facts import Note, Records
from opsctl.core.published_site import PublishedSite


def looked(team: Colleagues, line: str) -> list[Told]:
    return team.ask("@erin", line)


def refused(team: Colleagues, line: str) -> UsageError:
    return last(looked(team, line), UsageError)


def test_records_are_found_between_two_times(team: Colleagues) -> None:
    team.deployed("v2.4.1")
    assert len(team.audit('audit --since "1h ago" --who @alice')) == 1
    assert team.audit('audit --since "1h ago" --until "30m ago"') == []
    assert team.audit('audit --until "1 minute ago"') == []
    hour_ago = utc_now() - timedelta(hours=1)
    assert len(team.audit(f"audit --who @alice --since {hour_ago.isoformat()}")) == 1


def test_the_answer_names_the_times_that_it_looked_between(team: Colleagues) -> None:
    answer = last(looked(team, "audit --since 2026-03-04T15:23:47+01:00 --until 2026-03-05T00:00Z"), Records)
    assert answer.since is not None
    assert answer.until is not None
    assert (answer.since.timestamp(), answer.until.timestamp()) == (1772634227, 1772668800)


def test_what_was_asked_is_recorded_as_moments_and_not_as_words(team: Colleagues) -> None:
    looked(team, 'audit --since "yesterday 3am"')
    recorded = team.audit()[0]["command"]
    assert recorded.startswith("/audit --since 2")
    assert recorded[15:][10:19] == "T03:00:00"


@pytest.mark.parametrize(
    ("line", "happened"),
    [
        ("audit --last 2d --since monday", "--last and --since both say where to begin."),
        ("audit --since 2026-03-05 --until 2026-03-04", "It would end"),
    ],
)
def test_times_that_contradict_each_other_are_refused(team: Colleagues, line: str, happened: str) -> None:
    assert refused(team, line).happened.startswith(happened)


@pytest.mark.parametrize(
    ("line", "do"),
    [
        ("audit --service ordr-service", "Did you mean order-service?"),
        ("audit --environment prod", "Did you mean production?"),
        ("audit --who @alcie", "Did you mean @alice?"),
        ("audit --who alcie", "Did you mean @alice?"),
    ],
)
def test_a_name_that_nobody_knows_is_told_the_nearest_however_often_it_is_tried(
    team: Colleagues, line: str, do: str
) -> None:
    for _ in range(2):
        assert refused(team, line).do == do


def without(service: str) -> PublishedSite:
    site = a_site()
    services = {name: one for name, one in site.services.items() if name != service}
    return PublishedSite(site.id, site.channel, site.environments, site.teams, site.people, services, rules=site.rules)


def test_records_of_a_service_that_the_site_has_no_more_are_found(team: Colleagues) -> None:
    team.deployed("v2.4.1")
    publish(team.store, without("order-service"))
    note, found = looked(team, "audit --service order-service")
    assert isinstance(note, Note)
    assert isinstance(found, Records)
    assert found.rows[-1]["command"] == "/deploy order-service v2.4.1 production"
    assert last(looked(team, "audit --service order-service --result denied"), Records).rows == ()


def test_records_of_a_person_who_left_are_found(team: Colleagues) -> None:
    team.deployed("v2.4.1")
    publish(team.store, a_site(without="@alice"))
    for who in ("@alice", "alice"):
        assert last(looked(team, f"audit --who {who}"), Records).rows[-1]["user"] == "@alice"


def test_a_user_whom_the_site_never_knew_is_found_by_name(team: Colleagues) -> None:
    team.ask("mallory", "status")
    assert last(looked(team, "audit --who mallory"), Records).rows[0]["user"] == "mallory"


def test_who_looked_is_not_found_under_the_service_that_was_looked_for(team: Colleagues) -> None:
    operation = operation_of(team.ask("@alice", "deploy order-service v2.4.1 staging"))
    looked(team, "audit --service order-service")
    (row,) = last(looked(team, "audit --service order-service"), Records).rows
    assert row["id"] == operation
