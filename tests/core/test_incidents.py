"""Incidents, from the first word to the postmortem, through the engine."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.core.payments import MORNING, SetClock, a_payment_site, brought, newest, payments_at, seen, steps
from tests.core.team import Colleagues, last, operation_of, publish, story, until

from opsctl.core.errors import OpsctlError
from opsctl.core.events import AwaitingApproval, Finished, Planned, Stepped
from opsctl.core.facts import HelpText
from opsctl.core.incident import Incident, Status
from opsctl.core.incident_facts import Incidents, IncidentShown
from opsctl.core.operation import State
from opsctl.core.plan import Rule

CREATE = 'incident create "Payment processing failures" --severity sev1'


@pytest.fixture
def clock() -> SetClock:
    return SetClock(MORNING)


@pytest.fixture
def team(tmp_path: Path, clock: SetClock) -> Iterator[Colleagues]:
    colleagues = payments_at(tmp_path, clock=clock)
    yield colleagues
    colleagues.store.close()


def refusal(events: list[Any]) -> tuple[str, str]:
    finished = last(events, Finished)
    return finished.reason, finished.happened


def listed(team: Colleagues, line: str = "incident list") -> tuple[Incident, ...]:
    (answer,) = (event for event in team.ask("@erin", line) if isinstance(event, Incidents))
    return answer.rows


# the transcript


def test_the_first_transcript_comes_out_in_the_channel_where_it_is_typed(team: Colleagues, clock: SetClock) -> None:
    team.ask("@oncall", f"/{CREATE}", channel="#ops")
    brought(team)
    assert seen(team, "#ops", "🚨")[0].post.text.splitlines()[:5] == [
        "🚨 SEV-1 Incident Created: Payment processing failures",
        "Incident channel: #inc-20260304-payment (inc-1)",
        "Incident commander: @oncall",
        "Status page updated: Investigating",
        "Paged: payment-team (payment-service stands in the title)",
    ]
    clock.go_on(minutes=11)
    team.ask("@oncall", '/incident update "Root cause identified: Stripe API key expired"', channel="#ops")
    brought(team)
    assert seen(team, "#ops", "📝")[0].post.text.splitlines()[:2] == [
        "📝 Update posted to status page",
        "Status: Identified (as the text begins)",
    ]
    clock.go_on(minutes=12)
    team.ask("@oncall", '/incident resolve "Stripe API key rotated, payments flowing"', channel="#ops")
    brought(team)
    assert seen(team, "#ops", "✅")[0].post.text.splitlines()[:4] == [
        "✅ Incident resolved after 23 minutes",
        "Duration: 23 min",
        "Status page: Resolved",
        "Postmortem scheduled for tomorrow 2 PM (2026-03-05, UTC)",
    ]
    assert team.store.outbox() == []
    assert team.store.verify().faults == ()


def test_what_is_told_is_posted_in_the_channel_of_the_incident_too(team: Colleagues) -> None:
    team.ask("@oncall", CREATE)
    team.ask("@alice", 'incident update "Looking into it"')
    team.ask("@oncall", "incident assign @bob")
    team.ask("@bob", 'incident resolve "A new key"')
    brought(team)
    assert [one.post.text.splitlines()[0] for one in seen(team, "#inc-20260304-payment")] == [
        "🚨 SEV-1: Payment processing failures",
        "📝 Investigating, says @alice:",
        "🧭 Incident commander: @bob (was @oncall)",
        "✅ Resolved after 0 seconds, says @bob:",
    ]
    (channel,) = (one for one in team.store.room.channels() if one.name == "#inc-20260304-payment")
    assert channel.topic == "inc-1 SEV1: Payment processing failures"


def test_what_is_said_in_the_channel_of_the_incident_is_posted_there_once(team: Colleagues) -> None:
    team.ask("@oncall", CREATE)
    brought(team)
    team.ask("@oncall", 'incident update "Monitoring the fix"', channel="#inc-20260304-payment")
    brought(team)
    assert len(seen(team, "#inc-20260304-payment", "📝")) == 1
    assert seen(team, "#ops", "📝") == []


def test_a_page_calls_everybody_in_the_team_where_they_usually_are(team: Colleagues) -> None:
    team.ask("@oncall", CREATE)
    brought(team)
    (page,) = seen(team, "#ops", "📟")
    assert page.post.calls == ("@alice", "@bob")
    assert page.post.text.endswith("payment-team is needed in #inc-20260304-payment.")


# which incident


def test_where_one_is_open_no_id_is_needed(team: Colleagues) -> None:
    team.ask("@oncall", CREATE)
    team.ask("@oncall", 'incident update "identified: the key"')
    assert newest(team).status is Status.IDENTIFIED


def test_where_several_are_open_the_channel_or_an_id_says_which(team: Colleagues) -> None:
    team.ask("@oncall", CREATE)
    team.ask("@oncall", 'incident create "Orders are slow" --severity sev3')
    reason, happened = refusal(team.ask("@oncall", 'incident update "identified: the key"'))
    assert reason == "which_incident"
    assert happened == "2 incidents are open: inc-1 (Payment processing failures), inc-2 (Orders are slow)."
    team.ask("@oncall", 'incident update "identified: the key"', channel="#inc-20260304-payment")
    for name in ("2", "INC-2", "inc-20260304-order", "#inc-20260304-order"):
        team.ask("@oncall", f'incident update "monitoring" --incident {name}')
    assert [one.status for one in listed(team)] == [Status.MONITORING, Status.IDENTIFIED]
    assert len(listed(team)[0].updates) == 5


@pytest.mark.parametrize("name", ["inc-9", "9", "#ops", "payment", "inc-"])
def test_an_incident_that_does_not_exist_is_told(team: Colleagues, name: str) -> None:
    team.ask("@oncall", CREATE)
    reason, happened = refusal(team.ask("@oncall", f'incident resolve "x" --incident "{name}"'))
    assert (reason, happened) == ("unknown_incident", f"There is no incident {name!r}.")


def test_without_an_open_incident_there_is_nothing_to_update(team: Colleagues) -> None:
    assert refusal(team.ask("@oncall", 'incident update "x"')) == ("no_incident", "No incident is open.")


def test_a_resolved_incident_stays_resolved(team: Colleagues) -> None:
    team.ask("@oncall", CREATE)
    team.ask("@oncall", 'incident resolve "done"')
    for line in ('incident update "x"', 'incident resolve "x"', "incident assign @bob"):
        reason, _ = refusal(team.ask("@oncall", f"{line} --incident inc-1"))
        assert reason == "resolved"
    assert len(newest(team).updates) == 2


def test_of_two_who_resolve_at_once_one_does(team: Colleagues) -> None:
    team.ask("@oncall", CREATE)
    slow = team.asking("@alice", 'incident resolve "by alice"')
    until(slow, Stepped)
    team.ask("@bob", 'incident resolve "by bob"')
    reason, _ = refusal(list(slow))
    assert reason == "resolved"
    assert newest(team).updates[-1].person == "@bob"


# names, numbers, days


def test_a_second_one_that_day_gets_a_number(team: Colleagues, clock: SetClock) -> None:
    for _ in range(3):
        team.ask("@oncall", CREATE)
    clock.go_on(days=1)
    team.ask("@oncall", CREATE)
    assert [one.channel for one in listed(team)] == [
        "#inc-20260305-payment",
        "#inc-20260304-payment-3",
        "#inc-20260304-payment-2",
        "#inc-20260304-payment",
    ]


def test_many_in_the_same_second_are_all_opened(team: Colleagues) -> None:
    threads = [threading.Thread(target=team.elsewhere(holder=f"p{n}").ask, args=("@oncall", CREATE)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    brought(team)
    found = listed(team)
    assert sorted(one.id for one in found) == [f"inc-{n}" for n in range(1, 7)]
    assert len({one.channel for one in found}) == 6
    assert len(seen(team, "#ops", "📟")) == 6
    assert team.store.verify().faults == ()


def test_the_day_is_that_of_the_site(tmp_path: Path, clock: SetClock) -> None:
    clock.go_on(hours=14)
    with closing(payments_at(tmp_path, a_payment_site(timezone="Europe/Berlin"), clock).store) as store:
        Colleagues(store).ask("@oncall", CREATE)
        assert newest(Colleagues(store)).channel == "#inc-20260305-payment"


# rules, locks, records


def test_an_incident_is_held_up_by_no_deploy_and_holds_none_up(team: Colleagues) -> None:
    team.platform("staging", "payment-service").has("v2.4.0")
    deploy = team.asking("@alice", "deploy payment-service v2.4.1 staging")
    until(deploy, Stepped)
    create = team.asking("@oncall", f"{CREATE} --service payment-service")
    until(create, Stepped)
    assert len(team.store.locks()) == 2
    assert (
        story(team.ask("@bob", 'incident create "Billing" --severity sev4 --service payment-service'))[-1]
        == "succeeded"
    )
    assert story(list(create))[-1] == "succeeded"
    assert story(list(deploy))[-1] == "succeeded"
    assert team.store.locks() == []


def test_rules_of_the_site_apply_to_incidents_too(team: Colleagues) -> None:
    rules = (Rule("incident resolve", approvals=1, roles=("any-lead",)), Rule("incident"))
    publish(team.store, a_payment_site(rules=rules))
    team.ask("@oncall", CREATE)
    asked = team.ask("@oncall", 'incident resolve "done"')
    assert last(asked, AwaitingApproval).approvers == ("@bob", "@carol")
    assert newest(team).is_open
    brought(team)
    (request,) = (one for one in seen(team, "#ops", "✅ Resolve an incident") if one.post.buttons)
    assert request.post.text.startswith("✅ Resolve an incident   (investigating → resolved)")
    assert story(team.approve("@bob", operation_of(asked)))[-1] == "succeeded"
    assert not newest(team).is_open


def test_where_no_rule_allows_an_incident_it_is_refused(team: Colleagues) -> None:
    publish(team.store, a_payment_site(rules=(Rule("deploy"),)))
    assert refusal(team.ask("@oncall", CREATE))[0] == "no_rule"
    assert listed(team) == ()


def test_a_dry_run_shows_what_would_be_done_and_does_nothing(team: Colleagues) -> None:
    planned = last(team.ask("@oncall", f"{CREATE} --commander bob --dry-run"), Planned)
    assert [one.name for one in planned.plan.changes][1:] == [
        "commander @bob",
        "page payment-team",
        "status page Investigating",
    ]
    assert listed(team) == ()


def test_every_word_about_an_incident_is_in_the_audit_log(team: Colleagues) -> None:
    operation = operation_of(team.ask("@oncall", f"{CREATE} --service payment-service"))
    record = team.record(operation)
    assert (record["user"], record["result"], record["channel"]) == ("@oncall", "success", "#ops")
    assert record["command"] == f"/{CREATE} --service payment-service"
    assert [one["id"] for one in team.audit("audit --service payment-service")] == [operation]


def test_an_operation_that_somebody_else_closed_writes_nothing_any_more(team: Colleagues) -> None:
    create = team.asking("@oncall", CREATE)
    until(create, Stepped)
    operation = team.store.operations()[0]
    from opsctl.core.recovery import close

    close(team.context("@bob"), operation, State.INTERRUPTED)
    list(create)
    assert listed(team) == ()


# who


def test_the_commander_is_who_asks_unless_another_one_is_named(team: Colleagues) -> None:
    team.ask("@oncall", f"{CREATE} --commander bob")
    assert newest(team).commander == "@bob"
    team.ask("@bob", "incident assign erin")
    assert newest(team).commander == "@erin"


@pytest.mark.parametrize("line", [f"{CREATE} --commander bbo", f"{CREATE} --service paymnet-service"])
def test_an_unknown_name_is_told_with_the_nearest_one(team: Colleagues, line: str) -> None:
    finished = last(team.ask("@oncall", line), Finished)
    assert finished.reason.startswith("unknown_")
    assert finished.do.startswith(("Did you mean @bob", "Did you mean payment-service"))
    assert listed(team) == ()


# show


def test_show_tells_all_about_the_one_that_is_talked_about(team: Colleagues) -> None:
    team.ask("@oncall", CREATE)
    brought(team)
    (shown,) = (event for event in team.ask("@erin", "incident show") if isinstance(event, IncidentShown))
    assert shown.incident == newest(team)
    assert steps(shown.incident) == [("incident_channel", "done"), ("pager", "done"), ("status_page", "done")]


def test_open_lists_what_is_not_resolved(team: Colleagues) -> None:
    team.ask("@oncall", CREATE)
    team.ask("@oncall", 'incident resolve "done"')
    team.ask("@oncall", CREATE)
    assert [one.id for one in listed(team, "incident list --open")] == ["inc-2"]
    assert [one.id for one in listed(team, "incident list --limit 1")] == ["inc-2"]


def test_the_draft_tells_the_commands_and_approvals_of_that_time_and_service(tmp_path: Path) -> None:
    team = payments_at(tmp_path, a_payment_site())
    team.platform("production", "payment-service").has("v2.4.0")
    team.platform("staging").has("v2.4.0")
    deploy = operation_of(team.ask("@alice", "deploy payment-service v2.4.1 production"))
    team.approve("@bob", deploy)
    team.ask("@alice", "deploy order-service v2.4.1 staging")
    team.ask("@oncall", CREATE)
    brought(team)
    team.ask("@oncall", 'incident update "identified: *bold* <b>key</b>"')
    team.ask("@oncall", 'incident resolve "a new key"')
    brought(team)
    (draft,) = (one for one in team.ask("@erin", "incident show inc-1 --postmortem") if isinstance(one, HelpText))
    timeline = [line[22:] for line in draft.text.splitlines() if line.startswith("- 20")]
    assert timeline == [
        f"@alice asked for `/deploy payment-service v2.4.1 production` ({deploy}), announced in #deployments",
        "@bob approved `/deploy payment-service v2.4.1 production`",
        "`/deploy payment-service v2.4.1 production` succeeded",
        "@oncall opened the incident, announced in #ops and #inc-"
        f"{newest(team).opened_at:%Y%m%d}-payment; @oncall leads",
        "the team was paged",
        "@oncall, identified: identified: \\*bold\\* \\<b\\>key\\</b\\>",
        "@oncall resolved it: a new key",
    ]
    file = tmp_path / "store" / "incidents" / "inc-1" / "postmortem.md"
    assert file.read_text().startswith("# Postmortem: Payment processing failures\n")
    team.store.close()


def test_no_error_of_these_commands_is_more_than_three_lines(team: Colleagues) -> None:
    for line in ("incident show", "incident show inc-3"):
        error = team.ask("@erin", line)[-1]
        assert isinstance(error, OpsctlError)
        assert 0 < len(error.lines) <= 3


def test_the_index_is_held_against_the_journal(team: Colleagues, tmp_path: Path) -> None:
    import sqlite3

    team.ask("@oncall", CREATE)
    with closing(sqlite3.connect(tmp_path / "store" / "opsctl.db")) as raw:
        (seq,) = raw.execute("SELECT seq FROM incidents").fetchone()
        for change, fault in (
            ("UPDATE incidents SET number = 7", "is listed with the incident inc-7, and does not tell about it"),
            ("UPDATE incidents SET number = 1, channel = '#ops'", "is listed with the incident inc-1"),
            ("DELETE FROM incidents", "tells about an incident"),
        ):
            raw.execute(change)
            raw.commit()
            (found,) = team.store.verify().faults
            assert (found.seq, found.what[: len(fault)]) == (seq, fault)


def test_a_site_without_on_call_says_that_nobody_is_paged(team: Colleagues) -> None:
    publish(team.store, replace(a_payment_site(), on_call=None))
    team.ask("@oncall", 'incident create "The lights are out" --severity sev2')
    brought(team)
    assert ("pager", "by_hand") in steps(newest(team))
    text = seen(team, "#ops", "🚨")[0].post.text
    assert "Nobody paged: no service stands in the title, and the site names nobody on call. Page by hand." in text
    assert seen(team, "#ops", "✋")[0].post.calls == ("@oncall",)
