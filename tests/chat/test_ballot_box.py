"""Answers below a request in Slack, read where no relay hears them."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.adapters.slack_chat import a_workspace, platform_on
from tests.chat.slack_scene import Scene, scene_of, site
from tests.core.team import Colleagues, operation_of, wait_until
from tests.doubles.slack.orders import AnswerLost, Refused
from tests.doubles.slack.workspace import TEAM, words_of

from opsctl.adapters.chats.slack.people import KNOWN_SECONDS
from opsctl.chat.ballot_box import BallotBox
from opsctl.core import engine
from opsctl.core.approval import APPROVAL, WITHDRAWN
from opsctl.core.context import utc_now
from opsctl.core.identity import Workspace
from opsctl.core.operation import State
from opsctl.core.plan import Rule
from opsctl.core.request import new_id
from opsctl.relay.answering import Answering
from opsctl.relay.caretaker import Caretaker
from opsctl.relay.heard import Reacted
from opsctl.relay.log import Log
from opsctl.relay.work import UnderWay

YES, NO = "white_check_mark", "x"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with a_workspace() as slack:
        team = Colleagues.at(tmp_path, site())
        team.platform().has("v2.4.0")
        scene = scene_of(team, slack, site())
        scene.operation = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
        scene.bring()
        yield scene


def test_a_leads_yes_below_the_request_approves(scene: Scene) -> None:
    assert scene.look() is State.AWAITING_APPROVAL
    scene.react("U0BOB", YES)
    assert scene.look() is State.APPROVED
    (approval,) = [one for one in scene.team.store.entries(scene.operation) if one.kind == APPROVAL]
    told = {key: approval.facts[key] for key in ("person", "origin", "channel")}
    assert told == {"person": "@bob", "origin": "slack", "channel": "#deployments"}


def test_the_request_calls_those_who_may_answer_it(scene: Scene) -> None:
    assert "<@U0BOB>" in words_of(scene.request.blocks)
    assert "<@U0ALICE>" not in words_of(scene.request.blocks)
    assert "[Approve] [Reject]" in words_of(scene.request.blocks)


def test_a_skin_tone_is_no_other_answer(scene: Scene) -> None:
    scene.react("U0BOB", f"{YES}::skin-tone-4")
    assert scene.look() is State.APPROVED


def test_a_no_beside_a_yes_rejects(scene: Scene) -> None:
    scene.react("U0BOB", YES, NO)
    assert scene.look() is State.REJECTED


def test_the_requesters_no_cancels(scene: Scene) -> None:
    scene.react("U0ALICE", NO)
    assert scene.look() is State.CANCELLED


def test_the_requesters_own_yes_counts_for_nothing_and_they_are_told_once(scene: Scene) -> None:
    scene.react("U0ALICE", YES)
    for _ in range(3):
        assert scene.look() is State.AWAITING_APPROVAL
    assert scene.refused() == [("@alice", "own_request")]
    assert len(scene.whispers("U0ALICE")) == 1


def test_what_another_process_refused_is_not_refused_again(scene: Scene) -> None:
    scene.react("U0ALICE", YES)
    scene.look()
    BallotBox(scene.context, scene.box.platform).look(scene.operation)
    assert len(scene.refused()) == 1


@pytest.mark.parametrize(
    ("user", "why"),
    [
        ("U0GUEST", "a guest"),
        ("U0GONE", "who was deactivated"),
        ("U0ROBOT", "a bot"),
        ("U0ELSE", "of another workspace"),
    ],
)
def test_who_counts_for_nobody_is_refused_and_recorded(user: str, why: str, scene: Scene) -> None:
    scene.react(user, YES)
    assert scene.look() is State.AWAITING_APPROVAL
    assert scene.refused() == [(f"Slack user {user}, {why}", "no_role")]


@pytest.mark.parametrize("name", ["heavy_check_mark", "ballot_box_with_check", "no_entry_sign", "+1::skin-tone-2"])
def test_who_missed_the_right_emoji_is_told_so_once(name: str, scene: Scene) -> None:
    scene.react("U0BOB", name, "eyes")
    for _ in range(2):
        assert scene.look() is State.AWAITING_APPROVAL
    assert scene.refused() == []
    (word,) = scene.whispers("U0BOB")
    assert "Only ✅ and ❌ count" in word


def test_a_yes_that_is_taken_back_before_the_decision_does_not_count(tmp_path: Path) -> None:
    two = replace(site(), rules=(Rule("deploy", "production", approvals=2, roles=("lead", "member")),))
    with a_workspace() as slack:
        team = Colleagues.at(tmp_path, two)
        team.platform().has("v2.4.0")
        scene = scene_of(team, slack, two)
        scene.operation = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
        scene.bring()
        scene.react("U0BOB", YES)
        scene.look()
        slack.workspace.take_back(scene.request, "U0BOB", YES)
        scene.look()
        kinds = [one.kind for one in team.store.entries(scene.operation)]
        assert kinds[-2:] == [APPROVAL, WITHDRAWN]
        scene.react("U0BOB", YES)
        scene.look()
        assert [one.kind for one in team.store.entries(scene.operation)][-1] == APPROVAL


def test_a_reaction_to_another_message_counts_for_nothing(scene: Scene) -> None:
    first = scene.slack.workspace.called("#deployments").messages[0]
    scene.slack.workspace.react(first, "U0BOB", YES)
    assert scene.look() is State.AWAITING_APPROVAL


def test_a_group_gives_its_role_at_the_moment_of_the_vote(tmp_path: Path) -> None:
    of = replace(
        site(),
        rules=(Rule("deploy", "production", approvals=1, roles=("release",)),),
        slack=Workspace(TEAM, {"S0REL": "release"}),
    )
    with a_workspace() as slack:
        slack.workspace.groups["S0REL"] = ["U0ERIN"]
        team = Colleagues.at(tmp_path, of)
        team.platform().has("v2.4.0")
        scene = scene_of(team, slack, of)
        # The context of the requester's terminal, in which the group is asked for.
        request = team.request("@alice", "deploy order-service v2.4.1 production")
        scene.operation = operation_of(list(engine.ask(scene.context, request)))
        scene.bring()
        assert "<@U0ERIN>" in words_of(scene.request.blocks)
        scene.react("U0BOB", YES)
        assert scene.look() is State.AWAITING_APPROVAL
        assert scene.refused() == [("@bob", "no_role")]
        scene.react("U0ERIN", YES)
        assert scene.look() is State.APPROVED
        approval = next(one for one in team.store.entries(scene.operation) if one.kind == APPROVAL)
        assert approval.facts["granted"] == ["release"]
        slack.always("usergroups.users.list", Refused("internal_error"))
        fresh = replace(scene.context, platform=lambda: platform_on(slack, site=of))
        assert fresh.entitled().granted == {}  # who can't be asked for gives nobody a role


def test_a_request_whose_answer_was_lost_stands_there_once_and_is_heard(tmp_path: Path) -> None:
    with a_workspace() as slack:
        team = Colleagues.at(tmp_path, site())
        team.platform().has("v2.4.0")
        scene = scene_of(team, slack, site())
        scene.operation = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
        slack.next("chat.postMessage", AnswerLost())
        scene.bring()
        slack.next("chat.postMessage", AnswerLost())
        scene.bring()
        scene.bring()
        texts = [words_of(one.blocks) for one in slack.workspace.called("#deployments").messages]
        assert len(texts) == len(set(texts)) == 2
        scene.react("U0BOB", YES)
        assert scene.look() is State.APPROVED


def test_a_message_that_somebody_deleted_is_posted_anew(scene: Scene) -> None:
    channel = scene.slack.workspace.called("#deployments")
    channel.messages.clear()
    scene.team.yes("@bob", scene.operation)
    scene.bring()
    assert any("Approved by @bob" in words_of(one.blocks) for one in channel.messages)


def test_a_relay_that_hears_the_same_yes_after_the_terminal_counted_it_says_nothing(scene: Scene) -> None:
    assert scene.context.platform is not None
    scene.react("U0BOB", YES)
    assert scene.look() is State.APPROVED
    relay = replace(scene.team.elsewhere().context("relay on here"), platform=scene.context.platform)
    chat = scene.context.platform().chat
    assert scene.request.metadata is not None
    key = scene.request.metadata["event_payload"]["key"]
    caller = scene.context.platform().directory.caller("U0BOB", TEAM, "#deployments")
    answering = Answering(relay, chat, UnderWay(relay, Log()))
    answering.reacted(Reacted(caller, key, "✅", is_on=True), new_id(scene.team.store), utc_now())
    assert scene.whispers("U0BOB") == []
    assert scene.refused() == []
    assert [one.kind for one in scene.team.store.entries(scene.operation)].count(APPROVAL) == 1


def test_a_relay_counts_what_was_answered_while_nobody_heard(scene: Scene) -> None:
    scene.react("U0BOB", YES)
    context = replace(scene.team.elsewhere().context("relay on here"), platform=scene.context.platform)
    caretaker = Caretaker(context, UnderWay(context, Log()), Log(), beat_seconds=0.05)
    caretaker.start()
    try:
        wait_until(lambda: scene.team.state(scene.operation) is State.APPROVED)
    finally:
        caretaker.stop()


def test_a_yes_that_was_refused_counts_when_it_is_given_again_and_may_count_now(scene: Scene) -> None:
    scene.slack.workspace.users["U0BOB"].is_guest = True
    scene.react("U0BOB", YES)
    assert scene.look() is State.AWAITING_APPROVAL
    scene.slack.workspace.users["U0BOB"].is_guest = False
    scene.slack.workspace.take_back(scene.request, "U0BOB", YES)
    scene.look()
    time.sleep(KNOWN_SECONDS + 0.1)
    scene.react("U0BOB", YES)
    assert scene.look() is State.APPROVED
