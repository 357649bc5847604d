"""Slack as the place where the team talks, through the real SDK."""

import os
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
from slack_sdk.errors import SlackApiError
from tests.adapters.contract_chat import WORDS, ChatContract, Seen, Shown, long_ago
from tests.adapters.slack_chat import SITE, USERS, a_workspace, platform_on
from tests.doubles.slack.orders import AnswerLost, Broken, Dropped, RateLimited, Refused
from tests.doubles.slack.server import TOKEN, SlackDouble
from tests.doubles.slack.workspace import BOT, words_of

from opsctl.adapters.chats.slack.client import web_client
from opsctl.adapters.chats.slack.platform import of_settings
from opsctl.core.errors import ActionFailed, OpsctlError, Unreachable
from opsctl.core.ports import Chat
from opsctl.core.post import Action, Button, Post


@pytest.fixture
def slack() -> Iterator[SlackDouble]:
    with a_workspace() as slack:
        yield slack


@pytest.fixture
def chat(slack: SlackDouble) -> Chat:
    return platform_on(slack).chat


@pytest.fixture
def seen(slack: SlackDouble) -> Seen:
    def read(channel: str, person: str) -> Sequence[Shown]:
        place = slack.workspace.called(channel)
        return [
            Shown(
                f"{place.id}/{one.ts}",
                words_of(one.blocks),
                f"{place.id}/{one.thread_ts}" if one.thread_ts else "",
                place.topic,
            )
            for one in place.messages
            if one.seen_by in ("", USERS[person])
        ]

    return read


class TestSlackChat(ChatContract):
    """It is a chat."""


def texts(slack: SlackDouble, channel: str = "#ops") -> list[str]:
    return [words_of(one.blocks) for one in slack.workspace.called(channel).messages]


# what is posted


def test_those_whom_it_must_reach_are_mentioned_and_others_only_named(slack: SlackDouble, chat: Chat) -> None:
    chat.post("#ops", Post("@bob asks, not @bob-2. Ask @alice.", calls=("@alice", "@carol", "@dave")), key="k")
    assert texts(slack) == ["@bob asks, not @bob-2. Ask <@U0ALICE>. <@U0CAROL>"]


def test_only_what_is_meant_to_be_followed_is_a_link(slack: SlackDouble, chat: Chat) -> None:
    post = Post("Dashboard: https://g.example/d\nsee https://evil.example", links=("https://g.example/d",))
    chat.post("#ops", post, key="k")
    (message,) = slack.workspace.called("#ops").messages
    elements = message.blocks[0]["elements"][0]["elements"]
    assert [one["type"] for one in elements] == ["text", "link", "text"]


def test_what_notifications_show_holds_no_markup_and_slack_finds_none(slack: SlackDouble, chat: Chat) -> None:
    chat.post("#ops", Post("<!channel> & @here\x07\u202e"), key="k")
    (call,) = slack.calls("chat.postMessage")
    assert call.arguments["text"] == "&lt;!channel&gt; &amp; @here"
    assert (call.arguments["parse"], call.arguments["link_names"]) == ("none", False)
    assert texts(slack) == ["<!channel> & @here"]


def test_buttons_say_what_they_decide(slack: SlackDouble, chat: Chat) -> None:
    buttons = (Button("Approve", Action.APPROVE, "op-1", "3f9a"), Button("Reject", Action.REJECT, "op-1", "3f9a"))
    chat.post("#ops", Post("Deploy?", buttons=buttons), key="k")
    (message,) = slack.workspace.called("#ops").messages
    told = [(one["action_id"], one["style"], one["value"]) for one in message.blocks[1]["elements"]]
    value = '{"operation": "op-1", "plan": "3f9a"}'
    assert told == [("approve", "primary", value), ("reject", "danger", value)]


@pytest.mark.parametrize("length", [1, 2_999, 3_001, 12_000, 12_001, 60_000])
def test_a_text_of_any_length_is_taken_and_kept_whole(length: int, slack: SlackDouble, chat: Chat) -> None:
    text = ("abcdefghi\n" * 6_000)[:length]
    message = chat.post("#ops", Post(text), key="op-1/main")
    shown = texts(slack)[0]
    files = slack.workspace.files.values()
    assert shown == text[:12_000]
    assert [one.content.decode() for one in files] == ([text] if length > 12_000 else [])
    assert chat.post("#ops", Post(text), key="op-1/main", tried=long_ago()) == message
    assert len(files) == (length > 12_000)


def test_a_long_log_is_a_file_in_the_thread_with_its_beginning_above(slack: SlackDouble, chat: Chat) -> None:
    log = "\n".join(f"{number:05} a line of the log" for number in range(2_000))
    top = chat.post("#ops", WORDS, key="op-1/main")
    chat.post("#ops", Post("Its last lines:", block=log), key="op-1/log", thread=top)
    first, answer, file = slack.workspace.called("#ops").messages
    assert words_of(answer.blocks).startswith("Its last lines:00000 a line")
    assert words_of(answer.blocks).endswith("… the whole is in the file")
    assert [one.content.decode() for one in file.files] == [log]
    assert file.files[0].name == "op-1-log.txt"
    assert answer.thread_ts == file.thread_ts == first.ts


def test_a_file_that_did_not_arrive_is_sent_when_its_message_is_found_again(slack: SlackDouble, chat: Chat) -> None:
    slack.next("files.completeUploadExternal", Dropped())
    post = Post("Its last lines:", block="x\n" * 4_000)
    with pytest.raises(Unreachable):
        chat.post("#ops", post, key="op-1/log")
    chat.post("#ops", post, key="op-1/log", tried=long_ago())
    assert len(slack.workspace.files) == 1
    assert len(slack.calls("chat.postMessage")) == 1


def test_a_message_is_edited_at_most_once_a_second(slack: SlackDouble, chat: Chat) -> None:
    message = chat.post("#ops", WORDS, key="k")
    for number in range(3):
        chat.edit("#ops", message, Post(str(number)))
    (posted,) = slack.workspace.called("#ops").messages
    first, second, third = posted.edited_at
    assert min(second - first, third - second) > 0.95
    assert words_of(posted.blocks) == "2"


# what goes wrong


def test_a_post_whose_answer_was_lost_is_found_by_reading_back(slack: SlackDouble, chat: Chat) -> None:
    slack.next("chat.postMessage", AnswerLost())
    with pytest.raises(Unreachable):
        chat.post("#ops", WORDS, key="op-1/main")
    for number in range(250):  # others go on talking: it is on no first page any more
        chat.post("#ops", Post(str(number)), key=f"op-x/{number}")
    fresh = platform_on(slack).chat  # by whoever comes after a crash
    fresh.post("#ops", WORDS, key="op-1/main", tried=datetime.now(UTC))
    assert texts(slack).count(WORDS.text) == 1


def test_nothing_is_repeated_behind_our_back(slack: SlackDouble, chat: Chat) -> None:
    for order in (AnswerLost(), Dropped(), Broken(500), Broken(503)):
        slack.next("chat.postMessage", order)
        before = len(slack.calls("chat.postMessage"))
        with pytest.raises(Unreachable) as told:
            chat.post("#ops", WORDS, key="k")
        assert len(slack.calls("chat.postMessage")) - before <= 1
        assert "tried again" in told.value.do


def test_slack_that_asks_for_patience_gets_it(slack: SlackDouble, chat: Chat) -> None:
    slack.next("chat.postMessage", RateLimited(3))
    with pytest.raises(Unreachable) as told:
        chat.post("#ops", WORDS, key="k")
    assert told.value.again_seconds == 3
    with pytest.raises(Unreachable) as again:
        chat.post("#ops", WORDS, key="k")
    assert 2 < again.value.again_seconds <= 3
    assert slack.calls("chat.postMessage") == []  # it was not asked in the meantime
    chat.tell("#ops", "@alice", WORDS)  # another method may go on
    time.sleep(1.1)
    chat.post("#ops", WORDS, key="k")  # waits for what is left
    assert len(slack.calls("chat.postMessage")) == 1


def test_a_429_that_does_not_say_how_long_is_long(slack: SlackDouble, chat: Chat) -> None:
    slack.next("chat.postMessage", RateLimited(None))
    with pytest.raises(Unreachable) as told:
        chat.post("#ops", WORDS, key="k")
    assert told.value.again_seconds == 30


@pytest.mark.parametrize(
    ("code", "kind", "happened", "do"),
    [
        ("token_revoked", Unreachable, "does not take the token (token_revoked)", "opsctl secrets set slack-token"),
        ("internal_error", Unreachable, "could not answer", "by itself"),
        ("is_archived", ActionFailed, "#ops is archived", "another channel"),
        ("not_in_channel", ActionFailed, "opsctl is not in #ops", "/invite @opsctl"),
        ("channel_not_found", ActionFailed, "no channel #ops", "/invite @opsctl"),
        ("msg_too_long", ActionFailed, "no message as long as this", "in a terminal"),
        ("restricted_action", ActionFailed, "does not let opsctl", "Ask an owner"),
        ("some_new_code", ActionFailed, "refuses chat.postMessage for #ops: some_new_code", "docs.slack.dev"),
    ],
)
def test_each_refusal_is_a_line_that_says_what_to_do(
    code: str, kind: type[OpsctlError], happened: str, do: str, slack: SlackDouble, chat: Chat
) -> None:
    slack.next("chat.postMessage", Refused(code), Refused(code))  # a channel is looked for once more, by its id
    with pytest.raises(kind) as told:
        chat.post("#ops", WORDS, key="k")
    assert happened in told.value.happened
    assert do in told.value.do
    assert told.value.reason == code


def test_a_scope_that_is_missing_is_named(slack: SlackDouble, chat: Chat) -> None:
    slack.methods.scopes = {"chat:write"}
    with pytest.raises(ActionFailed) as told:
        chat.open_channel("#inc-1", "x")
    assert "lacks the scope channels:manage" in told.value.happened


def test_a_token_that_was_replaced_is_taken_without_a_new_start(slack: SlackDouble) -> None:
    tokens = iter(("xoxb-old", *slack.tokens))
    chat = of_settings(slack.url, lambda: next(tokens), lambda: SITE).chat
    with pytest.raises(Unreachable):
        chat.post("#ops", WORDS, key="k")
    chat.post("#ops", WORDS, key="k")


def test_a_slack_that_is_not_there_is_out_of_reach(slack: SlackDouble) -> None:
    slack.__exit__()
    with pytest.raises(Unreachable):
        platform_on(slack).chat.post("#ops", WORDS, key="k")


def test_a_message_that_was_deleted_says_so_when_it_is_edited(slack: SlackDouble, chat: Chat) -> None:
    message = chat.post("#ops", WORDS, key="k")
    slack.workspace.called("#ops").messages.clear()
    with pytest.raises(ActionFailed) as told:
        chat.edit("#ops", message, Post("x"))
    assert told.value.reason == "message_gone"


def test_a_private_channel_that_has_no_name_for_slack_is_found_by_its_id(slack: SlackDouble, chat: Chat) -> None:
    slack.workspace.called("#ops").is_private = True
    chat.post("#ops", WORDS, key="k")
    assert texts(slack) == [WORDS.text]


def test_what_is_sent_is_held_against_the_vendors_own_description(slack: SlackDouble) -> None:
    if "OPSCTL_CONTRACTS" not in os.environ:
        pytest.skip("OPSCTL_CONTRACTS does not say where the vendors' descriptions are")
    with pytest.raises(SlackApiError):
        web_client(slack.url, TOKEN).api_call("chat.postMessage", json={"channel": "#ops", "txt": "misspelt"})
    assert slack.violations == [
        "chat.postMessage: Additional properties are not allowed ('txt' was unexpected)",
    ]
    slack.violations.clear()


# private words


def test_who_is_not_in_the_channel_is_told_directly(slack: SlackDouble, chat: Chat) -> None:
    slack.workspace.called("#ops").members.discard("U0ALICE")
    chat.tell("#ops", "@alice", Post("a word"), key="k")
    assert [words_of(one.blocks) for one in slack.workspace.direct("U0ALICE").messages] == ["a word"]
    slack.workspace.called("#ops").members.discard(BOT)
    chat.tell("#ops", "@bob", Post("a word"), key="k2")
    assert [words_of(one.blocks) for one in slack.workspace.direct("U0BOB").messages] == ["a word"]


def test_a_long_private_answer_is_a_file_for_that_person_alone(slack: SlackDouble, chat: Chat) -> None:
    chat.tell("#ops", "@alice", Post("Lines:", block="x\n" * 4_000), key="k")
    assert texts(slack) == []
    message, file = slack.workspace.direct("U0ALICE").messages
    assert words_of(message.blocks).startswith("Lines:")
    assert len(file.files) == 1


def test_who_has_no_account_is_told_nothing_and_that_is_said(chat: Chat) -> None:
    with pytest.raises(ActionFailed) as told:
        chat.tell("#ops", "@dave", Post("a word"))
    assert "@dave has no Slack account" in told.value.happened


# channels of incidents


def test_an_incident_channel_is_named_by_slacks_rules_and_has_its_people(slack: SlackDouble, chat: Chat) -> None:
    chat.open_channel("#inc-20260304-Zahlungen für Käufer!", "t" * 300, ("@alice", "@dave", "@bob"))
    channel = slack.workspace.called("inc-20260304-zahlungen-fur-kaufer")
    assert channel.topic == "t" * 250
    assert channel.members == {BOT, "U0ALICE", "U0BOB"}


def test_a_channel_that_is_there_already_is_taken(slack: SlackDouble, chat: Chat) -> None:
    slack.workspace.open("inc-1", "U0ALICE")
    chat.open_channel("#inc-1", "again", ("@alice", "@bob"))
    channel = slack.workspace.called("inc-1")
    assert (channel.topic, channel.members) == ("again", {BOT, "U0ALICE", "U0BOB"})
