"""Slack's part of the relay: what understands it, and the way on which it is heard, as the settings say."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from slack_sdk import WebClient
from starlette.routing import BaseRoute

from opsctl import wiring
from opsctl.core.platform import Directory, Platform
from opsctl.doctor.slack_round_trip import QUIET, SECONDS, RoundTrip, newest_message
from opsctl.relay.receiving import Receiver
from opsctl.relay.relay import Relay
from opsctl.relay.slack.arrival import PLATFORM, Arrival, Kind
from opsctl.relay.slack.asking import AskingWhy
from opsctl.relay.slack.hearing import QUIET_SECONDS, Hearing, Line, Posted
from opsctl.relay.slack.routes import routes
from opsctl.relay.slack.socket_mode import Socket
from opsctl.relay.slack.translator import SlackTranslator
from opsctl.wiring.slack import slack_emoji


@dataclass(frozen=True, slots=True)
class SlackAccess:
    """What hearing Slack takes. `socket_token` empty: it posts to the relay, signed with `signing_secret`."""

    client: WebClient
    command: str = "/ops"
    prefix: str = ""
    socket_token: str = ""
    signing_secret: str = ""

    def translator(self, platform: Platform) -> SlackTranslator:
        """What understands Slack's deliveries."""
        return SlackTranslator(platform.directory, platform.reactions, slack_emoji, self.command, self.prefix)


class SlackPart:
    """Hears Slack for one relay while `listening` is entered; has no routes where it holds a connection of its own."""

    def __init__(
        self,
        relay: Relay,
        access: SlackAccess,
        people: Directory,
        quiet_seconds: float = QUIET_SECONDS,
        trip_seconds: float = SECONDS,
    ) -> None:
        self._relay = relay
        context, log = relay.context, relay.log
        trip = RoundTrip(access.client, lambda: newest_message(context.store), trip_seconds)
        self._asking = AskingWhy(access.client, people, wiring.chat_of(context), access.command, log)

        def is_own(arrival: Arrival) -> bool:
            hearing.heard()
            return arrival.kind is Kind.EVENT and trip.came(arrival.payload)

        line: Line
        self.routes: Sequence[BaseRoute] = ()
        if access.socket_token:
            line = socket = Socket(access.client, access.socket_token, context.store, self._arrived, is_own, log)
            relay.probe.counted["slack_connections"] = lambda: socket.connections
        else:
            line = Posted()
            receiver = Receiver(context.store)
            self.routes = routes(receiver, access.signing_secret, self._arrived, is_own, log)
        hearing = Hearing(line, trip, log, quiet_seconds)
        relay.probe.outside[PLATFORM] = lambda: hearing.state
        relay.probe.counted[QUIET] = lambda: hearing.silent_seconds
        self._hearing = hearing

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear until the block ends."""
        self._hearing.start()
        try:
            yield
        finally:
            self._hearing.stop()

    def _arrived(self, arrival: Arrival) -> None:
        self._relay.inbox.wake()
        self._asking(arrival)
