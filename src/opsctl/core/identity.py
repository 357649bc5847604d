"""People, teams and roles, and where a request comes from."""

from dataclasses import dataclass
from enum import StrEnum


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
    """Someone the site knows. `handle` starts with "@", `uid` is the system's user, `roles` hold site-wide."""

    handle: str
    uid: int | None = None
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Team:
    """The people a service belongs to. Leads are members."""

    name: str
    members: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()


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
