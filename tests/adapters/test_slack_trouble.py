"""What the team is told, through a Slack that has a bad day: all of it, once, in order."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.adapters.slack_chat import a_workspace, platform_on
from tests.core.team import Colleagues
from tests.doubles.slack.orders import AnswerLost, Broken, Delayed, Dropped, Order, RateLimited
from tests.doubles.slack.server import SlackDouble
from tests.doubles.slack.workspace import words_of

from opsctl.chat.announcement import draw
from opsctl.core.announcing import Announcer
from opsctl.core.courier import Patience, bring

TROUBLES: tuple[Order, ...] = (
    AnswerLost(),
    Broken(500),
    Broken(503),
    Broken(200),
    Dropped(),
    RateLimited(0),
    Delayed(0.01),
)
METHODS = ("chat.postMessage", "chat.update", "conversations.history", "conversations.replies", "conversations.list")


@pytest.fixture
def slack() -> Iterator[SlackDouble]:
    with a_workspace() as slack:
        yield slack


@pytest.fixture
def team(tmp_path: Path) -> Colleagues:
    team = Colleagues.at(tmp_path)
    team.platform().has("v2.4.0")
    return team


def told(slack: SlackDouble, channel: str) -> list[tuple[str, str, str]]:
    """(opsctl's key, the key of what it answers, its words) of each message, in order."""
    messages = [one for one in slack.workspace.called(channel).messages if one.metadata]
    keys = {one.ts: one.metadata["event_payload"]["key"] for one in messages if one.metadata}
    return [(keys[one.ts], keys.get(one.thread_ts, ""), words_of(one.blocks)) for one in messages]


def brought(team: Colleagues, slack: SlackDouble) -> None:
    """By a process that has just started, and knows nothing but what is in the store."""
    announcer = Announcer(team.context("@alice"), platform_on(slack).chat, draw)
    bring(team.context("@alice"), {"chat": announcer}, Patience())


@pytest.mark.parametrize("seed", range(6))
def test_whatever_goes_wrong_everything_is_told_once_and_in_order(
    seed: int, slack: SlackDouble, team: Colleagues
) -> None:
    chance = random.Random(seed)
    for version in ("v2.4.1", "v2.4.2"):
        team.deployed(version)
        team.deployed(version, "staging")
    for method in METHODS:
        slack.next(method, *(chance.choice(TROUBLES) for _ in range(chance.randrange(8))))
    for _ in range(60):
        brought(team, slack)
        if not team.store.outbox():
            break
    assert team.store.outbox() == []
    for channel in ("#deployments", "#ops"):
        messages = told(slack, channel)
        keys = [key for key, _, _ in messages]
        assert len(keys) == len(set(keys))
        mains = [key for key in keys if key.endswith("/main")]
        assert len(mains) == 2
        for key, thread, words in messages:
            operation = key.partition("/")[0]
            assert keys.index(f"{operation}/main") <= keys.index(key)
            assert not thread or thread == f"{operation}/main"
            if key.endswith("/main"):
                assert "✅ Deploy complete." in words


def test_as_long_as_slack_asks_for_patience_nothing_is_sent(slack: SlackDouble, team: Colleagues) -> None:
    context, patience = team.context("@alice"), Patience()
    takers = {"chat": Announcer(context, platform_on(slack).chat, draw)}
    team.deployed("v2.4.1", "staging")
    slack.next("chat.postMessage", RateLimited(30))
    for _ in range(5):
        assert bring(context, takers, patience) == 0
    assert len(slack.asked) == 0
    assert patience.is_due("another target")
    assert "for 30 s" in team.store.outbox()[0].trouble


def test_a_process_that_died_between_saying_and_noting_says_nothing_twice(slack: SlackDouble, team: Colleagues) -> None:
    team.deployed("v2.4.1")
    context = team.context("@alice")
    chat = platform_on(slack).chat

    class Dying:
        """Dies as soon as Slack has it: what follows is never noted."""

        knows_keys = False

        def __getattr__(self, name: str) -> object:
            return getattr(chat, name)

        def post(self, *what: object, **more: object) -> str:
            chat.post(*what, **more)  # type: ignore[arg-type]  # as it was called
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Announcer(context, Dying(), draw).take(team.store.outbox()[0].operation, team.store.outbox())  # type: ignore[arg-type]
    brought(team, slack)
    keys = [key for key, _, _ in told(slack, "#deployments")]
    assert len(keys) == len(set(keys)) > 3
