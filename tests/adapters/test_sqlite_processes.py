"""Many processes on one store: at once, killed, of several users."""

import os
import random
import shutil
import signal
import tempfile
import time
from contextlib import closing
from pathlib import Path

import pytest
from tests.adapters.contract_store import an_operation, ending, requesting
from tests.adapters.processes import ended, in_processes, started

from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.core.errors import Conflict, StoreUnusable
from opsctl.core.operation import State

GROUP, MEMBER, SECOND_MEMBER, STRANGER = 64_001, 64_002, 64_003, 64_004
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as other users")


@pytest.fixture
def sqlite(tmp_path):
    with closing(SqliteStore.create(tmp_path / "site" / "store.db", "the-site")) as store:
        yield store


def test_of_twenty_processes_that_take_the_same_step_one_wins_and_the_others_are_told(sqlite):
    sqlite.write(requesting(an_operation()))
    path = sqlite.path
    choices = (State.DENIED, State.APPROVED, State.FAILED, State.INTERRUPTED)

    def race(n):
        state = choices[n % len(choices)]
        with closing(SqliteStore.open(path)) as store:
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
    assert sqlite.operation("op-aaaaaa").state == state
    assert [entry.kind for entry in sqlite.journal()] == ["requested", state]


def test_processes_that_start_at_once_on_nothing_get_one_store(tmp_path):
    path = tmp_path / "fresh" / "deep" / "store.db"

    def start(n):
        with closing(SqliteStore.create(path, "the-site")) as store:
            store.write(ending(f"op-{n}"))
            return store.id

    ids = in_processes(20, start)
    assert len(ids) == 20
    assert len(set(ids.values())) == 1
    with closing(SqliteStore.open(path)) as store:
        assert len(store.operations()) == 20
        assert store.verify().faults == ()
    assert [file.name for file in path.parent.iterdir() if file.name.startswith(".")] == []


def test_processes_that_append_at_once_make_one_chain(sqlite):
    path = sqlite.path

    def append(n):
        with closing(SqliteStore.open(path)) as store:
            for _ in range(20):
                store.write(lambda tx: tx.append(f"op-{n}", "step", {}))

    in_processes(8, append)
    found = sqlite.verify()
    assert (found.entries, found.faults) == (160, ())


def test_whatever_moment_a_process_is_killed_at_what_was_acknowledged_is_there(sqlite):
    path, moments, acknowledged = sqlite.path, random.Random(7), []

    def write_for_ever():
        with closing(SqliteStore.open(path)) as store:
            while True:
                entry = store.write(
                    lambda tx: (
                        tx.append("op-a", "step", {}),
                        tx.announce("op-a", "#x", {}),
                        tx.append("op-a", "step", {}),
                    )[2]
                )
                os.write(answer, f"{entry.seq} {entry.hash}\n".encode())

    for _ in range(25):
        answers, answer = os.pipe()
        pid = started(write_for_ever)
        os.close(answer)
        with os.fdopen(answers, encoding="utf-8") as lines:
            first = lines.readline()
            time.sleep(moments.uniform(0, 0.02))
            os.kill(pid, signal.SIGKILL)
            acknowledged += [first, *lines]
        assert ended(pid) == -signal.SIGKILL
        with closing(SqliteStore.open(path)) as store:
            assert store.verify().faults == ()
    entries = {str(entry.seq): entry.hash for entry in sqlite.journal()}
    assert len(acknowledged) > 25
    assert all(entries[seq] == digest for seq, digest in (line.split() for line in acknowledged if line.endswith("\n")))
    assert len(entries) == 2 * len(sqlite.outbox(limit=1_000_000))


# several users


def as_user(uid, run):
    """Whether `run` went through as that user, who is in no group but their own, and in GROUP unless a stranger."""

    def become_and_run():
        os.setgroups([GROUP] if uid != STRANGER else [])
        os.setgid(uid)
        os.setuid(uid)
        os.umask(0o077)
        run()

    return ended(started(become_and_run)) == 0


@pytest.fixture
def shared(sqlite):
    sqlite.write(ending())  # loads what another user may not be able to read: Python itself may be in a home
    sqlite.verify()
    folder = Path(tempfile.mkdtemp())  # pytest's own is closed to other users
    os.chown(folder, MEMBER, MEMBER)
    folder.chmod(0o755)
    yield folder / "site" / "store.db"
    shutil.rmtree(folder)


@needs_root
def test_two_users_of_a_group_share_a_store_and_a_stranger_does_not_get_in(shared):
    def create():
        with closing(SqliteStore.create(shared, "the-site", group=GROUP)) as store:
            store.write(ending("op-1"))

    def use():
        with closing(SqliteStore.open(shared)) as store:
            store.write(lambda tx: tx.append("op-1", "step", {}))
            assert store.verify().faults == ()

    def be_refused():
        with pytest.raises(StoreUnusable):
            SqliteStore.open(shared)

    assert as_user(MEMBER, create)
    for user in (SECOND_MEMBER, MEMBER, SECOND_MEMBER):
        assert as_user(user, use)
    assert as_user(STRANGER, be_refused)
    for file in (shared, shared.with_name("store.db.head")):
        assert (file.stat().st_gid, oct(file.stat().st_mode)[-4:]) == (GROUP, "0660")


@needs_root
def test_files_that_the_second_user_makes_are_open_to_the_first(shared):
    with_kill = []

    def create():
        SqliteStore.create(shared, "the-site", group=GROUP).close()

    def die_with_open_files():
        SqliteStore.open(shared).write(ending("op-1"))
        os.kill(os.getpid(), signal.SIGKILL)

    def use():
        with closing(SqliteStore.open(shared)) as store:
            store.write(ending("op-2"))
            assert store.verify().faults == ()

    assert as_user(MEMBER, create)
    assert not as_user(SECOND_MEMBER, die_with_open_files)
    for name in ("store.db-wal", "store.db-shm", "store.db.head"):
        found = shared.with_name(name).stat()
        with_kill.append((found.st_uid, found.st_gid, oct(found.st_mode)[-4:]))
    assert with_kill == [(SECOND_MEMBER, GROUP, "0660")] * 3
    assert as_user(MEMBER, use)


@needs_root
def test_a_store_that_a_user_may_only_read_is_read_and_not_written(shared):
    with closing(SqliteStore.create(shared, "the-site")) as store:
        store.write(ending("op-1"))
        shared.parent.chmod(0o755)
        for file in shared.parent.iterdir():
            file.chmod(0o644)

        def read():
            with closing(SqliteStore.open(shared)) as store:
                assert len(store.operations()) == 1
                with pytest.raises(StoreUnusable) as raised:
                    store.write(ending("op-2"))
                assert raised.value.reason == "store_read_only"

        assert as_user(STRANGER, read)
