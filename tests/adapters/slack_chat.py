"""A workspace with the site's people in it, and Slack's adapter on it."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.doubles.slack.server import TOKEN, SlackDouble
from tests.doubles.slack.workspace import TEAM, User

from opsctl.adapters.chats.slack.platform import of_settings
from opsctl.core.identity import Person, Workspace
from opsctl.core.platform import Platform
from opsctl.core.published_site import PublishedSite

USERS = {"@alice": "U0ALICE", "@bob": "U0BOB", "@carol": "U0CAROL"}

SITE = PublishedSite(
    id="acme",
    channel="#ops",
    environments={},
    teams={},
    people={
        **{handle: Person(handle, slack=user) for handle, user in USERS.items()},
        "@dave": Person("@dave"),  # who has no account
        "@gina": Person("@gina", slack="U0GUEST"),
        "@zoe": Person("@zoe", slack="U0GONE"),
        "@robot": Person("@robot", slack="U0ROBOT"),
        "@eve": Person("@eve", slack="U0ELSE"),
    },
    services={},
    slack=Workspace(TEAM, {"S0DBA": "dba"}),
)


@contextmanager
def a_workspace() -> Iterator[SlackDouble]:
    """Everybody is in #ops; whatever Slack would not have understood fails the test."""
    with SlackDouble() as slack:
        space = slack.workspace
        for user in USERS.values():
            space.join(User(user, user.lower()))
        space.join(User("U0GUEST", "gina", is_guest=True))
        space.join(User("U0GONE", "zoe", is_deleted=True))
        space.join(User("U0ROBOT", "robot", is_bot=True))
        space.join(User("U0ELSE", "eve", team="T0OTHER"))
        space.groups["S0DBA"] = ["U0CAROL", "U0NOBODY"]
        space.open("ops", *USERS.values())
        space.open("deployments", *USERS.values())
        yield slack
        assert slack.violations == []


def platform_on(slack: SlackDouble, token: str = TOKEN, site: PublishedSite = SITE) -> Platform:
    return of_settings(slack.url, lambda: token, lambda: site)
