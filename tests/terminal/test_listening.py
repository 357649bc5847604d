"""A terminal that waits for an answer in Slack asks less and less often, and never while Slack asks for patience."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.adapters.slack_chat import a_workspace
from tests.chat.slack_scene import Scene, scene_of, site
from tests.core.team import Colleagues, operation_of, wait_until
from tests.doubles.slack.orders import RateLimited

from opsctl.core.operation import State
from opsctl.terminal.listening import listening


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with a_workspace() as slack:
        team = Colleagues.at(tmp_path, site())
        team.platform().has("v2.4.0")
        scene = scene_of(team, slack, site())
        scene.operation = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
        scene.bring()
        yield scene


def test_it_asks_less_and_less_often(scene: Scene) -> None:
    with listening(scene.context, scene.operation):
        wait_until(lambda: len(scene.slack.calls("reactions.get")) == 3, 15)
        first, second, third = (one.at for one in scene.slack.calls("reactions.get"))
    assert third - second > second - first > 1.0


def test_it_hears_the_answer(scene: Scene) -> None:
    with listening(scene.context, scene.operation):
        scene.react("U0BOB", "white_check_mark")
        wait_until(lambda: scene.team.state(scene.operation) is State.APPROVED, 10)


def test_it_asks_nothing_as_long_as_slack_wants_to_be_left_alone(scene: Scene) -> None:
    scene.slack.next("reactions.get", RateLimited(60))
    with listening(scene.context, scene.operation):
        time.sleep(4)
    assert scene.slack.calls("reactions.get") == []


def test_it_stops_when_it_is_told_to(scene: Scene) -> None:
    with listening(scene.context, scene.operation):
        pass
    time.sleep(1.5)
    assert scene.slack.calls("reactions.get") == []
