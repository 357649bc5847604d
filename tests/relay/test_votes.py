"""Approvals by reaction and button: what counts, what does not, and who is told why."""

import pytest
from tests.core.team import Colleagues, wait_until
from tests.relay.at_work import Room, at_work

from opsctl.core.operation import Operation, State
from opsctl.core.post import Action

DEPLOY = "/deploy order-service v2.4.1 production"


@pytest.fixture
def waiting(room: Room) -> Operation:
    return room.asked("@alice", DEPLOY, State.AWAITING_APPROVAL)


def reasons(room: Room, operation: Operation) -> list[str]:
    entries = room.team.store.entries(operation.id)
    return [entry.facts["reason"] for entry in entries if entry.kind == "approval_refused"]


@pytest.mark.parametrize(
    ("person", "why", "reason"),
    [
        ("@alice", "You asked for", "own_request"),
        ("@erin", "@erin may not approve", "no_role"),
        ("@mallory", "does not know you", None),
    ],
)
def test_a_yes_that_does_not_count_is_told_why_and_journalled(
    room: Room, waiting: Operation, person: str, why: str, reason: str | None
) -> None:
    room.react(person, room.request(waiting), "✅")
    handle = person if person != "@mallory" else "mallory"
    assert why in room.word(handle).post.text
    assert room.team.state(waiting.id) is State.AWAITING_APPROVAL
    assert reasons(room, waiting) == ([reason] if reason else [])
    assert room.team.audit()[0]["result"] == "denied"


def test_a_yes_that_comes_too_late_is_told_so(room: Room, waiting: Operation) -> None:
    request = room.request(waiting)
    room.react("@bob", request, "✅")
    room.until(waiting, State.SUCCEEDED)
    room.react("@carol", request, "✅")
    assert "Too late" in room.word("@carol").post.text
    assert reasons(room, waiting) == ["too_late"]


def test_a_no_rejects_and_the_requesters_own_cancels(room: Room, waiting: Operation) -> None:
    room.react("@bob", room.request(waiting), "❌")
    room.until(waiting, State.REJECTED)
    other = room.asked("@alice", DEPLOY, State.AWAITING_APPROVAL)
    room.react("@alice", room.request(other), "❌")
    room.until(other, State.CANCELLED)


def test_buttons_say_the_same_with_a_reason(room: Room, waiting: Operation) -> None:
    room.press("@bob", room.request(waiting), Action.REJECT, reason="not on a Friday")
    room.until(waiting, State.REJECTED)
    room.settle()
    assert room.message(f"{waiting.id}/main").post.text.endswith("❌ Rejected by @bob: not on a Friday")
    other = room.asked("@alice", DEPLOY, State.AWAITING_APPROVAL)
    room.press("@bob", room.request(other), Action.APPROVE)
    room.until(other, State.SUCCEEDED)


@pytest.mark.parametrize("where", ["main", "detail"])
def test_a_reaction_to_any_other_message_counts_for_nothing(room: Room, waiting: Operation, where: str) -> None:
    if where == "detail":
        room.react("@erin", room.request(waiting), "✅")
        room.word("@erin")
    message = room.message(f"{waiting.id}/main")
    room.react("@bob", message, "✅")
    room.settle()
    assert room.team.state(waiting.id) is State.AWAITING_APPROVAL
    assert room.told("@bob") == []


@pytest.mark.parametrize("emoji", ["✔️", "☑️", "🚫", "👍🏽"])
def test_a_near_twin_is_told_that_it_does_not_count(room: Room, waiting: Operation, emoji: str) -> None:
    room.react("@bob", room.request(waiting), emoji)
    assert "Only ✅ and ❌ count" in room.word("@bob").post.text
    assert room.team.state(waiting.id) is State.AWAITING_APPROVAL


def test_any_other_emoji_is_a_persons_own_affair(room: Room, waiting: Operation) -> None:
    room.react("@bob", room.request(waiting), "🎉")
    room.settle()
    assert room.told("@bob") == []


def test_a_yes_for_a_plan_that_changed_does_not_count(room: Room, waiting: Operation) -> None:
    first = room.request(waiting)
    room.team.platform().has("v2.3.9")
    room.react("@bob", first, "✅")
    wait_until(lambda: room.request(waiting).id != first.id, 15)
    room.settle()
    room.react("@carol", first, "✅")
    assert "is not the one you saw" in room.word("@carol").post.text
    assert reasons(room, waiting) == ["plan_changed"]
    room.react("@carol", room.request(waiting), "✅")
    room.until(waiting, State.SUCCEEDED)


def test_a_yes_that_is_taken_back_does_not_count_any_more(room: Room) -> None:
    operation = room.asked("@alice", "/migrate order-service production", State.AWAITING_APPROVAL)
    request = room.request(operation)
    room.react("@bob", request, "✅")
    wait_until(lambda: "approval" in room.team.kinds(operation.id), 15)
    room.react("@bob", request, "✅", is_on=False)
    wait_until(lambda: "approval_withdrawn" in room.team.kinds(operation.id), 15)
    room.react("@carol", request, "✅")
    room.settle()
    assert room.team.state(operation.id) is State.AWAITING_APPROVAL
    room.react("@dave", request, "✅")
    room.until(operation, State.SUCCEEDED)
    assert room.team.record(operation.id)["approved_by"] == "@carol, @dave"


def test_a_yes_taken_back_after_the_decision_changes_nothing(room: Room, waiting: Operation) -> None:
    request = room.request(waiting)
    room.react("@bob", request, "✅")
    room.until(waiting, State.SUCCEEDED)
    room.react("@bob", request, "✅", is_on=False)
    assert "Too late" in room.word("@bob").post.text


def test_one_person_is_one_vote_on_every_channel(room: Room) -> None:
    operation = room.asked("@alice", "/migrate order-service production", State.AWAITING_APPROVAL)
    room.react("@bob", room.request(operation), "✅")
    wait_until(lambda: "approval" in room.team.kinds(operation.id), 15)
    room.team.yes("@bob", operation.id)
    room.say("@bob", f"/approve {operation.id}")
    room.settle()
    assert room.team.state(operation.id) is State.AWAITING_APPROVAL


def test_what_a_terminal_asked_for_and_left_is_run_by_the_relay_once_approved(
    team: Colleagues, room: Room, mortal
) -> None:
    elsewhere = team.elsewhere(holder=mortal.holder)
    elsewhere.ask("@alice", "deploy order-service v2.4.1 production")
    (operation,) = team.store.operations()
    mortal.die()
    room.react("@bob", room.request(operation), "✅")
    room.until(operation, State.SUCCEEDED)
    assert team.row(operation.id).executed_by == "relay on here"


def test_what_a_terminal_waits_for_is_run_there(team: Colleagues, room: Room, mortal) -> None:
    elsewhere = team.elsewhere(holder=mortal.holder)
    elsewhere.ask("@alice", "deploy order-service v2.4.1 production")
    (operation,) = team.store.operations()
    room.react("@bob", room.request(operation), "✅")
    room.until(operation, State.APPROVED)
    room.settle()
    assert team.row(operation.id).holder == mortal.holder
    elsewhere.run(operation.id)
    assert team.row(operation.id).executed_by == "@alice"


def test_what_is_not_answered_in_time_expires_without_anybody(team: Colleagues) -> None:
    team.platform().has("v2.4.0")
    team.approval_seconds = team.confirmation_seconds = 0.3
    room = Room(team)
    with at_work(team):
        room.asked("@alice", DEPLOY, State.EXPIRED)
        room.asked("@alice", "/scale order-service 3 production", State.EXPIRED)
        room.settle()


def test_no_thread_is_held_by_what_waits(room: Room) -> None:
    import threading

    room.settle()
    before = threading.active_count()
    for replicas in range(3, 23):
        room.say("@alice", f"/scale order-service {replicas} production")
    room.settle()
    assert len(room.team.store.operations(states=[State.AWAITING_CONFIRMATION])) == 20
    assert threading.active_count() <= before
