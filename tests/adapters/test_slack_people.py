"""Who is who in Slack."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.adapters.slack_chat import SITE, a_workspace, platform_on
from tests.doubles.slack.orders import Broken
from tests.doubles.slack.server import SlackDouble
from tests.doubles.slack.workspace import TEAM

from opsctl.core.errors import Unreachable
from opsctl.core.identity import Origin


@pytest.fixture
def slack() -> Iterator[SlackDouble]:
    with a_workspace() as slack:
        yield slack


def test_somebody_of_the_site_is_known_by_id_and_the_channel_by_name(slack: SlackDouble) -> None:
    channel = slack.workspace.called("#ops").id
    caller = platform_on(slack).directory.caller("U0ALICE", TEAM, channel)
    assert (caller.handle, caller.origin, caller.channel) == ("@alice", Origin.SLACK, "#ops")


@pytest.mark.parametrize(
    ("user", "team", "handle"),
    [
        ("U0GUEST", TEAM, "Slack user U0GUEST, a guest"),
        ("U0GONE", TEAM, "Slack user U0GONE, who was deactivated"),
        ("U0ROBOT", TEAM, "Slack user U0ROBOT, a bot"),
        ("U0ELSE", "", "Slack user U0ELSE, of another workspace"),
        ("U0ALICE", "T0OTHER", "Slack user U0ALICE, of another workspace (T0OTHER)"),
        ("U0BOT", TEAM, "Slack user U0BOT, a bot"),
        ("U0NEVER", TEAM, "Slack user U0NEVER, of whom Slack tells nothing (user_not_found)"),
    ],
)
def test_who_may_not_act_is_nobody_of_the_site_and_the_reason_is_told(
    user: str, team: str, handle: str, slack: SlackDouble
) -> None:
    caller = platform_on(slack).directory.caller(user, team, "#ops")
    assert (caller.person, caller.handle) == (None, handle)


def test_a_name_counts_for_nothing(slack: SlackDouble) -> None:
    slack.workspace.users["U0BOB"].name = "alice"
    assert platform_on(slack).directory.caller("U0BOB", TEAM, "#ops").handle == "@bob"


def test_without_a_workspace_in_the_site_nobody_of_slack_counts(slack: SlackDouble) -> None:
    caller = platform_on(slack, site=replace(SITE, slack=None)).directory.caller("U0ALICE", TEAM, "#ops")
    assert caller.person is None


@pytest.mark.parametrize("status", [500, 200])  # 200: the page of a proxy in between
def test_a_user_who_cannot_be_asked_for_is_not_guessed(status: int, slack: SlackDouble) -> None:
    slack.always("users.info", Broken(status))
    with pytest.raises(Unreachable):
        platform_on(slack).directory.caller("U0ALICE", TEAM, "#ops")


def test_what_slack_told_is_known_for_a_while(slack: SlackDouble) -> None:
    directory = platform_on(slack).directory
    for _ in range(3):
        directory.caller("U0ALICE", TEAM, "#ops")
        assert directory.granted() == {"@carol": frozenset({"dba"})}
    assert len(slack.calls("users.info")) == len(slack.calls("usergroups.users.list")) == 1
