"""A relay that stops: what runs may end, what does not is left to the next one; and one that is deaf says so."""

import threading

from tests.core.team import Colleagues, wait_until
from tests.relay.at_work import Room, at_work, relay_of

from opsctl.core.operation import State


def test_a_running_operation_ends_within_the_grace_time(team: Colleagues) -> None:
    room, begun, may_end = Room(team), threading.Event(), threading.Event()

    def slowly(step: str) -> None:
        if step == "wait":
            begun.set()
            may_end.wait(10)

    team.platform("staging").on_step = slowly
    relay = relay_of(team)
    relay.start()
    room.say("@alice", "/deploy order-service v2.4.1 staging")
    assert begun.wait(10)
    threading.Timer(0.3, may_end.set).start()
    relay.stop(10.0)
    (operation,) = team.store.operations()
    assert operation.state is State.SUCCEEDED
    assert "✅ Deploy complete" in room.message(f"{operation.id}/main").post.text


def test_what_outlasts_the_grace_time_is_left_running_under_its_lease(team: Colleagues) -> None:
    room, begun, may_end = Room(team), threading.Event(), threading.Event()

    def slowly(step: str) -> None:
        if step == "wait":
            begun.set()
            may_end.wait(10)

    team.platform("staging").on_step = slowly
    relay = relay_of(team)
    relay.start()
    room.say("@alice", "/deploy order-service v2.4.1 staging")
    assert begun.wait(10)
    relay.stop(0.1)
    (operation,) = team.store.operations()
    assert operation.state is State.RUNNING
    assert [lock.operation for lock in team.store.locks() if "/" in lock.key] == [operation.id]
    may_end.set()
    wait_until(lambda: team.state(operation.id) is State.SUCCEEDED)


def test_a_stopped_relay_takes_nothing_more(team: Colleagues) -> None:
    room = Room(team)
    relay = relay_of(team)
    relay.start()
    relay.stop(1.0)
    room.say("@alice", "/approvals")
    assert [one.holder for one in team.store.deliveries.open()] == [""]
    with at_work(team):
        assert room.word("@alice").post.text == "Nothing waits for approval."


def test_an_alive_but_deaf_relay_is_not_ready(team: Colleagues) -> None:
    room, silence = Room(team), threading.Event()

    def silent(step: str) -> None:
        del step
        silence.wait(20)

    with at_work(team) as relay:
        relay.probe.round_trip_seconds, relay.probe.valid_seconds = 0.5, 0.0
        assert relay.probe.finding().is_ready
        assert team.store.deliveries.open() == []
        # Everybody is at work, and nobody gets on.
        team.platform().on_step = silent
        for number in range(8):
            room.say(f"@visitor{number}", "/status order-service --environment production")
        wait_until(lambda: relay.inbox.depth == 8)
        found = relay.probe.finding()
        assert not found.is_ready
        assert found.parts["deliveries"] == "a probe was not taken within 0.5 s"
        assert {state for part, state in found.parts.items() if part != "deliveries"} == {"ok"}
        assert found.round_trip_seconds is None
        silence.set()
        wait_until(lambda: relay.probe.finding().is_ready)
        wait_until(lambda: team.store.deliveries.open() == [])
