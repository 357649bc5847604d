"""A relay at work on a test's team, and its people in Slack."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import uvicorn
from slack_sdk import WebClient
from starlette.applications import Starlette
from tests.core.team import Colleagues, a_site, publish, wait_until
from tests.doubles.slack import payloads
from tests.doubles.slack.payloads import Payload
from tests.doubles.slack.posting import Posting
from tests.doubles.slack.server import APP_TOKEN, TOKEN, SlackDouble
from tests.doubles.slack.sockets import SocketServer
from tests.doubles.slack.workspace import TEAM, Message, User, words_of

from opsctl.adapters.chats.slack.platform import of_settings
from opsctl.core.identity import Workspace
from opsctl.core.operation import Operation, State
from opsctl.core.platform import Platform
from opsctl.core.published_site import PublishedSite
from opsctl.relay.relay import Relay
from opsctl.relay.slack.part import SlackAccess, SlackPart
from opsctl.wiring import chat_of, takers_of

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
USERS = {"@alice": "U0ALICE", "@bob": "U0BOB", "@carol": "U0CAROL", "@dave": "U0DAVE", "@erin": "U0ERIN"}
OTHERS = {
    "U0GUEST": User("U0GUEST", "gina", is_guest=True),
    "U0GONE": User("U0GONE", "zoe", is_deleted=True),
    "U0ROBOT": User("U0ROBOT", "robot", is_bot=True),
    "U0ELSE": User("U0ELSE", "eve", team="T0OTHER"),
    "U0NOBODY": User("U0NOBODY", "alice"),  # who only calls themselves like somebody
}


def slack_site() -> PublishedSite:
    site = a_site()
    people = {handle: replace(one, slack=USERS[handle]) for handle, one in site.people.items()}
    return replace(site, people=people, slack=Workspace(TEAM, {"S0DBA": "dba"}))


def furnish(slack: SlackDouble) -> None:
    """The team's people and channels, and some who are none of it."""
    for user in [*(User(user, user.lower()) for user in USERS.values()), *OTHERS.values()]:
        slack.workspace.join(user)
    for name in ("ops", "deployments"):
        slack.workspace.open(name, *USERS.values())


def slack_relay(team: Colleagues, url: str, *, is_socket: bool) -> tuple[Relay, SlackPart]:
    """A relay for the Slack behind that address."""
    context = team.context("relay on here")
    platform = of_settings(url, lambda: TOKEN, context.published)
    context = replace(context, platform=lambda: platform)
    client = WebClient(TOKEN, base_url=url, timeout=5, retry_handlers=[])
    way = {"socket_token": APP_TOKEN} if is_socket else {"signing_secret": SECRET}
    access = SlackAccess(client, prefix="", **way)
    relay = Relay.of(context, chat_of(context), takers_of(context), {"slack": access.translator(platform)})
    return relay, SlackPart(relay, access, platform.directory)


@dataclass
class Office:
    """Slack as people use it; everything is waited for. `deliver` brings what they do to the app."""

    team: Colleagues
    slack: SlackDouble
    deliver: Callable[[Payload], object]
    posting: Posting | None = None
    platform: Platform | None = None
    channel: str = "deployments"
    heard: set[str] = field(default_factory=set)

    @property
    def place(self) -> str:
        return self.slack.workspace.called(self.channel).id

    def say(self, person: str, line: str) -> Payload:
        """Type a slash command; a line that begins with no other one is for /ops."""
        command, _, text = line.partition(" ") if line.startswith("/") else ("/ops", "", line)
        return self.bring(payloads.slash(user_of(person), text, command, self.place, self.channel))

    def mention(self, person: str, text: str, **more: Any) -> Payload:
        return self.bring(payloads.mention(user_of(person), text, self.place, **more))

    def write(self, person: str, text: str) -> Payload:
        """A direct message."""
        return self.bring(payloads.direct(user_of(person), text, self.slack.workspace.direct(user_of(person)).id))

    def react(self, person: str, message: Message, name: str, *, is_on: bool = True) -> Payload:
        workspace = self.slack.workspace
        (workspace.react if is_on else workspace.take_back)(message, user_of(person), name)
        return self.bring(payloads.reaction(user_of(person), name, message.channel, message.ts, is_on=is_on))

    def press(self, person: str, message: Message, action: str) -> Payload:
        value = next(one["value"] for one in buttons(message) if one["action_id"] == action)
        pressed = payloads.button(user_of(person), action, "", "", message.channel, message.ts)
        pressed.body["actions"][0]["value"] = value
        self.slack.workspace.triggers.add(pressed.body["trigger_id"])
        return self.bring(pressed)

    def send_off(self, person: str, view: dict[str, Any], text: str | None) -> Payload:
        return self.bring(payloads.submitted(user_of(person), view, text))

    def bring(self, payload: Payload) -> Payload:
        self.deliver(payload)
        return payload

    def all(self) -> list[Message]:
        return [one for channel in self.slack.workspace.channels.values() for one in channel.messages]

    def words(self, person: str) -> list[str]:
        """Private words to that person, oldest first: those that they alone see, and direct messages."""
        direct = self.slack.workspace.direct(user_of(person)).id
        own = [one for one in self.all() if one.seen_by == user_of(person) or one.channel == direct]
        return [words_of(one.blocks) or one.text for one in sorted(own, key=lambda one: one.ts)]

    def word(self, person: str) -> str:
        """The next private word to that person."""
        new = lambda: self.words(person)[self.count(person) :]  # noqa: E731
        wait_until(lambda: bool(new()), 15)
        found = new()[0]
        self.heard.add(f"{person} {self.count(person)}")
        return found

    def count(self, person: str) -> int:
        return sum(1 for one in self.heard if one.startswith(f"{person} "))

    def message(self, text: str) -> Message:
        """The newest message that everybody sees in which that stands."""
        found = lambda: [  # noqa: E731
            one for channel in self.slack.workspace.channels.values() for one in channel.shown(text)
        ]
        wait_until(lambda: bool(found()), 15)
        return max(found(), key=lambda one: one.ts)

    def request(self) -> Message:
        """The newest request for approval."""
        return self.message("React with ✅")

    def asked(self, person: str, line: str, state: State) -> Operation:
        before = {one.id for one in self.team.store.operations(limit=None)}
        self.say(person, line)
        return self.new(before, state)

    def new(self, before: set[str], state: State) -> Operation:
        """The operation that was not there before, once it has come to that state."""
        found = lambda: [one for one in self.team.store.operations(limit=None) if one.id not in before]  # noqa: E731
        wait_until(lambda: bool(found()), 15)
        self.until(found()[0], state)
        return self.team.row(found()[0].id)

    def until(self, operation: Operation, state: State) -> None:
        wait_until(lambda: self.team.state(operation.id) is state, 15)

    def settle(self) -> None:
        """Everything that was said is dealt with, everything that happened is told."""
        wait_until(lambda: not self.team.store.deliveries.open() and not self.team.store.outbox(), 15)


def user_of(person: str) -> str:
    return USERS.get(person, person)


def buttons(message: Message) -> list[dict[str, Any]]:
    return [one for block in message.blocks if block["type"] == "actions" for one in block["elements"]]


@contextmanager
def office(team: Colleagues, *, is_socket: bool) -> Iterator[Office]:
    """A relay that hears Slack in that way; the team's platform is at v2.4.0."""
    publish(team.store, slack_site())
    team.platform().has("v2.3.9", "v2.4.0")
    with SlackDouble() as slack, SocketServer() as server:
        furnish(slack)
        slack.open_connection = server.url
        relay, part = slack_relay(team, slack.url, is_socket=is_socket)
        relay.start()
        try:
            with part.listening(), served(part, relay) as base:
                if is_socket:
                    server.until(lambda: bool(server.connections))
                posting = Posting(base, SECRET)
                platform = of_settings(slack.url, lambda: TOKEN, team.context("relay").published)
                yield Office(team, slack, server.deliver if is_socket else posting.post, posting, platform)
        finally:
            relay.stop(5.0)
        assert slack.violations == []


@contextmanager
def served(part: SlackPart, relay: Relay) -> Iterator[str]:
    """Its routes behind a web server."""
    from opsctl.relay.app import assemble

    app: Starlette = assemble([part.routes], relay.acknowledged)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
