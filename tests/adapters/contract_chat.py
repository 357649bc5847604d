"""What every chat promises. Its test inherits `ChatContract` and gives it the fixtures `chat` and `seen`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from opsctl.core.ports import Chat
from opsctl.core.post import Action, Button, Post

WORDS = Post("🚀 Deploy order-service v2.4.1 to production")


@dataclass(frozen=True)
class Shown:
    """A message as a person reads it. `thread` is the id of the one that it answers, empty for none."""

    id: str
    text: str
    thread: str = ""
    topic: str = ""


Seen = Callable[..., Sequence[Shown]]


def long_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


class ChatContract:
    """`seen(channel, person)` is what that person can read there now, oldest first, threads included."""

    def test_a_post_is_seen_by_everybody_under_its_id(self, chat: Chat, seen: Seen) -> None:
        message = chat.post("#ops", WORDS, key="op-1/main")
        for person in ("@alice", "@bob"):
            assert [(one.id, one.text.strip()) for one in seen("#ops", person)] == [(message, WORDS.text)]

    def test_a_post_tried_again_under_its_key_stands_there_once(self, chat: Chat, seen: Seen) -> None:
        first = chat.post("#ops", WORDS, key="op-1/main")
        chat.post("#ops", Post("another"), key="op-1/failure")
        assert chat.post("#ops", WORDS, key="op-1/main", tried=long_ago()) == first
        assert len(seen("#ops", "@bob")) == 2

    def test_a_post_that_was_tried_and_is_not_there_is_posted(self, chat: Chat, seen: Seen) -> None:
        chat.post("#ops", WORDS, key="op-1/main", tried=long_ago())
        assert len(seen("#ops", "@bob")) == 1

    def test_an_answer_stands_in_its_thread_and_is_found_there_again(self, chat: Chat, seen: Seen) -> None:
        top = chat.post("#ops", WORDS, key="op-1/main")
        reply = chat.post("#ops", Post("Approved."), key="op-1/detail/7", thread=top)
        assert chat.post("#ops", Post("Approved."), key="op-1/detail/7", thread=top, tried=long_ago()) == reply
        assert [(one.id, one.thread) for one in seen("#ops", "@bob")] == [(top, ""), (reply, top)]

    def test_an_edit_replaces_what_stands_there(self, chat: Chat, seen: Seen) -> None:
        message = chat.post("#ops", WORDS, key="op-1/main")
        chat.edit("#ops", message, Post("✅ Deploy complete."))
        assert [(one.id, one.text.strip()) for one in seen("#ops", "@bob")] == [(message, "✅ Deploy complete.")]

    def test_a_private_word_is_seen_by_one_person_alone(self, chat: Chat, seen: Seen) -> None:
        chat.tell("#ops", "@alice", Post("⚠️ You asked for it yourself."), key="op-2/told")
        assert [one.text.strip() for one in seen("#ops", "@alice")] == ["⚠️ You asked for it yourself."]
        assert list(seen("#ops", "@bob")) == []

    def test_a_private_word_under_the_same_key_is_said_once(self, chat: Chat, seen: Seen) -> None:
        for _ in range(2):
            chat.tell("#ops", "@alice", Post("once"), key="op-2/told")
        assert len(seen("#ops", "@alice")) == 1

    def test_a_private_question_may_be_edited_whatever_became_of_it(self, chat: Chat, seen: Seen) -> None:
        button = Button("Confirm", Action.CONFIRM, "op-1", "3f9a")
        message = chat.post("#ops", Post("Do you mean it?", buttons=(button,)), key="op-1/confirm/3", audience="@alice")
        chat.edit("#ops", message, Post("Confirmed."))
        assert len(seen("#ops", "@alice")) == 1

    def test_what_somebody_wrote_is_shown_as_it_was_written(self, chat: Chat, seen: Seen) -> None:
        text = "<!channel> @channel @here *bold* _it_ ~no~ `code` <https://x.example|y> & <@U0ALICE> :x:"
        chat.post("#ops", Post(text, block=text), key="op-1/main")
        (shown,) = seen("#ops", "@bob")
        assert shown.text.count(text) == 2

    def test_secrets_are_masked(self, chat: Chat, seen: Seen) -> None:
        message = chat.post("#ops", Post("password=hunter22", block="token: hunter22"), key="op-1/main")
        chat.edit("#ops", message, Post("again password=hunter22", block="token: hunter22"))
        chat.tell("#ops", "@bob", Post("password=hunter22"), key="op-2/told")
        assert "hunter22" not in "".join(one.text for one in seen("#ops", "@bob"))

    def test_a_channel_is_opened_once_and_gets_its_newest_topic(self, chat: Chat, seen: Seen) -> None:
        for topic in ("Payments fail", "Payments fail again"):
            chat.open_channel("#inc-20260304-payment", topic, ("@alice", "@bob"))
        chat.post("#inc-20260304-payment", WORDS, key="op-3/channel")
        (shown,) = seen("#inc-20260304-payment", "@alice")
        assert shown.topic == "Payments fail again"
