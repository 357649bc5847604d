"""A chat platform outside: the chat, who is who in it, and what stands below its messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from opsctl.core.identity import Caller
from opsctl.core.ports import Chat


class Directory(Protocol):
    """Who is who in the chat. Its methods raise Unreachable when it does not answer, ActionFailed when it refuses."""

    def caller(self, user: str, team: str, channel: str) -> Caller:
        """Who a user of that platform is, as the site knows them.

        Its `person` is None, and its `user` says why, for whoever may not act: a guest, a bot, somebody of another
        workspace, somebody who was deactivated, or whom the site does not know.
        """
        ...

    def granted(self) -> Mapping[str, frozenset[str]]:
        """The roles that people hold by groups of the platform now, by handle; asked for, or known for a minute."""
        ...


@dataclass(frozen=True, slots=True)
class Reaction:
    """A reaction that stands below a message; `emoji` is the character, or the platform's own name for another one."""

    caller: Caller
    emoji: str


class Reactions(Protocol):
    """What stands below messages, where nobody brings it here. Raises as `Directory` does."""

    def below(self, channel: str, message: str) -> Sequence[Reaction]:
        """All reactions to a message now that may be meant as an answer."""
        ...

    def key_of(self, message: str) -> str:
        """Opsctl's own key of a message that it posted, read back; empty for a message without one."""
        ...


@dataclass(frozen=True, slots=True)
class Platform:
    """A chat platform outside: where the team talks, who is who there, and how it answers where no relay hears it."""

    chat: Chat
    directory: Directory
    reactions: Reactions
