"""Stopping what waits or runs: who may, and what becomes of it."""

from tests.core.team import Colleagues, collected, last, operation_of, story, until

from opsctl.core.errors import Conflict, Undecided
from opsctl.core.events import CancelAsked, Finished, Started
from opsctl.core.execution import run
from opsctl.core.operation import State
from opsctl.core.watching import newest_question, see_through


def a_deploy(team: Colleagues) -> str:
    return operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))


def test_the_requester_and_the_leads_of_the_team_may_cancel_and_nobody_else(team: Colleagues) -> None:
    for handle in ("@dave", "@erin"):
        assert story(team.ask(handle, f"cancel {a_deploy(team)}"))[-1] == "Denied: no_role"
    for handle in ("@alice", "@bob", "@carol"):
        operation = a_deploy(team)
        events = team.ask(handle, f'cancel {operation} "the sale begins"')
        assert story(events) == [f"cancelled by {handle} the sale begins"]
        assert team.record(operation)["result"] == "cancelled"
        assert team.audit()[0]["command"].startswith(f"/cancel {operation}")


def test_everything_that_waits_can_be_cancelled(team: Colleagues) -> None:
    team.platform().has("v2.4.0")
    confirming = operation_of(team.ask("@alice", "scale order-service 3 production"))
    waiting, approved = a_deploy(team), a_deploy(team)
    team.ask("@bob", f"approve {approved}")
    for operation in (confirming, waiting, approved):
        assert story(team.ask("@alice", f"cancel {operation}")) == ["cancelled by @alice cancelled"]
        assert team.run(operation) == []


def test_a_running_change_is_put_back_and_its_canceller_sees_it_end(team: Colleagues) -> None:
    team.platform("staging").has("v2.4.0")
    deploying = team.asking("@alice", "deploy order-service v2.4.1 staging")
    operation = until(deploying, Started).operation
    cancelling = team.elsewhere().asking("@bob", f'cancel {operation} "wrong one"')
    assert until(cancelling, CancelAsked).person == "@bob"
    assert story(collected(deploying)) == ["- starting", "cancelled by @bob wrong one"]
    assert story(collected(cancelling)) == ["- starting", "cancelled by @bob wrong one"]
    assert team.platform("staging").done == [f"undone v2.4.1 {operation}"]
    assert team.platform("staging").version == "v2.4.0"
    assert team.store.locks() == []


def test_what_a_cancelled_change_could_not_put_back_is_told_and_recorded(team: Colleagues) -> None:
    team.platform("staging").has("v2.4.0").keeps = "v2.4.0, 1 of 2 ready"
    deploying = team.asking("@alice", "deploy order-service v2.4.1 staging")
    operation = until(deploying, Started).operation
    team.interruption.ask("Ctrl-C")
    outcome = last(collected(deploying), Finished)
    assert (outcome.state, outcome.left, outcome.exit_code) == (State.CANCELLED, "v2.4.0, 1 of 2 ready", 1)
    assert team.record(operation)["result"] == "cancelled"


def test_who_cancels_too_late_to_stop_it_is_told_that_it_was_done(team: Colleagues) -> None:
    platform = team.platform("staging")
    cancelling = None

    def cancel_meanwhile(step: str) -> None:
        nonlocal cancelling
        if step == "switch":
            platform.on_step = lambda _: None
            cancelling = team.elsewhere().asking("@bob", f"cancel {team.store.operations()[0].id}")
            until(cancelling, CancelAsked)

    platform.on_step = cancel_meanwhile
    assert story(team.ask("@alice", "deploy order-service v2.4.1 staging"))[-1] == "succeeded"
    assert cancelling is not None
    assert story(collected(cancelling)) == ["succeeded"]


def test_what_is_over_cannot_be_cancelled(team: Colleagues) -> None:
    operation = team.deployed("v2.4.1", "staging")
    assert last(team.ask("@alice", f"cancel {operation}"), Conflict).reason == "too_late"
    assert team.state(operation) is State.SUCCEEDED
    assert "cancel_asked" not in team.kinds(operation)


def test_an_interruption_while_it_runs_asks_for_its_cancellation(team: Colleagues) -> None:
    deploying = team.asking("@alice", "deploy order-service v2.4.1 staging")
    until(deploying, Started)
    team.interruption.ask("Ctrl-C")
    assert story(collected(deploying)) == ["- starting", "@alice cancels: Ctrl-C", "cancelled by @alice Ctrl-C"]


def test_a_closed_terminal_lets_what_runs_go_on(team: Colleagues) -> None:
    deploying = team.asking("@alice", "deploy order-service v2.4.1 staging")
    until(deploying, Started)
    team.interruption.hang_up()
    assert story(collected(deploying))[-1] == "succeeded"


def test_who_stops_waiting_leaves_the_request_standing(team: Colleagues) -> None:
    operation = a_deploy(team)
    team.interruption.ask("Ctrl-C")
    error = last(team.watch(operation, newest_question(team.context("@alice"), operation)), Undecided)
    assert error.exit_code == 4
    assert f"opsctl run {operation}" in error.do
    assert f"opsctl cancel {operation}" in error.do
    assert team.state(operation) is State.AWAITING_APPROVAL


def test_who_stops_waiting_for_the_lock_leaves_it_approved(team: Colleagues) -> None:
    first, second = a_deploy(team), a_deploy(team)
    for operation in (first, second):
        team.ask("@bob", f"approve {operation}")
    running = run(team.context("@alice"), first)
    until(running, Started)
    other = team.elsewhere()
    other.interruption.ask("Ctrl-C")
    events = other.run(second)
    assert story(events) == ["waits for @alice: /deploy order-service v2.4.1 production", "Undecided: undecided"]
    assert team.state(second) is State.APPROVED
    assert story(collected(running))[-1] == "succeeded"


def test_a_waiting_requester_sees_the_votes_and_runs_it_once_it_is_approved(team: Colleagues) -> None:
    operation = operation_of(team.ask("@alice", "migrate order-service production"))
    watching = see_through(
        team.elsewhere().context("@alice"), operation, newest_question(team.context("@alice"), operation)
    )
    team.ask("@erin", f"approve {operation}")
    team.ask("@bob", f"approve {operation}")
    team.ask("@dave", f"approve {operation}")
    assert story(collected(watching)) == [
        "@erin does not count: no_role",
        "@bob says yes (1 of 2)",
        "@dave says yes (2 of 2)",
        "approved by @bob, @dave: None → true",
        "@alice runs: None → true",
        "- migrating",
        "succeeded",
    ]


def test_whoever_only_watches_sees_the_same_as_who_runs_it(team: Colleagues) -> None:
    operation = a_deploy(team)
    asked = newest_question(team.context("@alice"), operation)
    team.ask("@bob", f"approve {operation}")
    ran = team.run(operation)
    watched = team.elsewhere().watch(operation, asked)
    assert watched[-len(ran) :] == ran
    assert story(watched)[:2] == ["@bob says yes (1 of 1)", "approved by @bob: None → v2.4.1"]


def test_a_waiting_requester_is_told_of_a_no_that_came_at_once(team: Colleagues) -> None:
    """Between the question and the first look somebody may have answered already."""
    operation = a_deploy(team)
    team.ask("@bob", f'reject {operation} "no"')
    watched = team.watch(operation, newest_question(team.context("@alice"), operation))
    assert story(watched) == ["@bob says no (0 of 1)", "rejected by @bob no"]


def test_a_waiting_requester_goes_on_waiting_when_the_plan_changed(team: Colleagues) -> None:
    team.platform().has("v2.4.0")
    operation = a_deploy(team)
    team.ask("@bob", f"approve {operation}")
    team.platform().has("v2.4.2")
    watching = see_through(team.context("@alice"), operation, newest_question(team.context("@alice"), operation))
    told = [next(watching) for _ in range(4)]
    assert story(told)[2:] == ["no longer v2.4.0 → v2.4.1", "approve, @bob or @carol: v2.4.2 → v2.4.1"]
    team.ask("@carol", f"approve {operation}")
    assert story(collected(watching)) == [
        "@carol says yes (1 of 1)",
        "approved by @carol: v2.4.2 → v2.4.1",
        "@alice runs: v2.4.2 → v2.4.1",
        "- starting",
        "- waiting",
        "- switching",
        "succeeded",
    ]


def test_run_carries_out_what_is_approved_and_names_who_did(team: Colleagues) -> None:
    for handle in ("@alice", "@bob"):
        operation = a_deploy(team)
        team.ask("@carol", f"approve {operation}")
        events = team.ask(handle, f"run {operation}")
        assert story(events)[0].startswith("approved by @carol: ")
        assert story(events)[1].startswith(f"{handle} runs: ")
        assert story(events)[-1] == "succeeded"
        assert team.record(operation)["executed_by"] == handle


def test_run_is_for_the_requester_and_those_who_may_approve(team: Colleagues) -> None:
    operation = a_deploy(team)
    team.ask("@bob", f"approve {operation}")
    for handle in ("@dave", "@erin"):
        assert story(team.ask(handle, f"run {operation}"))[-1] == "Denied: no_role"
    assert team.state(operation) is State.APPROVED


def test_run_of_what_is_over_says_so(team: Colleagues) -> None:
    operation = team.deployed("v2.4.1", "staging")
    assert last(team.ask("@alice", f"run {operation}"), Conflict).reason == "too_late"


def test_what_is_said_afterwards_is_no_part_of_what_a_watcher_sees(team: Colleagues) -> None:
    operation = a_deploy(team)
    team.ask("@alice", f"cancel {operation}")
    team.ask("@bob", f"approve {operation}")
    assert team.kinds(operation)[-1] == "approval_refused"
    assert story(team.watch(operation))[-1] == "cancelled by @alice cancelled"


def test_run_of_what_waits_for_confirmation_asks_for_it(team: Colleagues) -> None:
    team.platform().has("v2.4.0")
    operation = operation_of(team.ask("@alice", "scale order-service 3 production"))
    team.ask("@bob", f"approve {operation}")
    assert story(team.ask("@alice", f"run {operation}"))[0] == "confirm order-service: 2 → 3"
    assert story(team.confirm("@alice", operation))[-1] == "succeeded"


def test_run_waits_for_an_operation_that_expires_and_says_so(team: Colleagues) -> None:
    team.approval_seconds = 0.03
    operation = a_deploy(team)
    events = team.ask("@alice", f"run {operation}")
    assert story(events)[-1] == "expired not_approved_in_time"
    assert last(events, Finished).exit_code == 4
