"""Slack over Socket Mode: acknowledged once stored, and never deaf without knowing it."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from slack_sdk import WebClient
from tests.core.team import Colleagues, wait_until
from tests.doubles.slack.orders import Dropped, RateLimited, Refused
from tests.doubles.slack.payloads import Payload, button, event, mention, slash
from tests.doubles.slack.server import APP_TOKEN, TOKEN, SlackDouble
from tests.doubles.slack.sockets import SocketServer, Unruly

from opsctl.doctor.slack_round_trip import RoundTrip
from opsctl.relay.log import Log
from opsctl.relay.slack.arrival import Arrival
from opsctl.relay.slack.hearing import Hearing
from opsctl.relay.slack.socket_mode import Pace, Socket


@dataclass
class Ear:
    """A relay's socket, connected to a Slack."""

    team: Colleagues
    slack: SlackDouble
    server: SocketServer
    socket: Socket
    hearing: Hearing
    arrived: list[Arrival] = field(default_factory=list)

    @property
    def stored(self) -> list[str]:
        return [one.id for one in self.team.store.deliveries.open()]


@pytest.fixture
def slack() -> Iterator[SlackDouble]:
    with SlackDouble() as double, SocketServer() as server:
        double.open_connection = server.url
        double.server = server  # type: ignore[attr-defined]  # kept together for the tests
        yield double
        assert double.violations == []


def ear(team: Colleagues, slack: SlackDouble, quiet_seconds: float = 300.0, message: str | None = None) -> Ear:
    server: SocketServer = slack.server  # type: ignore[attr-defined]
    client = WebClient(TOKEN, base_url=slack.url, timeout=5)
    arrived: list[Arrival] = []
    trip = RoundTrip(client, lambda: message, seconds=1.0)

    def is_own(arrival: Arrival) -> bool:
        hearing.heard()
        return trip.came(arrival.payload)

    socket = Socket(client, APP_TOKEN, team.store, arrived.append, is_own, Log(), ping_seconds=0.3)
    hearing = Hearing(socket, trip, Log(), quiet_seconds)
    return Ear(team, slack, server, socket, hearing, arrived)


@pytest.fixture
def heard(team: Colleagues, slack: SlackDouble) -> Iterator[Ear]:
    one = ear(team, slack)
    one.hearing.start()
    wait_until(lambda: one.hearing.state == "ok", 20)
    yield one
    one.hearing.stop()


def test_what_comes_is_stored_as_it_came_and_then_acknowledged(heard: Ear) -> None:
    payloads = [slash("U1", "status"), mention("U1", "<@U0BOT> status"), button(*"UROPCT")]
    assert [heard.server.deliver(one) for one in payloads] == [True] * 3
    assert len(heard.stored) == 3
    wait_until(lambda: len(heard.arrived) == 3)  # told after the acknowledgement
    assert '"envelope_id"' in heard.team.store.deliveries.open()[0].body


def test_what_comes_twice_is_acknowledged_twice_and_stored_once(heard: Ear) -> None:
    unruly = Unruly(heard.server)
    assert unruly.twice(mention("U1", "<@U0BOT> status"), same_envelope=True)
    assert unruly.twice(mention("U1", "<@U0BOT> status"), same_envelope=False)
    assert unruly.twice(slash("U1", "status"), same_envelope=False)
    assert len(heard.stored) == 3
    wait_until(lambda: len(heard.arrived) == 3)  # told after the acknowledgement


def test_what_is_said_by_one_after_the_other_is_stored_in_that_order(heard: Ear) -> None:
    said = [slash("U1", f"deploy order-service v{number} staging") for number in range(30)]
    for number, one in enumerate(said):
        heard.server.bring(one, f"e-{number}")
    heard.server.until(lambda: len(heard.server.acknowledged) == 30)
    assert heard.stored == [f"command/{one.body['trigger_id']}" for one in said]


def test_a_store_that_is_away_leaves_events_unacknowledged_and_tells_who_typed(heard: Ear) -> None:
    heard.team.store.close()
    assert not heard.server.deliver(mention("U1", "<@U0BOT> status"), seconds=1.0)
    assert heard.server.deliver(slash("U1", "status"), envelope="e-1")
    assert "nothing was done" in heard.server.acknowledged["e-1"]["text"]


def test_what_can_not_be_understood_is_acknowledged_or_it_would_come_for_ever(heard: Ear) -> None:
    assert heard.server.deliver(Payload("unheard_of", {"a": 1}))
    assert heard.stored == []


def test_a_connection_that_slack_wants_replaced_is_replaced(heard: Ear) -> None:
    heard.server.say_goodbye()
    heard.server.until(lambda: heard.server.greeted >= 2)
    wait_until(lambda: heard.hearing.state == "ok", 20)
    assert heard.server.deliver(slash("U1", "status"))


def test_a_connection_that_is_cut_is_replaced(heard: Ear) -> None:
    heard.server.cut()
    heard.server.until(lambda: heard.server.greeted >= 2)
    wait_until(lambda: heard.hearing.state == "ok", 20)
    assert heard.server.deliver(slash("U1", "status"))


def test_ghost_connections_are_counted(team: Colleagues, slack: SlackDouble) -> None:
    slack.server.ghosts = 2  # type: ignore[attr-defined]
    one = ear(team, slack)
    one.hearing.start()
    wait_until(lambda: one.socket.connections == 3, 20)
    one.hearing.stop()


@pytest.mark.parametrize("order", [Refused("invalid_auth"), RateLimited(1), Dropped()])
def test_until_slack_gives_a_connection_it_is_asked_again_and_what_is_wrong_is_told(
    team: Colleagues, slack: SlackDouble, order: object
) -> None:
    slack.always("apps.connections.open", order)  # type: ignore[arg-type]
    one = ear(team, slack)
    one.hearing.start()
    time.sleep(1.0)
    assert "connect" in one.hearing.state
    slack.always("apps.connections.open", None)
    wait_until(lambda: one.hearing.state == "ok", 30)
    one.hearing.stop()


def message_of_ours(slack: SlackDouble) -> str:
    """A message that the app posted, with the events of its reactions brought to it."""
    client = WebClient(TOKEN, base_url=slack.url)
    channel = client.conversations_create(name="deployments")["channel"]["id"]
    posted = client.chat_postMessage(channel=channel, text="🚀 Deploy")
    server: SocketServer = slack.server  # type: ignore[attr-defined]
    slack.on_event = lambda inner: server.bring(event(inner), f"e-{time.monotonic()}")
    return f"{channel}/{posted['ts']}"


def test_a_socket_that_is_quiet_is_proven_by_a_round_trip(team: Colleagues, slack: SlackDouble) -> None:
    one = ear(team, slack, quiet_seconds=0.5, message=message_of_ours(slack))
    one.hearing.start()
    wait_until(lambda: len(slack.calls("reactions.add")) > 1, 20)
    assert one.hearing.state == "ok"
    assert one.server.greeted == 1
    assert one.stored == []  # nobody but the relay itself needs to hear of it
    one.hearing.stop()
    wait_until(lambda: len(slack.calls("reactions.remove")) == len(slack.calls("reactions.add")))


def test_a_socket_that_stays_open_and_brings_nothing_is_noticed_and_replaced(
    team: Colleagues, slack: SlackDouble, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "opsctl.relay")
    one = ear(team, slack, quiet_seconds=0.5, message=message_of_ours(slack))
    one.hearing.start()
    wait_until(lambda: one.hearing.state == "ok" and bool(one.server.connections), 20)
    one.server.connections[0].is_silent = True
    wait_until(lambda: "nothing that happens there arrives" in one.hearing.state, 30)
    one.server.until(lambda: one.server.greeted >= 2)
    wait_until(lambda: one.hearing.state == "ok", 30)
    assert any(one.server.deliver(slash("U1", "status")) for _ in range(3)), "it may be replaced once more meanwhile"
    assert "deaf" in [record.message for record in caplog.records]
    one.hearing.stop()


def test_after_connections_that_do_not_last_the_next_one_waits_longer_and_longer() -> None:
    pace = Pace()
    assert [pace.next() for _ in range(6)] == [0.0, 0.5, 1.0, 2.0, 4.0, 8.0]
    assert max(pace.next() for _ in range(10)) == 60.0
