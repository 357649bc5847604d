"""Approving and rejecting in Slack: reactions, buttons, and the window that asks why."""

import time
from collections.abc import Iterator

import pytest
from tests.core.team import Colleagues, wait_until
from tests.doubles.slack.orders import Delayed, Refused
from tests.doubles.slack.workspace import Message
from tests.relay.slack.office import Office, buttons, office

from opsctl.core.operation import Operation, State

LINE = "deploy order-service v2.4.1 production"


@pytest.fixture
def at(team: Colleagues) -> Iterator[Office]:
    with office(team, is_socket=False) as one:
        yield one


@pytest.fixture
def asked(at: Office) -> tuple[Operation, Message]:
    operation = at.asked("@alice", LINE, State.AWAITING_APPROVAL)
    request = at.request()
    at.settle()
    return operation, request


Asked = tuple[Operation, Message]


@pytest.mark.parametrize("name", ["white_check_mark", "white_check_mark::skin-tone-3"])
def test_a_yes_counts_whatever_its_skin(at: Office, asked: Asked, name: str) -> None:
    at.react("@bob", asked[1], name)
    at.until(asked[0], State.SUCCEEDED)
    at.settle()


def test_a_no_rejects(at: Office, asked: Asked) -> None:
    at.react("@bob", asked[1], "x")
    at.until(asked[0], State.REJECTED)
    at.settle()


@pytest.mark.parametrize("name", ["heavy_check_mark", "ballot_box_with_check", "no_entry_sign", "+1::skin-tone-4"])
def test_what_only_looks_like_an_answer_gets_a_private_word(at: Office, asked: Asked, name: str) -> None:
    at.react("@bob", asked[1], name)
    assert "Only ✅ and ❌ count" in at.word("@bob")
    assert at.team.state(asked[0].id) is State.AWAITING_APPROVAL


def test_any_other_emoji_and_any_other_message_is_nothing(at: Office, asked: Asked) -> None:
    at.react("@bob", asked[1], "tada")
    at.react("@bob", at.message("Asked for by @alice"), "white_check_mark")
    at.settle()
    assert at.team.state(asked[0].id) is State.AWAITING_APPROVAL
    assert at.words("@bob") == []


def test_the_requesters_own_yes_gets_a_private_word(at: Office, asked: Asked) -> None:
    at.react("@alice", asked[1], "white_check_mark")
    assert "yourself" in at.word("@alice")
    assert at.team.state(asked[0].id) is State.AWAITING_APPROVAL


@pytest.mark.parametrize("user", ["U0GUEST", "U0GONE", "U0ROBOT", "U0ELSE", "U0NOBODY"])
def test_a_yes_by_who_may_not_does_not_count_and_is_recorded(at: Office, asked: Asked, user: str) -> None:
    at.react(user, asked[1], "white_check_mark")
    at.settle()
    assert at.team.state(asked[0].id) is State.AWAITING_APPROVAL
    assert any(user in str(entry.facts) for entry in at.team.store.journal())


def test_a_pressed_approve_is_a_yes(at: Office, asked: Asked) -> None:
    at.press("@bob", asked[1], "approve")
    at.until(asked[0], State.SUCCEEDED)
    assert at.team.record(asked[0].id)["approved_by"] == "@bob"
    at.settle()


def test_a_pressed_reject_asks_why_and_what_is_typed_there_is_the_reason(at: Office, asked: Asked) -> None:
    at.press("@bob", asked[1], "reject")
    wait_until(lambda: len(at.slack.workspace.views) == 1, 3.0)  # what opens it is good for three seconds
    assert at.team.state(asked[0].id) is State.AWAITING_APPROVAL
    at.send_off("@bob", at.slack.workspace.views[0], "not on a Friday")
    at.until(asked[0], State.REJECTED)
    assert at.team.record(asked[0].id)["reason"] == "not on a Friday"
    at.message("not on a Friday")
    at.settle()


def test_a_reason_may_stay_empty(at: Office, asked: Asked) -> None:
    at.press("@bob", asked[1], "reject")
    wait_until(lambda: len(at.slack.workspace.views) == 1, 3.0)
    at.send_off("@bob", at.slack.workspace.views[0], None)
    at.until(asked[0], State.REJECTED)
    at.settle()


def test_the_window_opens_whatever_else_is_slow(at: Office, asked: Asked) -> None:
    at.slack.always("users.info", Delayed(3.0))
    at.slack.always("chat.postMessage", Delayed(3.0))
    began = time.monotonic()
    at.press("@bob", asked[1], "reject")
    wait_until(lambda: len(at.slack.workspace.views) == 1, 3.0)
    assert time.monotonic() - began < 1.0
    at.slack.always("users.info", None)
    at.slack.always("chat.postMessage", None)
    at.settle()


def test_a_window_that_does_not_open_is_told_with_the_line_to_type(at: Office, asked: Asked) -> None:
    at.slack.always("views.open", Refused("expired_trigger_id"))
    at.press("@bob", asked[1], "reject")
    assert f'/ops reject {asked[0].id} "why"' in at.word("@bob")
    assert at.team.state(asked[0].id) is State.AWAITING_APPROVAL
    at.say("@bob", f'reject {asked[0].id} "not on a Friday"')
    at.until(asked[0], State.REJECTED)
    at.settle()


def test_who_has_to_confirm_is_asked_alone_and_presses_a_button(at: Office) -> None:
    operation = at.asked("@alice", "rollback order-service production", State.AWAITING_CONFIRMATION)
    wait_until(lambda: any("Do you mean it?" in word for word in at.words("@alice")), 15)
    question = next(one for one in at.all() if one.seen_by == "U0ALICE" and buttons(one))
    at.press("@alice", question, "confirm")
    at.until(operation, State.SUCCEEDED)
    at.settle()
