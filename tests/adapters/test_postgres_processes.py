"""Many processes on one PostgreSQL store: at once, killed, cut off, and the server restarted under them."""

import os
import random
import signal
import socket
import threading
import time
from contextlib import closing, suppress
from functools import partial

import psycopg
import pytest
from tests.adapters.contract_store import an_operation, ending, requesting, run_at_once
from tests.adapters.postgres_server import started_server, stopped
from tests.adapters.processes import ended, in_processes, started

from opsctl.adapters.stores.postgresql.store import PostgresStore
from opsctl.core.errors import Conflict
from opsctl.core.operation import State


@pytest.fixture(scope="module")
def server():
    server = started_server()
    yield server
    stopped(server)


@pytest.fixture
def url(server):
    return server.new_database()


@pytest.fixture
def postgres(url):
    with closing(PostgresStore.create(url, "the-site")) as store:
        yield store


def test_of_twenty_processes_that_take_the_same_step_one_wins_and_the_others_are_told(postgres, url):
    postgres.write(requesting(an_operation()))
    choices = (State.DENIED, State.APPROVED, State.FAILED, State.INTERRUPTED)

    def race(n):
        state = choices[n % len(choices)]
        with closing(PostgresStore.open(url)) as store:
            try:
                store.write(
                    lambda tx: (
                        tx.update(an_operation(state=state), State.REQUESTED),
                        tx.append("op-aaaaaa", state.value, {}),
                    )
                )
            except Conflict as conflict:
                return f"lost to {conflict.reason}"
            return f"won {state}"

    told = list(in_processes(20, race).values())
    (won,) = [answer for answer in told if answer.startswith("won ")]
    state = won.removeprefix("won ")
    assert sorted(told) == sorted([won, *[f"lost to {state}"] * 19])
    assert [entry.kind for entry in postgres.journal()] == ["requested", state]


def test_processes_that_start_at_once_on_nothing_get_one_store(url):
    def start(n):
        with closing(PostgresStore.create(url, "the-site")) as store:
            store.write(ending(f"op-{n}"))
            return store.id

    ids = in_processes(20, start)
    assert len(set(ids.values())) == 1
    with closing(PostgresStore.open(url)) as store:
        assert len(store.operations()) == 20
        assert store.verify().faults == ()


def test_processes_that_append_at_once_make_one_chain(postgres, url):
    def append(n):
        with closing(PostgresStore.open(url)) as store:
            for _ in range(20):
                store.write(lambda tx: tx.append(f"op-{n}", "step", {}))

    in_processes(8, append)
    found = postgres.verify()
    assert (found.entries, found.faults) == (160, ())


def test_whatever_moment_a_process_is_killed_at_what_was_acknowledged_is_there(postgres, url):
    moments, acknowledged = random.Random(7), []

    def write_for_ever():
        with closing(PostgresStore.open(url)) as store:
            while True:
                entry = store.write(
                    lambda tx: (
                        tx.append("op-a", "step", {}),
                        tx.announce("op-a", "#x", {}),
                        tx.append("op-a", "step", {}),
                    )[2]
                )
                os.write(answer, f"{entry.seq} {entry.hash}\n".encode())

    for _ in range(15):
        answers, answer = os.pipe()
        pid = started(write_for_ever)
        os.close(answer)
        with os.fdopen(answers, encoding="utf-8") as lines:
            first = lines.readline()
            time.sleep(moments.uniform(0, 0.02))
            os.kill(pid, signal.SIGKILL)
            acknowledged += [first, *lines]
        assert ended(pid) == -signal.SIGKILL
    assert postgres.verify().faults == ()
    entries = {str(entry.seq): entry.hash for entry in postgres.journal()}
    assert len(acknowledged) > 15
    assert all(entries[seq] == digest for seq, digest in (line.split() for line in acknowledged if line.endswith("\n")))
    assert len(entries) == 2 * len(postgres.outbox(limit=1_000_000))


def test_who_falls_silent_in_the_middle_of_a_transaction_does_not_keep_the_others_from_writing(postgres, url):
    begun, begin = os.pipe()

    def fall_silent():
        with closing(PostgresStore.open(url)) as store:
            store.write(lambda tx: (tx.append("op-silent", "step", {}), os.write(begin, b"!"), time.sleep(600)))

    pid = started(fall_silent)
    os.read(begun, 1)
    os.kill(pid, signal.SIGSTOP)
    try:
        postgres.write(lambda tx: tx.append("op-a", "step", {}))
    finally:
        os.kill(pid, signal.SIGKILL)
        ended(pid)
    assert [entry.operation for entry in postgres.journal()] == ["op-a"]


# the connection is lost


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_a_server_that_is_restarted_loses_and_repeats_nothing(how):
    server = started_server()
    try:
        with closing(PostgresStore.create(server.new_database(), "the-site", patience_seconds=60)) as store:
            until, told = time.monotonic() + 6, []

            def write(n):
                count = 0
                while time.monotonic() < until:
                    told.append(store.write(partial(one_more, n, count)))
                    assert store.operation(f"op-{n}") is None
                    count += 1

            restarts = threading.Thread(target=lambda: [(time.sleep(1), server.restart(how)) for _ in range(2)])
            restarts.start()
            run_at_once(8, write)
            restarts.join()
            found = list(store.journal())
            assert sorted(told) == [(entry.operation, entry.facts["n"]) for entry in sorted(found, key=by_number)]
            assert len(told) > 100
            assert store.verify().faults == ()
    finally:
        stopped(server)


def one_more(n, count, tx):
    tx.append(f"op-{n}", "step", {"n": count})
    return f"op-{n}", count


def by_number(entry):
    return entry.operation, entry.facts["n"]


class Cut:
    """A way to the server that is cut when a COMMIT comes by.

    Before it gets there, after (before its answer comes back), or before and so that the server hears nothing of it.
    """

    def __init__(self, port, when):
        self._port = port
        self._when = when
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.cuts_left = 0
        self._ends = [self._listening]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._port))
            self._ends += [near, far]
            threading.Thread(target=self._carry, args=(near, far, True), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, False), daemon=True).start()

    def _carry(self, source, sink, is_request):
        try:
            while data := source.recv(65536):
                if is_request and b"COMMIT" in data and self.cuts_left:
                    self.cuts_left -= 1
                    source.shutdown(socket.SHUT_RDWR)
                    if self._when == "silently":
                        return
                    if self._when == "after":
                        sink.sendall(data)
                        time.sleep(0.3)
                    break
                sink.sendall(data)
            sink.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the other direction has ended it

    def close(self):
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads from it
        for end in self._ends:
            end.close()


@pytest.mark.parametrize(("when", "cuts"), [("before", 5), ("after", 5), ("silently", 1)])
def test_a_connection_that_is_cut_while_a_commit_is_under_way_records_it_once(server, url, when, cuts):
    with closing(PostgresStore.create(url, "the-site")) as store, closing(Cut(server.port, when)) as cut:
        way = url.replace(str(server.port), str(cut.port))
        with closing(PostgresStore.open(way)) as far:
            for n in range(cuts):
                cut.cuts_left = 1
                assert far.write(partial(one_more, 1, n)) == ("op-1", n)
                assert cut.cuts_left == 0
        assert [entry.facts["n"] for entry in store.journal()] == list(range(cuts))
        assert store.verify().faults == ()


def test_connections_that_the_server_ends_are_made_anew(postgres, server):
    postgres.write(ending("op-1"))
    for n in range(2, 6):
        server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'opsctl'")
        assert postgres.newest_seq() == 2 * (n - 1)
        server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'opsctl'")
        postgres.write(ending(f"op-{n}"))
    assert postgres.verify().faults == ()


def test_everybody_who_listens_hears_of_a_commit(postgres, url):
    with psycopg.connect(url, autocommit=True) as listening:
        listening.execute("LISTEN opsctl")
        postgres.write(lambda tx: tx.append("op-a", "step", {}))
        assert [heard.channel for heard in listening.notifies(timeout=1, stop_after=1)] == ["opsctl"]
