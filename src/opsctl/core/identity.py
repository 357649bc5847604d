"""People, teams and roles, and where a request comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from opsctl.core.canonical import JSON


class Origin(StrEnum):
    """The kind of surface a request was typed at."""

    TERMINAL = "terminal"
    ROOM = "room"
    SLACK = "slack"
    DISCORD = "discord"


TERMINAL = "terminal"
"""The channel of what is typed in a terminal: none."""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone the site knows. `handle` starts with "@", `uid` is the system's user, `roles` hold site-wide.

    `slack` is the id of their Slack account in the site's workspace, empty for none.
    """

    handle: str
    uid: int | None = None
    roles: tuple[str, ...] = ()
    slack: str = ""

    def as_json(self) -> dict[str, JSON]:
        """All but the handle, in canonical form; `from_json` reads it back."""
        # Only where it is set, so that the digest of a site that says nothing about Slack stays what it was.
        return {"uid": self.uid, "roles": list(self.roles), **({"slack": self.slack} if self.slack else {})}

    @classmethod
    def from_json(cls, handle: str, value: Any) -> "Person":
        """The person of that handle that `as_json` wrote."""
        return cls(handle, value["uid"], tuple(value["roles"]), value.get("slack", ""))


@dataclass(frozen=True, slots=True)
class Team:
    """The people a service belongs to. Leads are members."""

    name: str
    members: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Workspace:
    """The Slack workspace whose people the site's people are.

    `team` is its id; `groups` maps the ids of user groups to the role that their members hold for the whole site.
    """

    team: str
    groups: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, JSON]:
        """Its canonical content; `from_json` reads it back."""
        return {"team": self.team, "groups": dict(self.groups)}

    @classmethod
    def from_json(cls, value: Any) -> "Workspace":
        """The workspace that `as_json` wrote."""
        return cls(value["team"], value["groups"])


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, from where. `person` is None for a user the site does not know; `user` is their name there."""

    person: Person | None
    user: str
    origin: Origin
    channel: str = TERMINAL

    @property
    def handle(self) -> str:
        """The handle, or the bare user name of someone the site does not know, which never looks like a handle."""
        return self.person.handle if self.person else self.user.lstrip("@")
