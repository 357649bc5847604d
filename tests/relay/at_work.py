"""A relay at work on a test's team, and its people talking in the room."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.core.team import Colleagues, wait_until

from opsctl.core.operation import Operation, State
from opsctl.core.post import Action
from opsctl.core.room import OPSCTL, Message
from opsctl.core.talking import press, react, say
from opsctl.relay.relay import Relay
from opsctl.wiring import chat_of, takers_of


def relay_of(team: Colleagues) -> Relay:
    context = team.context("relay on here")
    return Relay.of(context, chat_of(context), takers_of(context))


@contextmanager
def at_work(team: Colleagues) -> Iterator[Relay]:
    relay = relay_of(team)
    relay.start()
    try:
        yield relay
    finally:
        relay.stop(5.0)


@dataclass
class Room:
    """The room as people use it; everything is waited for."""

    team: Colleagues
    channel: str = "#deployments"
    _heard: set[int] = field(default_factory=set)

    def say(self, person: str, text: str, thread: int = 0) -> int:
        return self.team.store.write(say(person, self.channel, text, secrets.token_hex(4), thread))

    def react(self, person: str, message: Message, emoji: str, *, is_on: bool = True) -> None:
        self.team.store.write(react(person, message, emoji, secrets.token_hex(4), is_on=is_on))

    def press(self, person: str, message: Message, action: Action, reason: str = "") -> None:
        button = next(one for one in message.post.buttons if one.action is action)
        self.team.store.write(press(person, message, button, secrets.token_hex(4), reason))

    def seen(self, person: str = "@erin", thread: int = 0) -> list[Message]:
        """What opsctl said that this person can see, oldest first."""
        messages = self.team.store.room.messages(self.channel, person, thread=thread, limit=100)
        return [one for one in messages if one.author == OPSCTL]

    def told(self, person: str) -> list[Message]:
        """Private words to that person, outside threads."""
        return [one for one in self.seen(person) if one.audience == person]

    def word(self, person: str) -> Message:
        """The next private word to that person."""
        wait_until(lambda: any(one.id not in self._heard for one in self.told(person)), 15)
        message = next(one for one in self.told(person) if one.id not in self._heard)
        self._heard.add(message.id)
        return message

    def asked(self, person: str, line: str, state: State) -> Operation:
        """Say a change, and wait until its operation has come to that state."""
        before = {one.id for one in self.team.store.operations(limit=None)}
        self.say(person, line)
        new = lambda: [one for one in self.team.store.operations(limit=None) if one.id not in before]  # noqa: E731
        wait_until(lambda: bool(new()), 15)
        operation = new()[0]
        self.until(operation, state)
        return self.team.row(operation.id)

    def until(self, operation: Operation, state: State) -> None:
        wait_until(lambda: self.team.state(operation.id) is state, 15)

    def message(self, key: str) -> Message:
        """The message of opsctl's whose key begins with that."""
        found = lambda: [  # noqa: E731
            one
            for channel in self.team.store.room.channels()
            for one in self.team.store.room.changes(0, 1000)
            if one.channel == channel.name and one.key.startswith(key)
        ]
        wait_until(lambda: bool(found()), 15)
        return max(found(), key=lambda one: one.id)

    def request(self, operation: Operation) -> Message:
        """The newest message that asks for approval."""
        return self.message(f"{operation.id}/approval/")

    def is_quiet(self) -> bool:
        """Whether everything that was said is dealt with, and everything that happened is told."""
        return not self.team.store.deliveries.open() and not self.team.store.outbox()

    def settle(self) -> None:
        wait_until(self.is_quiet, 15)
