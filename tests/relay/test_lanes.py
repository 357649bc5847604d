"""Lanes: in each, one after the other; side by side, as many as there are threads; nobody holds up anybody else."""

import threading

from tests.core.team import wait_until

from opsctl.relay.lanes import Lanes


def stuck(silence: threading.Event) -> None:
    silence.wait(10)


def test_the_work_of_a_lane_is_done_in_order_and_never_side_by_side() -> None:
    lanes, done, inside = Lanes(4), [], threading.Lock()
    lanes.start()

    def work(number: int) -> None:
        assert inside.acquire(blocking=False)
        done.append(number)
        inside.release()

    for number in range(200):
        lanes.put("@alice", lambda number=number: work(number))
    assert lanes.drain(10)
    assert done == list(range(200))


def test_who_says_much_holds_up_nobody_else() -> None:
    lanes, order = Lanes(1), []
    for number in range(50):
        lanes.put("@alice", lambda number=number: order.append(("@alice", number)))
    lanes.put("@bob", lambda: order.append(("@bob", 0)))
    lanes.start()
    assert lanes.drain(10)
    assert order.index(("@bob", 0)) == 1


def test_a_lane_that_is_stuck_leaves_the_others_free() -> None:
    lanes, silence, done = Lanes(2), threading.Event(), threading.Event()
    lanes.start()
    lanes.put("@alice", lambda: stuck(silence))
    lanes.put("@alice", lambda: None)
    lanes.put("@bob", done.set)
    assert done.wait(5)
    assert lanes.depth == 2
    silence.set()
    assert lanes.drain(10)


def test_what_can_not_be_ended_in_time_is_said() -> None:
    lanes, silence = Lanes(1), threading.Event()
    lanes.start()
    lanes.put("@alice", lambda: stuck(silence))
    assert not lanes.drain(0.05)
    silence.set()
    wait_until(lambda: not lanes.is_alive)
