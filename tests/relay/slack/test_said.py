"""What people type in Slack, as Slack's clients really send it, and who may say what."""

import time
from collections.abc import Iterator

import pytest
from tests.core.team import Colleagues, wait_until
from tests.doubles.slack.orders import Broken, Refused
from tests.doubles.slack.payloads import BOT, direct, event, mention, slash
from tests.relay.slack.office import OTHERS, Office, office

from opsctl.core.operation import State


@pytest.fixture
def at(team: Colleagues) -> Iterator[Office]:
    with office(team, is_socket=False) as one:
        yield one


DEPLOY = "deploy order-service v2.4.1 staging"
WAYS = {
    "the one command": lambda at: at.say("@alice", DEPLOY),
    "a short command": lambda at: at.say("@alice", f"/{DEPLOY}"),
    "a mention": lambda at: at.mention("@alice", f"<@{BOT}> {DEPLOY}"),
    "a mention with its name": lambda at: at.mention("@alice", f"<@{BOT}|opsctl>: /{DEPLOY}"),
    "a direct message": lambda at: at.write("@alice", DEPLOY),
    "a direct message with a slash": lambda at: at.write("@alice", f"/{DEPLOY}"),
    "a direct message that calls it": lambda at: at.write("@alice", f"<@{BOT}> {DEPLOY}"),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_every_way_of_saying_it_is_the_same_command(at: Office, way: object) -> None:
    way(at)  # type: ignore[operator]
    operation = at.new(set(), State.SUCCEEDED)
    assert operation.command == "/deploy order-service v2.4.1 staging"
    assert operation.person == "@alice"
    at.settle()


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("incident create “Orders &amp; payments” —severity sev1", "Orders & payments"),
        ("incident create\u00a0\u201eB\u00fccher \u2014 alle\u201c \u2013severity sev1", "Bücher — alle"),
        ('incident create "See <https://a.example/x|a.example/x>" --severity sev1', "See a.example/x"),
        ('incident create "Ask <@U0BOB|bob> in <#C1|ops>" --severity sev1', "Ask @bob in #ops"),
        ('incident create "&lt;!channel&gt; is down" --severity sev1', "<!channel> is down"),
        ("incident create `Orders` --severity sev1", "Orders"),
    ],
)
def test_text_is_put_back_to_what_was_meant(at: Office, typed: str, title: str) -> None:
    at.say("@alice", typed)
    at.message(title)


def test_nothing_typed_is_a_cry_for_help(at: Office) -> None:
    at.say("@alice", "")
    assert "/deploy" in at.word("@alice") or "deploy" in at.words("@alice")[0]
    at.mention("@bob", f"<@{BOT}>")
    assert "deploy" in at.word("@bob")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/help", "More about one: /ops help COMMAND"),
        ("help deploy", "Usage: /ops deploy SERVICE"),
        ("help approvals", "/ops approvals --mine"),
        ("deploy", "Usage: /ops deploy SERVICE"),
        ("nonsense", "All commands: /ops help"),
    ],
)
def test_people_are_told_what_slack_lets_them_type(at: Office, line: str, told: str) -> None:
    """`/help` is Slack's own, and the short ones may have a prefix: the one command takes every line."""
    at.say("@alice", line)
    assert told in at.word("@alice")


TALK = {
    "another person is called": lambda: mention("U0ALICE", f"<@U0BOB> ask <@{BOT}> deploy order-service v2 staging"),
    "an edit": lambda: direct("U0ALICE", DEPLOY, subtype="message_changed"),
    "a bot": lambda: direct("U0ALICE", DEPLOY, bot_id="B1"),
    "a mention within a direct message": lambda: mention("U0ALICE", f"<@{BOT}> {DEPLOY}", "D0ALICE"),
    "a message in a channel": lambda: direct("U0ALICE", DEPLOY, "C0X", channel_type="channel"),
    "something new": lambda: event({"type": "team_join", "user": {"id": "U0NEW"}}),
    "no words": lambda: direct("U0ALICE", ""),
}


@pytest.mark.parametrize("talk", TALK.values(), ids=TALK)
def test_talk_is_none_of_its_business(at: Office, talk: object) -> None:
    at.bring(talk())  # type: ignore[operator]
    at.settle()
    assert at.team.store.operations() == []
    assert at.words("@alice") == []


@pytest.mark.parametrize(
    ("user", "why"),
    [
        ("U0GUEST", "a guest"),
        ("U0GONE", "deactivated"),
        ("U0ROBOT", "a bot"),
        ("U0ELSE", "of another workspace"),
        ("U0NOBODY", "U0NOBODY"),
    ],
)
def test_who_may_not_is_refused_and_recorded(at: Office, user: str, why: str) -> None:
    assert user in OTHERS
    at.say(user, DEPLOY)
    operation = at.new(set(), State.DENIED)
    record = at.team.record(operation.id)
    assert why in record["user"]
    assert record["result"] == "denied"
    at.settle()


def test_a_command_from_another_workspace_in_a_shared_channel_is_refused(at: Office) -> None:
    at.bring(slash("U0ALICE", DEPLOY, channel=at.place, team="T0OTHER"))
    operation = at.new(set(), State.DENIED)
    assert "of another workspace (T0OTHER)" in at.team.record(operation.id)["user"]
    at.settle()


def test_two_equal_commands_are_two_and_one_that_comes_again_is_one(at: Office) -> None:
    first = at.say("@alice", "approvals")
    at.bring(first)
    at.say("@alice", "approvals")
    at.settle()
    assert len(at.team.audit("audit --limit 10")) == 2


def test_while_slack_can_not_say_who_it_is_nothing_is_lost_and_nothing_overtakes(at: Office) -> None:
    at.slack.always("users.info", Broken())
    at.say("@alice", "deploy order-service v2.4.1 staging")
    at.say("@alice", "deploy api-gateway v2.4.1 staging")
    time.sleep(1.5)
    assert at.team.store.operations() == []
    at.slack.always("users.info", None)
    wait_until(lambda: len(at.team.store.operations(states=[State.SUCCEEDED])) == 2, 15)
    first, second = reversed(at.team.store.operations())
    assert (first.service, second.service) == ("order-service", "api-gateway")
    at.settle()


def test_a_channel_that_opsctl_is_not_in_gets_its_answer_directly(at: Office) -> None:
    at.slack.always("chat.postEphemeral", Refused("not_in_channel"))
    at.say("@alice", "approvals")
    assert at.word("@alice")
    at.slack.always("chat.postEphemeral", None)


def test_a_status_is_answered_to_who_asked_alone(at: Office) -> None:
    at.say("@alice", "status order-service")
    assert "order-service" in at.word("@alice")
    assert at.words("@bob") == []
