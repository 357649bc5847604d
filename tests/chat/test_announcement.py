"""What the team channel sees of an operation, read as a person reads it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.core.team import Colleagues, Mortal, a_site, operation_of, publish, read

from opsctl.chat.announcement import draw
from opsctl.core.announcing import Announced
from opsctl.core.post import Action
from opsctl.core.voting import Ballot, withdraw

TODAY = datetime.now(UTC)


@pytest.fixture
def team(team: Colleagues) -> Colleagues:
    team.platform().has("v2.4.0")
    return team


def announced(team: Colleagues, operation: str, now: datetime = TODAY) -> dict[str, Announced]:
    row, site = team.row(operation), team.context("@alice").published()
    found = draw(team.store.entries(operation), read(row.command, site), site, now)
    return {one.key.partition("/")[0]: one for one in found}


def main(team: Colleagues, operation: str) -> list[str]:
    """The lines of the main message, without the second, which tells the time."""
    first, asked, *others = announced(team, operation)["main"].post.text.splitlines()
    assert asked.startswith("Asked for by @alice in a terminal, ")
    return [first, *others]


def asked(team: Colleagues) -> str:
    return operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))


DEPLOY = "🚀 Deploy order-service v2.4.1 to production   (v2.4.0 → v2.4.1, 2 replicas)"


def test_a_request_says_what_would_change_and_whose_approval_it_requires(team: Colleagues) -> None:
    assert main(team, asked(team)) == [DEPLOY, "Requires approval from a team lead."]


def test_a_request_for_approval_is_a_message_of_its_own_that_calls_those_who_may_give_it(team: Colleagues) -> None:
    operation = asked(team)
    request = announced(team, operation)["approval"]
    assert request.post.calls == ("@bob", "@carol")
    assert "React with ✅ to approve or ❌ to reject" in request.post.text
    plan = team.row(operation).plan
    assert plan is not None
    assert [(one.action, one.operation, one.plan) for one in request.post.buttons] == [
        (Action.APPROVE, operation, plan.digest),
        (Action.REJECT, operation, plan.digest),
    ]


def test_once_decided_it_says_by_whom_and_can_be_pressed_no_more(team: Colleagues) -> None:
    operation = asked(team)
    team.approve("@bob", operation)
    request = announced(team, operation)["approval"].post
    assert request.text.endswith("✅ Approved by @bob.")
    assert (request.buttons, request.calls) == ((), ())


def test_an_approved_deploy_ends_with_its_outcome(team: Colleagues) -> None:
    operation = asked(team)
    team.yes("@bob", operation)
    assert main(team, operation)[1:] == ["✅ Approved by @bob. Deploying order-service v2.4.1…"]
    team.run(operation)
    assert main(team, operation) == [DEPLOY, "✅ Approved by @bob.", "✅ Deploy complete. Health check passed."]


def test_a_rejected_request_says_by_whom_and_why(team: Colleagues) -> None:
    operation = asked(team)
    team.ask("@bob", f'reject {operation} "not on a Friday"')
    assert main(team, operation)[-1] == "❌ Rejected by @bob: not on a Friday"
    assert announced(team, operation)["approval"].post.text.endswith("❌ Rejected by @bob: not on a Friday")


def test_a_failure_is_a_message_of_its_own_that_calls_who_asked(team: Colleagues) -> None:
    team.platform().sick = frozenset({"v2.4.1"})
    operation = team.deployed("v2.4.1")
    found = announced(team, operation)
    assert main(team, operation)[-1] == "❌ Failed: v2.4.1 did not become healthy."
    assert found["failure"].post.calls == ("@alice",)
    assert "v2.4.1 did not become healthy.\nThe old one stays." in found["failure"].post.text
    assert found["log"].post.block == "boom"


def test_what_never_ran_calls_nobody(team: Colleagues) -> None:
    operation = operation_of(team.ask("@alice", "deploy order-service v9 production"))
    assert "failure" not in announced(team, operation)
    assert main(team, operation)[-1].startswith("❌ Failed: There is no version 'v9'")


def test_what_died_before_it_ran_calls_who_asked(team: Colleagues, mortal: Mortal) -> None:
    asking = team.elsewhere(holder=mortal.holder).asking("@alice", "deploy order-service v2.4.1 production")
    operation = operation_of([next(asking)])
    mortal.die()
    team.ask("@bob", "operations")
    found = announced(team, operation)
    assert main(team, operation)[-1].startswith("❌ Interrupted: ")
    assert found["failure"].post.calls == ("@alice",)


def test_a_changed_plan_is_asked_for_in_another_message(team: Colleagues) -> None:
    operation = asked(team)
    team.yes("@bob", operation)
    team.platform().has("v2.3.9")
    team.run(operation)
    row, site = team.row(operation), team.context("@alice").published()
    found = draw(team.store.entries(operation), read(row.command, site), site, TODAY)
    keys = [one.key for one in found]
    assert len([key for key in keys if key.startswith("approval/")]) == 2
    assert "The plan changed (was v2.4.0 → v2.4.1, 2 replicas, is v2.3.9 → v2.4.1, 2 replicas)" in str(
        announced(team, operation)["detail"].post.text
    )


def test_the_head_of_the_journal_stands_in_the_thread_and_is_never_edited(team: Colleagues) -> None:
    operation = asked(team)
    assert "head" not in announced(team, operation)
    team.approve("@bob", operation)
    head = announced(team, operation)["head"]
    newest = team.store.entries(operation)[-1]
    assert head.post.text == f"Journal: entry {newest.seq}, {newest.hash}"
    assert head.is_answer
    assert head.is_final


def test_what_is_told_on_another_day_tells_its_day(team: Colleagues) -> None:
    late = announced(team, asked(team), TODAY + timedelta(days=3))["main"].post.text
    assert f"in a terminal, {TODAY:%Y-%m-%d} " in late


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("rollback order-service production", "⏪ Roll back order-service in production"),
        ("scale order-service 3 production", "📐 Scale order-service to 3 in production"),
        ("migrate order-service staging", "🗃️ Migrate order-service in staging"),
    ],
)
def test_each_change_is_called_by_its_name(team: Colleagues, line: str, title: str) -> None:
    team.platform().has("v2.4.1")
    assert main(team, operation_of(team.ask("@alice", line)))[0].startswith(title)


def test_who_asked_in_chat_is_asked_to_confirm_in_private(team: Colleagues) -> None:
    team.platform().has("v2.4.1")
    operation = operation_of(team.ask("@alice", "rollback order-service production", "#deployments"))
    question = announced(team, operation)["confirm"]
    assert question.audience == "@alice"
    assert [one.action for one in question.post.buttons] == [Action.CONFIRM, Action.DECLINE]
    team.decline("@alice", operation)
    assert announced(team, operation)["confirm"].post.text.endswith("\nCancelled.")
    assert announced(team, operation)["confirm"].post.buttons == ()


def test_who_asked_in_a_terminal_is_asked_there(team: Colleagues) -> None:
    team.platform().has("v2.4.1")
    assert "confirm" not in announced(team, operation_of(team.ask("@alice", "rollback order-service production")))


def test_a_yes_that_was_taken_back_stands_in_the_thread(team: Colleagues) -> None:
    operation = operation_of(team.ask("@alice", "migrate order-service production"))
    team.yes("@bob", operation)
    plan = team.row(operation).plan
    assert plan is not None
    withdraw(team.context("@bob"), "op-x", team.caller("@bob"), Ballot(operation, is_yes=True, plan=plan.digest))
    assert "@bob took their approval back (0 of 2)" in announced(team, operation)["detail"].post.text


def test_questions_are_announced_where_the_site_wants_it(team: Colleagues) -> None:
    team.ask("@alice", "status")
    assert team.store.outbox() == []
    publish(team.store, replace(a_site(), announces_reads=True))
    team.ask("@alice", "status --environment production")
    (item,) = team.store.outbox()
    assert item.channel == "#deployments"
    (one,) = draw(team.store.entries(item.operation), None, team.context("@alice").published(), TODAY)
    assert "@alice asked in a terminal" in one.post.text
    assert one.post.text.endswith(": /status --environment production")
