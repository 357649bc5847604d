"""Settings and secrets become what speaks with Slack."""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from opsctl.core.context import nothing_published
from opsctl.core.published_site import PublishedSite
from opsctl.core.store import Store
from opsctl.settings.local import Settings
from opsctl.settings.secrets import Secrets
from opsctl.settings.slack_secrets import SIGNING_SECRET, SOCKET_TOKEN, TOKEN

if TYPE_CHECKING:
    from slack_sdk import WebClient

    from opsctl.core.platform import Platform


def slack_platform(settings: Settings, store: Store, environment: Mapping[str, str]) -> "Platform":
    """Slack as the settings name it. Raises UsageError where it lacks a secret."""
    from opsctl.adapters.chats.slack.platform import of_settings

    secrets = Secrets(environment, settings.site)

    def site() -> PublishedSite:
        return _site_in(store.published() or "")

    return of_settings(settings.slack.url, lambda: secrets.get(TOKEN), site)


@lru_cache(maxsize=2)
def _site_in(text: str) -> PublishedSite:
    if not text:
        raise nothing_published()
    return PublishedSite.from_text(text)


def slack_client(settings: Settings, environment: Mapping[str, str]) -> "WebClient":
    """The SDK's client with the bot's token. Raises UsageError where there is none."""
    from opsctl.adapters.chats.slack.client import web_client

    return web_client(settings.slack.url, Secrets(environment, settings.site).get(TOKEN))


def slack_way(settings: Settings, environment: Mapping[str, str]) -> Mapping[str, str]:
    """The secret for the way on which Slack is heard: `socket_token` or `signing_secret`. Raises UsageError."""
    secrets = Secrets(environment, settings.site)
    if settings.slack.receive == "socket":
        return {"socket_token": secrets.get(SOCKET_TOKEN)}
    return {"signing_secret": secrets.get(SIGNING_SECRET)}


def slack_emoji(name: str) -> str:
    """The character of a reaction by Slack's name for it; the name, where it can't be meant as an answer."""
    from opsctl.adapters.chats.slack.reactions import emoji_of

    return emoji_of(name)
