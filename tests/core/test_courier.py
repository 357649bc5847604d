"""What is in the outbox reaches the chat: in order, once, and later where it can't be now."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from tests.core.team import Colleagues, Mortal, operation_of, wait_until

from opsctl.adapters.chats.room import RoomChat
from opsctl.chat.announcement import draw
from opsctl.core.announcing import Announcer
from opsctl.core.courier import DUTY, Courier, Patience, Taker, bring
from opsctl.core.errors import ActionFailed, OpsctlError, Unreachable
from opsctl.core.outbox import Item
from opsctl.core.post import Post
from opsctl.core.room import Message


@dataclass
class Line:
    """The room at the end of a line that can break: before a post, or after it, when the answer is lost."""

    chat: RoomChat
    breaks: OpsctlError | None = None
    loses_answers: bool = False
    calls: list[str] = field(default_factory=list)

    @property
    def knows_keys(self) -> bool:
        return self.chat.knows_keys

    def post(
        self, channel: str, post: Post, *, key: str, thread: str = "", audience: str = "", tried: datetime | None = None
    ) -> str:
        self._pass(f"post {key}")
        message = self.chat.post(channel, post, key=key, thread=thread, audience=audience, tried=tried)
        if self.loses_answers:
            raise Unreachable("The answer was lost.")
        return message

    def edit(self, channel: str, message: str, post: Post) -> None:
        self._pass("edit")
        self.chat.edit(channel, message, post)

    def tell(self, channel: str, person: str, post: Post, *, key: str = "", thread: str = "") -> None:
        self._pass("tell")
        self.chat.tell(channel, person, post, key=key, thread=thread)

    def _pass(self, call: str) -> None:
        if self.breaks:
            raise self.breaks
        self.calls.append(call)


@pytest.fixture
def line(team: Colleagues) -> Line:
    team.platform().has("v2.4.0")
    return Line(RoomChat(team.store))


def takers(team: Colleagues, line: Line) -> dict[str, Taker]:
    return {"chat": Announcer(team.context("@alice"), line, draw)}


def brought(team: Colleagues, line: Line, patience: Patience | None = None) -> int:
    return bring(team.context("@alice"), takers(team, line), patience or Patience())


def seen(team: Colleagues, channel: str = "#deployments") -> list[Message]:
    return team.store.room.messages(channel, "@erin")


def firsts(messages: Sequence[Message]) -> list[str]:
    return [one.post.text.partition("\n")[0].partition("   ")[0] for one in messages]


def test_what_happened_is_told_once(team: Colleagues, line: Line) -> None:
    team.deployed("v2.4.1")
    assert brought(team, line) > 0
    before = [one.id for one in seen(team)]
    assert brought(team, line) == 0
    assert [one.id for one in seen(team)] == before
    assert team.store.outbox() == []


def test_one_message_follows_an_operation_as_it_goes(team: Colleagues, line: Line) -> None:
    operation = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
    brought(team, line)
    first = seen(team)[0]
    assert first.post.text.endswith("Requires approval from a team lead.")
    team.approve("@bob", operation)
    brought(team, line)
    again = team.store.room.message(first.id)
    assert again is not None
    assert again.post.text.endswith("✅ Deploy complete. Health check passed.")
    assert again.replies == 3


def test_what_the_chat_did_not_take_goes_out_later_in_order(team: Colleagues, line: Line) -> None:
    line.breaks = Unreachable("The chat does not answer.")
    for version in ("v2.4.1", "v2.4.2"):
        team.deployed(version, "staging")
    assert brought(team, line) == 0
    assert {item.trouble for item in team.store.outbox()} == {"", "The chat does not answer."}
    line.breaks = None
    brought(team, line)
    assert firsts(seen(team, "#ops")) == [
        "🚀 Deploy order-service v2.4.1 to staging",
        "🚀 Deploy order-service v2.4.2 to staging",
    ]
    assert team.store.outbox() == []


def test_a_post_whose_answer_was_lost_is_not_posted_twice(team: Colleagues, line: Line) -> None:
    line.loses_answers = True
    team.deployed("v2.4.1", "staging")
    brought(team, line)
    line.loses_answers = False
    brought(team, line)
    assert len(seen(team, "#ops")) == 1


def test_a_chat_that_refuses_one_operation_takes_the_others(team: Colleagues, line: Line) -> None:
    team.deployed("v2.4.1", "staging")

    class Picky(Line):
        def post(self, channel: str, post: Post, **more: Any) -> str:
            if channel == "#ops":
                raise ActionFailed("#ops is archived.")
            return super().post(channel, post, **more)

    team.deployed("v2.4.1")
    brought(team, Picky(line.chat))
    assert firsts(seen(team))[0] == "🚀 Deploy order-service v2.4.1 to production"
    assert {item.trouble for item in team.store.outbox()} == {"#ops is archived."}


def test_a_chat_that_is_away_is_not_asked_again_at_once(team: Colleagues, line: Line) -> None:
    line.breaks = Unreachable("The chat does not answer.")
    team.deployed("v2.4.1", "staging")
    patience = Patience()
    brought(team, line, patience)
    line.breaks = None
    assert brought(team, line, patience) == 0
    wait_until(lambda: brought(team, line, patience) > 0)


def test_one_process_brings_things_and_another_when_it_is_gone(team: Colleagues, line: Line, mortal: Mortal) -> None:
    team.deployed("v2.4.1", "staging")
    other = team.elsewhere(holder=mortal.holder)
    other.store.write(lambda tx: tx.take(DUTY, DUTY, mortal.holder, 30.0))
    assert brought(team, line) == 0
    mortal.die()
    assert brought(team, line) > 0


def test_two_couriers_at_once_tell_everything_once(team: Colleagues, line: Line) -> None:
    other = team.elsewhere()
    with (
        Courier(team.context("@alice"), lambda: takers(team, line), 0.001),
        Courier(other.context("@alice"), lambda: takers(other, line), 0.001),
    ):
        for version in ("v2.4.1", "v2.4.2", "v2.4.1", "v2.4.2"):
            team.deployed(version, "staging")
    wait_until(lambda: not team.store.outbox() or brought(team, line) > 0)
    keys = [one.key for one in team.store.room.changes(0)]
    assert len(keys) == len(set(keys))
    assert len(seen(team, "#ops")) == 4


def test_a_courier_that_is_left_has_told_the_end(team: Colleagues, line: Line) -> None:
    with Courier(team.context("@alice"), lambda: takers(team, line), 60.0):
        team.deployed("v2.4.1", "staging")
    assert team.store.outbox() == []
    assert all(lock.key != DUTY for lock in team.store.locks())
    assert all(thread.name != "courier" for thread in threading.enumerate())


class Broken:
    """A taker with a defect."""

    def take(self, operation: str, items: Sequence[Item]) -> None:
        raise Unreachable(f"{len(items)} items of {operation} can't be brought.")


def test_items_for_different_targets_do_not_keep_each_other_waiting(team: Colleagues, line: Line) -> None:
    def work(tx: object) -> None:
        tx.append("op-page01", "step", {})  # type: ignore[attr-defined]
        tx.announce("op-page01", "", {}, "pager")  # type: ignore[attr-defined]

    team.store.write(work)
    team.deployed("v2.4.1", "staging")
    bring(team.context("@alice"), {**takers(team, line), "pager": Broken()}, Patience())
    assert [item.target for item in team.store.outbox()] == ["pager"]
    assert len(seen(team, "#ops")) == 1
