"""Nobody acts alone where it matters: whose yes counts, for what, and for how long."""

from dataclasses import replace

import pytest
from tests.core.team import Colleagues, a_site, last, operation_of, publish, story

from opsctl.core.errors import Conflict, Denied, StoreUnusable
from opsctl.core.events import Approved, AwaitingApproval, Finished, Voted, VoteRefused
from opsctl.core.facts import Waiting
from opsctl.core.operation import State
from opsctl.core.plan import Rule


def a_deploy(team: Colleagues, version: str = "v2.4.1") -> str:
    return operation_of(team.ask("@alice", f"deploy order-service {version} production"))


def a_migration(team: Colleagues) -> str:
    return operation_of(team.ask("@alice", "migrate order-service production"))


def test_requester_cannot_approve_their_own_deploy(team: Colleagues) -> None:
    operation = operation_of(team.ask("@bob", "deploy order-service v2.4.1 production"))
    assert story(team.yes("@bob", operation)) == [
        "@bob does not count: own_request",
        "Denied: own_request",
    ]
    assert team.state(operation) is State.AWAITING_APPROVAL
    assert team.kinds(operation)[-1] == "approval_refused"
    assert team.audit()[0]["result"] == "denied"


def test_who_approves_without_naming_a_plan_sees_what_they_agree_to_first(team: Colleagues) -> None:
    operation = a_deploy(team)
    assert story(team.ask("@bob", f"approve {operation}")) == [
        "approve, @bob or @carol: None → v2.4.1",
        "@bob says yes (1 of 1)",
        "approved by @bob: None → v2.4.1",
    ]


def test_who_lacks_the_role_is_told_which_and_whom_to_ask(team: Colleagues) -> None:
    operation = a_deploy(team)
    events = team.yes("@dave", operation)
    assert story(events) == ["@dave does not count: no_role", "Denied: no_role"]
    refusal = last(events, Denied)
    assert "lead" in refusal.happened
    assert refusal.do == "Ask one of: @bob, @carol"


def test_a_lead_of_another_team_does_not_count(team: Colleagues) -> None:
    publish(team.store, a_site((Rule("deploy", approvals=1, roles=("lead", "dba")),)))
    operation = operation_of(team.ask("@alice", "deploy api-gateway v2.4.1 production"))
    assert story(team.yes("@bob", operation))[-1] == "Denied: no_role"
    assert story(team.yes("@dave", operation))[-1] == "approved by @dave: None → v2.4.1"


def test_what_nobody_could_ever_approve_is_denied_at_once(team: Colleagues) -> None:
    events = team.ask("@alice", "deploy api-gateway v2.4.1 production")
    assert story(events)[1:] == ["denied no_approver"]


def test_a_yes_that_comes_too_late_is_told_who_decided(team: Colleagues) -> None:
    operation = a_deploy(team)
    team.yes("@bob", operation)
    team.yes("@alice", operation)
    events = team.yes("@carol", operation)
    assert story(events) == ["@carol does not count: too_late", "Conflict: too_late"]
    assert "approved by @bob" in last(events, Conflict).happened
    team.run(operation)
    events = team.ask("@carol", f'reject {operation} "no"')
    assert "succeeded by @alice" in last(events, Conflict).happened


def test_one_no_rejects_whatever_else_was_said(team: Colleagues) -> None:
    operation = a_migration(team)
    assert story(team.yes("@bob", operation)) == ["@bob says yes (1 of 2)"]
    events = team.ask("@carol", f'reject {operation} "not during the sale"')
    assert story(events) == ["@carol says no (1 of 2)", "rejected by @carol not during the sale"]
    assert last(events, Finished).exit_code == 3
    assert story(team.yes("@dave", operation))[-1] == "Conflict: too_late"
    assert team.run(operation) == []


def test_the_requesters_own_no_cancels(team: Colleagues) -> None:
    operation = a_deploy(team)
    assert story(team.ask("@alice", f'reject {operation} "wrong version"')) == ["cancelled by @alice wrong version"]
    assert team.record(operation)["result"] == "cancelled"


def test_a_migration_needs_two_people_who_are_lead_or_dba(team: Colleagues) -> None:
    asked = team.ask("@alice", "migrate order-service production")
    operation = operation_of(asked)
    assert last(asked, AwaitingApproval).approvers == ("@bob", "@carol", "@dave")
    assert story(team.yes("@erin", operation))[-1] == "Denied: no_role"
    assert story(team.yes("@dave", operation)) == ["@dave says yes (1 of 2)"]
    assert team.run(operation) == []
    assert story(team.approve("@bob", operation)) == [
        "@bob says yes (2 of 2)",
        "approved by @dave, @bob: None → true",
        "@alice runs: None → true",
        "- migrating",
        "succeeded",
    ]
    assert team.record(operation)["approved_by"] == "@dave, @bob"


def test_one_person_is_one_vote_however_often_it_is_given(team: Colleagues) -> None:
    operation = a_migration(team)
    for channel in ("terminal", "#deployments", "#ops"):
        voted = last(team.ask("@bob", f"approve {operation}", channel), Voted)
        assert (voted.have, voted.need) == (1, 2)
    assert team.state(operation) is State.AWAITING_APPROVAL


def test_who_may_approve_cannot_make_up_the_number_with_their_own_request(team: Colleagues) -> None:
    operation = operation_of(team.ask("@dave", "migrate order-service production"))
    assert story(team.yes("@dave", operation))[-1] == "Denied: own_request"
    team.yes("@bob", operation)
    assert team.state(operation) is State.AWAITING_APPROVAL


def test_an_approval_does_not_outlive_the_plan_it_was_given_for(team: Colleagues) -> None:
    team.platform().has("v2.4.0")
    operation = a_deploy(team)
    team.yes("@bob", operation)
    team.platform().has("v2.4.2")
    assert story(team.run(operation)) == [
        "no longer v2.4.0 → v2.4.1",
        "approve, @bob or @carol: v2.4.2 → v2.4.1",
    ]
    assert team.store.locks() == []
    assert team.platform().done == []
    assert story(team.approve("@carol", operation))[:2] == [
        "@carol says yes (1 of 1)",
        "approved by @carol: v2.4.2 → v2.4.1",
    ]
    assert team.record(operation)["approved_by"] == "@carol"


def test_a_plan_that_comes_back_is_asked_for_anew(team: Colleagues) -> None:
    """Two of two for v2.4.0, void for v2.3.9; back at v2.4.0 nobody has agreed to anything yet."""
    publish(team.store, a_site((Rule("deploy", approvals=2, roles=("lead", "dba")),)))
    team.platform().has("v2.3.9", "v2.4.0")
    there, back = team.platform().history
    operation = a_deploy(team)
    for elsewhere, now in ((there, "v2.3.9"), (back, "v2.4.0")):
        team.yes("@bob", operation)
        team.yes("@carol", operation)
        team.platform().current = elsewhere
        assert story(team.run(operation))[-1] == f"approve, @bob or @carol or @dave: {now} → v2.4.1"
    assert last(team.yes("@dave", operation), Voted).have == 1
    assert team.state(operation) is State.AWAITING_APPROVAL
    assert last(team.yes("@carol", operation), Approved).by == ("@dave", "@carol")


def test_an_approval_is_void_when_the_rules_change_under_it(team: Colleagues) -> None:
    operation = a_deploy(team)
    team.yes("@bob", operation)
    publish(team.store, a_site((Rule("deploy", "production", approvals=2, roles=("lead", "dba")),)))
    assert story(team.run(operation)) == [
        "no longer None → v2.4.1",
        "approve, @bob or @carol or @dave: None → v2.4.1",
    ]
    team.yes("@bob", operation)
    assert story(team.approve("@dave", operation))[-1] == "succeeded"


def test_what_needed_approval_and_needs_only_confirmation_now_asks_its_requester(team: Colleagues) -> None:
    operation = a_deploy(team)
    team.yes("@bob", operation)
    publish(team.store, a_site((Rule("deploy"),)))
    assert story(team.run(operation)) == ["no longer None → v2.4.1", "confirm order-service: None → v2.4.1"]
    assert story(team.confirm("@alice", operation))[-1] == "succeeded"
    assert team.record(operation)["approved_by"] is None


def test_what_no_rule_allows_any_more_is_denied_although_it_was_approved(team: Colleagues) -> None:
    operation = a_deploy(team)
    team.yes("@bob", operation)
    publish(team.store, a_site((Rule("scale"),)))
    assert story(team.run(operation)) == ["denied no_rule"]
    assert team.store.locks() == []


def test_a_yes_to_a_plan_that_is_not_the_one_asked_about_is_refused(team: Colleagues) -> None:
    operation = a_deploy(team)
    plan = team.row(operation).plan
    assert plan is not None
    events = team.ask("@bob", f"approve {operation} --plan 00000000")
    assert story(events) == ["@bob does not count: plan_changed", "Conflict: plan_changed"]
    assert team.state(operation) is State.AWAITING_APPROVAL
    assert story(team.ask("@bob", f"approve {operation} --plan {plan.digest[:8]}"))[-1].startswith("approved by @bob")


def test_a_request_that_nobody_answers_expires(team: Colleagues) -> None:
    team.approval_seconds = 0.0
    operation = a_deploy(team)
    events = team.yes("@bob", operation)
    assert story(events)[0].startswith(f"note: {operation}")
    assert story(events)[1:] == ["@bob does not count: too_late", "Conflict: too_late"]
    assert team.kinds(operation) == ["requested", "awaiting_approval", "expired", "approval_refused"]
    assert team.record(operation) | {"result": "expired", "reason": "not_approved_in_time"} == team.record(operation)


def test_what_was_approved_and_not_run_in_time_expires(team: Colleagues) -> None:
    operation = a_deploy(team)
    team.elsewhere(approval_seconds=0.0).ask("@bob", f"approve {operation}")
    events = team.run(operation)
    assert story(events) == ["expired not_run_in_time"]
    assert last(events, Finished).exit_code == 4
    assert team.platform().done == []


def test_approvals_lists_what_waits_and_who_may_still_say_yes(team: Colleagues) -> None:
    operation = a_migration(team)
    team.yes("@bob", operation)
    for handle, line, found in (
        ("@erin", "approvals", 1),
        ("@erin", "approvals --mine", 0),
        ("@bob", "approvals --mine", 0),
        ("@dave", "approvals --mine", 1),
    ):
        waiting = last(team.ask(handle, line), Waiting)
        assert len(waiting.rows) == found
        for row, able, have in waiting.rows:
            assert (row.id, able, have) == (operation, ("@carol", "@dave"), 1)


def test_a_vote_on_what_waits_for_no_vote_changes_nothing(team: Colleagues) -> None:
    team.platform().has("v2.4.0")
    operation = operation_of(team.ask("@alice", "scale order-service 3 production"))
    events = team.yes("@bob", operation)
    assert isinstance(events[0], VoteRefused)
    assert team.state(operation) is State.AWAITING_CONFIRMATION


def test_a_plan_that_was_slipped_under_an_approval_does_not_run(team: Colleagues) -> None:
    """Appended behind the approved one, under a rule that asks nobody."""
    operation = a_deploy(team)
    team.yes("@bob", operation)
    plan, approved = team.row(operation).plan, team.store.entries(operation)[-1].facts
    assert plan is not None
    slipped = plan.under(
        Rule("deploy"), operation=operation, command=team.row(operation).command, site=approved["site"]
    )
    team.store.write(lambda tx: tx.append(operation, "approved", approved | {"plan": slipped.as_json()}))
    assert story(team.run(operation))[-1].startswith("approve, ")
    assert team.platform().done == []


def test_an_approved_state_without_the_votes_for_it_does_not_run(team: Colleagues) -> None:
    operation = a_deploy(team)
    row = team.row(operation)
    assert row.plan is not None
    asked = team.store.entries(operation)[-1].facts

    def forge(tx: object) -> None:
        tx.update(replace(row, state=State.APPROVED, deadline=tx.deadline(60)), State.AWAITING_APPROVAL)
        tx.append(operation, "approved", {"plan": asked["plan"], "site": asked["site"], "by": ["@bob"]})

    team.store.write(forge)  # type: ignore[arg-type]
    error = last(team.run(operation), StoreUnusable)
    assert error.reason == "journal_distrusted"
    assert "0 of 1" in error.happened
    assert team.platform().done == []


@pytest.mark.parametrize("vector", [("tool", "--password", "hunter2"), ("env", "API_KEY=hunter2", "tool")])
def test_a_secret_in_a_plan_is_masked_in_the_journal_and_does_not_spoil_its_digest(
    team: Colleagues, vector: tuple[str, ...]
) -> None:
    publish(team.store, a_site(migrate=("true", *vector)))
    operation = a_migration(team)
    team.yes("@bob", operation)
    assert story(team.approve("@dave", operation))[-1] == "succeeded"
    assert not [entry for entry in team.store.entries(operation) if "hunter2" in entry.body]
