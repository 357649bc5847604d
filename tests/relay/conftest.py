"""A relay at work, and the room that it hears."""

from collections.abc import Iterator

import pytest
from tests.core.team import Colleagues
from tests.relay.at_work import Room, at_work

from opsctl.relay.relay import Relay


@pytest.fixture
def relay(team: Colleagues) -> Iterator[Relay]:
    team.platform().has("v2.3.9", "v2.4.0")
    with at_work(team) as relay:
        yield relay


@pytest.fixture
def room(team: Colleagues, relay: Relay) -> Room:
    del relay
    return Room(team)
