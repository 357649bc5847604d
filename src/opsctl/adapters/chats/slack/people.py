"""Who is who in Slack: users by their id, and the members of user groups. Asked for, and known for a little while."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from opsctl.adapters.chats.slack.client import Slack
from opsctl.core.errors import ActionFailed, OpsctlError, StoreUnusable
from opsctl.core.identity import Caller, Origin
from opsctl.core.published_site import PublishedSite

T = TypeVar("T")

KNOWN_SECONDS = 10.0
"""How long what Slack told is taken for true: a person who is put out, or a group that changes, counts soon."""

SLACKBOT = "USLACKBOT"
_STRANGER = "Slack user "


@dataclass(frozen=True, slots=True)
class People:
    """The people of the workspace, as the site knows them."""

    slack: Slack
    site: Callable[[], PublishedSite]
    _known: dict[str, tuple[float, Any]] = field(default_factory=dict)
    _channels: dict[str, str] = field(default_factory=dict)

    def caller(self, user: str, team: str, channel: str) -> Caller:
        """Who that user is; without a `person`, and with the reason in `user`, who may not act."""
        site, where = self.site(), self.channel_name(channel)
        why = self._stranger(site, user, team)
        person = None if why else site.person_of_slack(user)
        shown = f"{_STRANGER}{user}" + (f", {why}" if why else "")
        return Caller(person, shown, Origin.SLACK, where)

    def granted(self) -> Mapping[str, frozenset[str]]:
        """The roles that people hold by user groups, by handle."""
        site = self.site()
        roles: dict[str, set[str]] = {}
        for group, role in site.slack.groups.items() if site.slack else ():
            for user in self._remembered(f"group {group}", partial(self._members, group)):
                person = site.person_of_slack(user)
                if person is not None:
                    roles.setdefault(person.handle, set()).add(role)
        return {handle: frozenset(held) for handle, held in roles.items()}

    def accounts(self) -> Mapping[str, str]:
        """The Slack ids of the site's people who have one, by handle."""
        return {person.handle: person.slack for person in self.site().people.values() if person.slack}

    def account_of(self, handle: str) -> str:
        """The Slack id of a person, or of a stranger whom `caller` has named; empty for somebody without one."""
        stranger = re.match(rf"{_STRANGER}(\w+)", handle)
        return stranger[1] if stranger else self.accounts().get(handle, "")

    def channel_name(self, channel: str) -> str:
        """The channel with its "#"; its id where it has no name, or Slack does not tell."""
        if channel.startswith("#") or not channel:
            return channel
        if channel not in self._channels:
            try:
                name = self.slack.ask("conversations.info", channel, channel=channel)["channel"].get("name")
            except StoreUnusable:
                raise
            except OpsctlError:
                return channel
            self._channels[channel] = f"#{name}" if name else channel
        return self._channels[channel]

    def _stranger(self, site: PublishedSite, user: str, team: str) -> str:
        """Why that user counts for nobody; empty for somebody who may."""
        if site.slack is None:
            return "of a workspace that the site does not name"
        if team and team != site.slack.team:
            return f"of another workspace ({team})"
        try:
            info = self._remembered(f"user {user}", lambda: self.slack.ask("users.info", user, user=user)["user"])
        except ActionFailed as error:
            return f"of whom Slack tells nothing ({error.reason})"
        if info.get("deleted"):
            return "who was deactivated"
        if info.get("is_bot") or user == SLACKBOT:
            return "a bot"
        if info.get("is_restricted") or info.get("is_ultra_restricted"):
            return "a guest"
        if info.get("is_stranger") or info.get("team_id", site.slack.team) != site.slack.team:
            return "of another workspace"
        return ""

    def _members(self, group: str) -> tuple[str, ...]:
        return tuple(self.slack.ask("usergroups.users.list", group, usergroup=group)["users"])

    def _remembered(self, key: str, find: Callable[[], T]) -> T:
        at, value = self._known.get(key, (float("-inf"), None))
        if time.monotonic() - at > KNOWN_SECONDS:
            value = find()
            self._known[key] = (time.monotonic(), value)
        found: T = value
        return found
