"""Three relays and ten terminals on one PostgreSQL store, under a killer, and the server restarted twice."""

import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing

import pytest
from tests.adapters.postgres_server import started_server, stopped
from tests.core.file_platform import FileAdapters
from tests.core.team import Colleagues, a_site, publish, wait_until
from tests.real.killer import ROOT
from tests.relay.at_work import Room
from tests.relay.test_killed import LINES, all_messages, check_nothing_is_left
from tests.soak import IS_SOAK

from opsctl.adapters.stores.postgresql.store import PostgresStore
from opsctl.core.operation import FINAL, State
from opsctl.core.ports import Cause

RELAYS, TERMINALS = 3, 10
SECONDS = 600 if IS_SOAK else 20


class Crowd:
    """The processes, each in a place of its own, where another takes over as soon as one is killed."""

    def __init__(self, folder, url, seed):
        self._folder, self._url, self._seed = folder, url, seed
        self._started = 0
        self.relays = [self._relay() for _ in range(RELAYS)]
        for relay in self.relays:
            assert relay.stdout.readline() == b"at work\n"
        self.terminals = [self._terminal() for _ in range(TERMINALS)]

    def kill_one(self, dice):
        if dice.random() < 0.4:
            self._replace(self.relays, dice.randrange(RELAYS), self._relay)
        else:
            self._replace(self.terminals, dice.randrange(TERMINALS), self._terminal)

    def replace_the_dead(self):
        """What a supervisor does: one that starts while the server is away ends at once."""
        for processes, start in ((self.relays, self._relay), (self.terminals, self._terminal)):
            for place, process in enumerate(processes):
                if process.poll() is not None:
                    self._replace(processes, place, start)

    def kill(self, processes):
        for process in processes:
            process.kill()
            process.communicate()

    def _replace(self, processes, place, start):
        self.kill([processes[place]])
        processes[place] = start()

    def _relay(self):
        return self._start("tests.relay.relay_process", str(self._folder), "0.02", self._url)

    def _terminal(self):
        self._started += 1
        return self._start(
            "tests.real.terminal_on_postgres", str(self._folder), self._url, f"{self._seed} {self._started}"
        )

    def _start(self, *words):
        return subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )


@pytest.fixture
def server():
    server = started_server()
    yield server
    stopped(server)


@pytest.mark.timeout(SECONDS + 180)
def test_whoever_is_killed_each_thing_is_done_once_and_nothing_is_lost(server, tmp_path):
    seed, url = 7, server.new_database()
    with closing(PostgresStore.create(url, "acme", patience_seconds=60)) as store:
        publish(store, a_site())
        team = Colleagues(store, FileAdapters(tmp_path / "platform"), folder=tmp_path)
        for environment in ("production", "staging"):
            list(team.adapters.platform("order-service", environment).deploy("v2.4.0", Cause("op-given0", "@bob")))
        room, dice = Room(team), random.Random(seed)
        crowd = Crowd(tmp_path, url, seed)
        try:
            said = talk_and_kill(server, room, crowd, dice)
            crowd.kill(crowd.terminals)
            wait_until(lambda: not store.deliveries.open(), 90)
            wait_until(lambda: open_states(store) <= {State.AWAITING_APPROVAL}, 60)
            for waiting in store.operations(states=[State.AWAITING_APPROVAL], limit=None):
                team.ask(waiting.person, f"cancel {waiting.id}")
            check_nothing_is_left(room)
            taken = server.sql("SELECT request, holder FROM deliveries", url.rsplit("/", 1)[1])
            check_once(store, room, [request for request, _ in taken], said)
            assert len({holder for _, holder in taken}) >= 2
        finally:
            crowd.kill([*crowd.terminals, *crowd.relays])


def talk_and_kill(server, room, crowd, dice):
    """How many lines were said in the room, while somebody is killed again and again."""
    said, began, restarts = 0, time.monotonic(), ["immediate", "fast"]
    while (gone := time.monotonic() - began) < SECONDS:
        line = dice.choice(LINES).format(dice.choice("12"))
        room.say(dice.choice(["@alice", "@bob", "@carol"]), line)
        said += 1
        if dice.random() < 0.12:
            crowd.kill_one(dice)
        crowd.replace_the_dead()
        if restarts and gone > SECONDS * (3 - len(restarts)) / 3:
            server.restart(restarts.pop())
        time.sleep(dice.uniform(0.1, 0.5))
    crowd.replace_the_dead()
    return said


def open_states(store):
    return {one.state for one in store.operations(limit=None)} - FINAL


def check_once(store, room, requests, said):
    """Each line in the room is one operation or answered once; nothing runs or ends twice; one change at a time."""
    operations = {one.id: one for one in store.operations(limit=None)}
    told = Counter(one.key for one in all_messages(room) if one.audience)
    assert set(told.values()) == {1}
    assert len(requests) == said
    for request in requests:
        # What terminals did since is a reason not to make a change that was said before; that is told.
        assert (request in operations) or told[f"{request}/told"], request
    kinds = Counter((entry.operation, entry.kind) for entry in store.journal())
    assert {count for (_, kind), count in kinds.items() if kind in ("requested", "running")} == {1}
    ends = Counter(entry.operation for entry in store.journal() if entry.kind in FINAL)
    assert set(ends.values()) == {1}
    locks, running = {one.id: one.lock for one in operations.values()}, {}
    for entry in store.journal():
        lock = locks.get(entry.operation)
        if entry.kind == State.RUNNING:
            assert lock not in running, (entry, running)
            running[lock] = entry.operation
        elif entry.kind in FINAL and running.get(lock) == entry.operation:
            del running[lock]
