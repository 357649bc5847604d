"""A request, from its first word to its outcome."""

import pytest
from tests.core.team import (
    Colleagues,
    Told,
    a_site,
    collected,
    last,
    operation_of,
    publish,
    story,
    until,
)

from opsctl.core.errors import Conflict, Denied, OpsctlError, UsageError
from opsctl.core.events import (
    Approved,
    AwaitingApproval,
    AwaitingConfirmation,
    Finished,
    Locked,
    PlanChanged,
    Planned,
    Requested,
    Started,
)
from opsctl.core.execution import run
from opsctl.core.facts import Records
from opsctl.core.identity import Caller, Origin
from opsctl.core.operation import State
from opsctl.core.plan import Rule

DEPLOYED = ["- starting", "- waiting", "- switching", "succeeded"]


def test_a_deploy_outside_protected_environments_runs_at_once(team: Colleagues) -> None:
    events = team.ask("@erin", "deploy order-service v2.4.1 staging")
    assert story(events) == [
        "@erin asks: /deploy order-service v2.4.1 staging",
        "approved by nobody: None → v2.4.1",
        "@erin runs: None → v2.4.1",
        *DEPLOYED,
    ]
    assert team.platform("staging").version == "v2.4.1"


def test_a_production_deploy_waits_for_a_lead_and_then_runs_as_its_requester(team: Colleagues) -> None:
    team.platform().has("v2.4.0")
    asked = team.ask("@alice", "deploy order-service v2.4.1 production")
    assert story(asked) == [
        "@alice asks: /deploy order-service v2.4.1 production",
        "approve, @bob or @carol: v2.4.0 → v2.4.1",
    ]
    assert story(team.approve("@bob", operation_of(asked))) == [
        "@bob says yes (1 of 1)",
        "approved by @bob: v2.4.0 → v2.4.1",
        "@alice runs: v2.4.0 → v2.4.1",
        *DEPLOYED,
    ]


def test_a_version_that_never_gets_healthy_leaves_what_was_there(team: Colleagues) -> None:
    team.platform("staging").has("v2.4.0").sick = frozenset({"v2.4.1"})
    events = team.ask("@alice", "deploy order-service v2.4.1 staging")
    assert story(events)[-3:] == ["- starting", "- waiting", "failed action_failed"]
    finished = last(events, Finished)
    assert finished.exit_code == 1
    assert finished.log_tail == ("boom",)
    assert team.platform("staging").version == "v2.4.0"


def test_the_request_is_on_disk_before_the_platform_is_asked(team: Colleagues) -> None:
    kinds: list[list[str]] = []
    team.platform("staging").on_step = lambda _: kinds.append([entry.kind for entry in team.store.journal()][2:])
    team.ask("@alice", "deploy order-service v2.4.1 staging")
    assert kinds[0] == ["requested"]
    assert kinds[1] == ["requested", "approved"]
    assert kinds[2] == ["requested", "approved", "running", "step"]


def test_a_second_change_is_told_who_does_what_since_when(team: Colleagues) -> None:
    deploying = team.asking("@alice", "deploy order-service v2.4.1 staging")
    started = until(deploying, Started)
    events = team.elsewhere().ask("@bob", "scale order-service 3 staging")
    assert story(events)[1:] in (["failed nothing_deployed"], ["denied locked"])
    team.platform("staging").has("v2.4.0")
    events = team.elsewhere().ask("@bob", "scale order-service 3 staging")
    refused = last(events, Finished)
    assert (refused.state, refused.reason, refused.exit_code) == (State.DENIED, "locked", 3)
    since = next(entry.at for entry in team.store.entries(started.operation) if entry.kind == "running")
    for word in ("@alice", "order-service", "staging", "/deploy order-service v2.4.1 staging", since[11:19]):
        assert word in refused.happened
    assert story(collected(deploying))[-1] == "succeeded"


def test_who_meets_a_lock_before_its_holder_runs_is_told_since_when_too(team: Colleagues) -> None:
    team.platform("staging").has("v2.4.0")
    deploying = team.asking("@alice", "deploy order-service v2.4.1 staging")
    until(deploying, Approved)
    events = team.elsewhere().ask("@bob", "scale order-service 3 staging")
    assert story(events)[-1] == "denied locked"
    assert " since " in last(events, Finished).happened
    assert story(collected(deploying))[-1] == "succeeded"


def test_changes_of_other_places_do_not_wait_for_each_other(team: Colleagues) -> None:
    deploying = team.asking("@alice", "deploy order-service v2.4.1 staging")
    until(deploying, Started)
    other = team.elsewhere()
    assert story(other.ask("@alice", "deploy api-gateway v2.4.1 staging"))[-1] == "succeeded"
    assert story(other.ask("@alice", "deploy order-service v2.4.1 production"))[-1].startswith("approve, ")
    assert story(collected(deploying))[-1] == "succeeded"


def test_an_operation_that_waits_for_approval_holds_no_lock(team: Colleagues) -> None:
    waiting = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
    team.deployed("v2.4.0")
    assert team.platform().version == "v2.4.0"
    assert team.state(waiting) is State.AWAITING_APPROVAL
    assert team.store.locks() == []


def test_an_approved_operation_waits_for_its_turn_and_says_for_whom(team: Colleagues) -> None:
    team.platform().has("v2.4.0")
    first = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
    second = operation_of(team.ask("@erin", "deploy order-service v2.4.2 production"))
    team.ask("@bob", f"approve {first}")
    team.ask("@bob", f"approve {second}")
    running = run(team.context("@alice"), first)
    until(running, Started)
    waiting = run(team.elsewhere().context("@erin"), second)
    locked = next(waiting)
    assert isinstance(locked, Locked)
    assert (locked.holder, locked.person) == (first, "@alice")
    assert story(collected(running))[-1] == "succeeded"
    assert story(collected(waiting)) == [
        "no longer v2.4.0 → v2.4.2",
        "approve, @bob or @carol: v2.4.1 → v2.4.2",
    ]


def test_confirmation_is_asked_in_a_protected_environment_where_no_approval_is_needed(team: Colleagues) -> None:
    team.platform().has("v2.4.0")
    asked = team.ask("@alice", "scale order-service 3 production")
    assert story(asked)[1:] == ["confirm order-service: 2 → 3"]
    assert story(team.confirm("@alice", operation_of(asked))) == [
        "approved by nobody: 2 → 3",
        "@alice runs: 2 → 3",
        "- scaling",
        "succeeded",
    ]


def test_fewer_replicas_in_production_need_a_lead_and_more_do_not(team: Colleagues) -> None:
    team.platform().has("v2.4.0")
    assert isinstance(team.ask("@alice", "scale order-service 1 production")[-1], AwaitingApproval)
    assert isinstance(team.ask("@alice", "scale order-service 2 production")[-1], AwaitingConfirmation)
    team.platform().wanted = None
    assert isinstance(team.ask("@alice", "scale order-service 9 production")[-1], AwaitingApproval)


def test_scaling_to_zero_asks_anywhere(team: Colleagues) -> None:
    team.platform("staging").has("v2.4.0")
    asked = team.ask("@alice", "scale order-service 0 staging")
    assert story(asked)[1:] == ["confirm order-service: 2 → 0"]
    assert story(team.ask("@alice", "scale order-service 1 staging"))[-1] == "succeeded"


def test_nobody_confirms_for_somebody_else(team: Colleagues) -> None:
    team.platform().has("v2.4.0")
    operation = operation_of(team.ask("@alice", "scale order-service 3 production"))
    assert story(team.confirm("@bob", operation)) == ["Denied: not_the_requester"]
    assert story(team.decline("@bob", operation)) == ["Denied: not_the_requester"]
    assert team.state(operation) is State.AWAITING_CONFIRMATION


def test_what_is_not_confirmed_is_cancelled_and_exits_as_a_usage_error(team: Colleagues) -> None:
    team.platform().has("v2.4.0")
    operation = operation_of(team.ask("@alice", "scale order-service 3 production"))
    events = team.decline("@alice", operation)
    assert story(events) == ["cancelled by @alice not_confirmed"]
    assert last(events, Finished).exit_code == 2
    assert story(team.confirm("@alice", operation)) == ["Conflict: conflict"]
    assert team.platform().done == []


def test_a_confirmation_that_comes_too_late_finds_it_expired(team: Colleagues) -> None:
    team.platform().has("v2.4.0")
    team.confirmation_seconds = 0.0
    operation = operation_of(team.ask("@alice", "scale order-service 3 production"))
    events = team.confirm("@alice", operation)
    assert story(events) == ["expired not_confirmed_in_time"]
    assert last(events, Finished).exit_code == 4


def test_unknown_user_may_read_but_not_change(team: Colleagues) -> None:
    waiting = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
    events = team.ask("mallory, uid 666", "deploy order-service v2.4.1 staging")
    assert story(events)[1:] == ["denied unknown_person"]
    assert "Ask a lead" in last(events, Finished).do
    assert team.platform("staging").done == []
    assert isinstance(team.ask("mallory, uid 666", "audit")[-1], Records)
    for word in (f"approve {waiting}", f'reject {waiting} "no"', f"cancel {waiting}", f"run {waiting}"):
        assert story(team.ask("mallory, uid 666", word)) == ["Denied: unknown_person"]
    assert team.state(waiting) is State.AWAITING_APPROVAL


def test_a_user_name_that_looks_like_a_handle_is_not_that_person() -> None:
    pretender = Caller(None, "@bob", Origin.ROOM, "#deployments")
    assert pretender.handle == "bob"


def test_somebody_who_left_the_site_meanwhile_changes_nothing_any_more(team: Colleagues) -> None:
    asked = team.asking("@alice", "deploy order-service v2.4.1 staging")
    assert isinstance(next(asked), Requested)
    next(asked)
    publish(team.store, a_site(without="@alice"))
    assert story(collected(asked)) == ["denied unknown_person"]
    assert team.platform("staging").done == []


def test_a_dry_run_shows_the_plan_and_who_may_approve_it_and_stops(team: Colleagues) -> None:
    team.platform().has("v2.4.0")
    (planned,) = team.ask("@alice", "deploy order-service v2.4.1 production --dry-run")
    assert isinstance(planned, Planned)
    assert planned.approvers == ("@bob", "@carol")
    assert planned.leads_to is State.AWAITING_APPROVAL
    assert planned.plan.rule == Rule("deploy", "protected", approvals=1, roles=("lead",))
    assert team.store.operations() == []
    assert team.store.locks() == []


@pytest.mark.parametrize(
    ("line", "reason", "exit_code"),
    [
        ("deploy ordr-service v2.4.1 staging", "unknown_service", 2),
        ("deploy order-service v2.4.1 stagin", "unknown_environment", 2),
        ("deploy order-service v9 staging", "unknown_version", 2),
        # Nothing is wrong with these lines: what they ask for is not there.
        ("scale order-service 3 staging", "nothing_deployed", 1),
        ("rollback order-service staging", "nothing_to_roll_back_to", 1),
    ],
)
def test_what_cannot_be_planned_fails_and_is_in_the_record(
    team: Colleagues, line: str, reason: str, exit_code: int
) -> None:
    events = team.ask("@alice", line)
    assert story(events)[1:] == [f"failed {reason}"]
    assert last(events, Finished).exit_code == exit_code
    assert team.record(operation_of(events))["result"] == "failure"
    assert team.store.locks() == []


def test_the_plan_of_a_migration_shows_its_words_as_one_would_type_them(team: Colleagues) -> None:
    publish(team.store, a_site(migrate=("alembic", "-x", "name=a b; c", "upgrade")))
    (planned,) = team.ask("@alice", "migrate order-service staging --dry-run")
    assert isinstance(planned, Planned)
    assert planned.plan.change("migrations").to == "alembic -x 'name=a b; c' upgrade"


def test_more_replicas_than_the_platform_can_run_are_refused_in_the_plan(team: Colleagues) -> None:
    team.platform("staging").has("v2.4.0").most = 60
    (refused,) = team.ask("@alice", "scale order-service 61 staging --dry-run")
    assert isinstance(refused, UsageError)
    assert "at most 60" in refused.happened
    assert isinstance(team.ask("@alice", "scale order-service 60 staging --dry-run")[-1], Planned)


def test_every_stream_of_a_change_ends_in_one_outcome_or_question(team: Colleagues) -> None:
    team.platform("staging").has("v2.4.0").sick = frozenset({"v2.4.2"})
    lines = [
        "deploy order-service v2.4.1 staging",
        "deploy order-service v2.4.2 staging",
        "deploy order-service v2.4.1 production",
        "deploy api-gateway v2.4.1 production",
        "scale order-service 0 staging",
        "rollback order-service staging",
        "migrate order-service staging",
        "site publish 0000",
    ]
    ends = (Finished, AwaitingConfirmation, AwaitingApproval)
    for line in lines:
        events = team.ask("@alice", line)
        assert isinstance(events[-1], ends), story(events)
        assert len([event for event in events if isinstance(event, ends)]) == 1


def test_two_threads_of_one_process_never_run_the_same_operation_twice(team: Colleagues) -> None:
    operation = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
    team.ask("@bob", f"approve {operation}")
    first, second = (run(team.context("@alice"), operation) for _ in range(2))
    until(first, Started)
    assert collected(second) == []
    assert story(collected(first))[-1] == "succeeded"
    assert len(team.platform().done) == 1


def test_what_another_process_is_about_to_run_is_left_to_it(team: Colleagues) -> None:
    deploying = team.elsewhere().asking("@alice", "deploy order-service v2.4.1 staging")
    operation = until(deploying, Approved).operation
    (lock,) = team.store.locks()
    assert team.run(operation) == []
    assert team.store.locks() == [lock]
    assert story(collected(deploying))[-1] == "succeeded"


def test_what_is_cancelled_between_its_lock_and_its_start_ends_as_cancelled(team: Colleagues) -> None:
    platform = team.platform("staging").has("v2.4.0")
    cancelled: list[Told] = []

    def cancel_meanwhile(step: str) -> None:
        operation = team.store.operations()[0]
        if step == "state" and operation.state is State.APPROVED:
            platform.on_step = lambda _: None
            cancelled.extend(team.elsewhere().ask("@alice", f"cancel {operation.id}"))

    platform.on_step = cancel_meanwhile
    events = team.ask("@alice", "deploy order-service v2.4.1 staging")
    assert story(events)[1:] == ["approved by nobody: v2.4.0 → v2.4.1", "cancelled by @alice cancelled"]
    assert story(cancelled) == ["cancelled by @alice cancelled"]
    assert platform.done == []
    assert team.store.locks() == []


def test_plan_changed_tells_what_it_was_and_what_it_is(team: Colleagues) -> None:
    team.platform("staging").has("v2.4.0")
    asked = team.asking("@alice", "scale order-service 0 staging")
    operation = until(asked, AwaitingConfirmation).operation
    team.platform("staging").wanted = 5
    events = team.confirm("@alice", operation)
    assert story(events) == ["approved by nobody: 2 → 0", "no longer 2 → 0", "confirm order-service: 5 → 0"]
    assert isinstance(events[1], PlanChanged)
    assert team.store.locks() == []
    assert story(team.confirm("@alice", operation))[-1] == "succeeded"


def test_errors_that_a_decision_ends_in_are_ours(team: Colleagues) -> None:
    for line in ("approve op-222222", 'reject op-222222 "no"', "cancel op-222222", "run op-222222"):
        (error,) = team.ask("@bob", line)
        assert isinstance(error, OpsctlError)
        assert not isinstance(error, Denied | Conflict)
        assert error.reason == "unknown_operation"
        assert team.audit()[0]["result"] == "failure"


def test_what_cannot_be_scaled_is_refused_before_anybody_is_asked(team: Colleagues) -> None:
    team.platform().has("v2.4.0").unscalable = "its tool is not told how"
    events = team.ask("@alice", "scale order-service 1 production")
    refused = last(events, Finished)
    assert (refused.state, refused.reason, refused.exit_code) == (State.FAILED, "cannot_scale", 2)
    assert "its tool is not told how" in refused.happened
    assert not [event for event in events if isinstance(event, AwaitingApproval)]
