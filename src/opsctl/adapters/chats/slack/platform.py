"""Slack as the settings name it."""

from collections.abc import Callable

from opsctl.adapters.chats.slack.chat import SlackChat
from opsctl.adapters.chats.slack.client import Slack
from opsctl.adapters.chats.slack.people import People
from opsctl.adapters.chats.slack.reactions import SlackReactions
from opsctl.core.platform import Platform
from opsctl.core.published_site import PublishedSite


def of_settings(url: str, token: Callable[[], str], site: Callable[[], PublishedSite]) -> Platform:
    """The workspace behind that Web API. Nothing is asked of it yet."""
    slack = Slack(url, token)
    people = People(slack, site)
    return Platform(SlackChat(slack, people), people, SlackReactions(slack, people))
