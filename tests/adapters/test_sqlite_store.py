import os
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from tests.adapters.contract_incidents import IncidentContract
from tests.adapters.contract_room import RoomContract
from tests.adapters.contract_store import AT, StoreContract, an_operation, ending

from opsctl.adapters.stores.sql import reads
from opsctl.adapters.stores.sql.database import Head
from opsctl.adapters.stores.sql.transaction import SqlTransaction
from opsctl.adapters.stores.sqlite.clock import SystemClock
from opsctl.adapters.stores.sqlite.schema import MIGRATIONS
from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.core.canonical import canonical
from opsctl.core.errors import StoreUnusable
from opsctl.core.journal import GENESIS, SITE_PUBLISHED, entry_hash
from opsctl.core.store import RecordQuery
from opsctl.core.telling import request_facts


@pytest.fixture
def sqlite(tmp_path):
    store = SqliteStore.create(tmp_path / "site" / "store.db", "the-site")
    yield store
    store.close()


@pytest.fixture
def opened_again(sqlite):
    store = SqliteStore.open(sqlite.path)
    yield store
    store.close()


class TestSqliteStore(StoreContract, RoomContract, IncidentContract):
    @pytest.fixture
    def store(self, sqlite):
        return sqlite

    @pytest.fixture
    def other(self, opened_again):
        return opened_again


class SetClock:
    """A clock that stands where the test sets it."""

    def __init__(self, boot="first-boot", uptime=1000.0, wall=datetime(2026, 3, 4, 12, tzinfo=UTC)):
        self.boot = boot
        self.wall = wall
        self.at = uptime

    def uptime(self):
        return self.at

    def now(self):
        return self.wall


@pytest.fixture
def raw(sqlite):
    """A connection as anybody could make one."""
    connection = sqlite3.connect(sqlite.path, isolation_level=None)
    yield connection
    connection.close()


# the journal refuses


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET kind = 'x'",
        "UPDATE OR REPLACE journal SET seq = 2 WHERE seq = 1",
        "UPDATE OR IGNORE journal SET body = '{}'",
        "DELETE FROM journal",
        "DELETE FROM journal WHERE seq = 3",
        "INSERT OR REPLACE INTO journal SELECT 2, at, operation, kind, '{}', previous, hash FROM journal WHERE seq = 2",
        "REPLACE INTO journal SELECT * FROM journal WHERE seq = 3",
        "INSERT INTO journal SELECT 5, at, operation, kind, body, previous, hash FROM journal WHERE seq = 3",
        "INSERT OR IGNORE INTO journal SELECT 0, at, operation, kind, body, previous, hash FROM journal WHERE seq = 3",
        "INSERT INTO journal (at, operation, kind, body, previous, hash) VALUES ('', '', '', '', '', '')",
        "INSERT INTO journal SELECT * FROM journal WHERE seq = 1 ON CONFLICT (seq) DO UPDATE SET kind = 'x'",
    ],
)
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_the_journal_refuses_to_be_changed_even_by_raw_sql(sqlite, raw, statement, recursive):
    sqlite.write(lambda tx: [tx.append("op-a", "step", {"n": n}) for n in range(3)])
    before = list(sqlite.journal())
    raw.execute(f"PRAGMA recursive_triggers = {recursive}")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(statement)
    assert list(sqlite.journal()) == before


# what a store is, and is not


def test_creating_it_where_it_is_opens_it(sqlite):
    again = SqliteStore.create(sqlite.path, "the-site", is_demo=True)
    assert (again.id, again.is_demo) == (sqlite.id, False)
    again.close()


def test_a_demos_store_says_so(tmp_path):
    with closing(SqliteStore.create(tmp_path / "store.db", "the-site", is_demo=True)) as store:
        assert store.is_demo


def test_its_path_may_hold_what_a_url_may_not(tmp_path):
    path = tmp_path / "a b?c#d%20" / "störe?.db"
    with closing(SqliteStore.create(path, "the-site")) as store:
        store.write(ending())
        assert store.verify().faults == ()
    assert path.exists()


@pytest.mark.parametrize(
    ("expected", "reason"), [({"site_id": "another"}, "other_site"), ({"store_id": "another"}, "other_store")]
)
def test_the_store_of_another_site_is_refused(sqlite, expected, reason):
    refused(reason, lambda: SqliteStore.open(sqlite.path, **expected))


def test_the_store_that_was_named_is_opened(sqlite):
    SqliteStore.open(sqlite.path, site_id="the-site", store_id=sqlite.id).close()


def test_a_newer_store_is_refused_with_what_to_do(sqlite, raw):
    raw.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    error = refused("newer_store", lambda: SqliteStore.open(sqlite.path))
    assert "newer opsctl" in error.happened
    assert "upgrade" in error.do


def test_a_store_without_a_schema_version_yet_is_brought_to_the_newest(tmp_path):
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
        raw.executemany(
            "INSERT INTO meta VALUES (?, ?)", [("schema", "0"), ("store", "st-1"), ("site", "s"), ("demo", "no")]
        )
    # Version 0 has no tables but this one, which the first migration makes: it fails, and leaves nothing behind.
    refused("store_unusable", lambda: SqliteStore.open(path))
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() == [("meta",)]
        assert raw.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone() == ("0",)


def test_what_the_first_schema_kept_is_there_after_it_is_brought_to_the_newest(tmp_path):
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for statement in MIGRATIONS[0]:
            raw.execute(statement)
        raw.executemany("INSERT INTO meta VALUES (?, ?)", [("schema", "1"), ("store", "st-1"), ("site", "the-site")])
        at = "2026-03-04T12:00:00.000000Z"
        facts = {name: fact for name, fact in request_facts(an_operation("op-1")).items() if name != "lock"}
        body = canonical(facts)
        digest = entry_hash(GENESIS, 1, at, "op-1", "requested", body)
        raw.execute("INSERT INTO journal VALUES (1, ?, 'op-1', 'requested', ?, ?, ?)", (at, body, GENESIS, digest))
        raw.execute("INSERT INTO outbox (seq, operation, channel, body, at) VALUES (1, 'op-1', '#ops', '{}', ?)", (at,))
        columns = "id, command, person, origin, channel, service, environment, state, requested_at, holder"
        row = ("op-1", "/x", "@alice", "terminal", "#ops", "order-service", "production", "requested", at, "")
        raw.execute(f"INSERT INTO operations ({columns}) VALUES ({', '.join('?' * 10)})", row)
    store = SqliteStore.open(path)
    assert [(item.operation, item.target, item.trouble) for item in store.outbox()] == [("op-1", "chat", "")]
    assert [entry.hash for entry in store.entries("op-1")] == [digest]
    assert store.room.channels() == []
    assert [row.lock for row in store.operations()] == ["order-service/production"]
    store.close()


def test_no_store_is_an_error_that_says_how_to_make_one(tmp_path):
    assert "opsctl init" in refused("no_store", lambda: SqliteStore.open(tmp_path / "none" / "store.db")).do


def test_another_database_is_refused(tmp_path):
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE things (id)")
    refused("not_a_store", lambda: SqliteStore.open(path))


def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "store.db"
    path.write_text("This is not a database at all. " * 100)
    refused("store_damaged", lambda: SqliteStore.open(path))


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "store.db").touch()
    refused("not_a_store", lambda: SqliteStore.open(tmp_path / "store.db"))


def test_a_damaged_store_is_refused_when_the_damage_is_met(sqlite):
    sqlite.write(lambda tx: [tx.append("op-a", "step", {"text": "x" * 500}) for _ in range(500)])
    sqlite.close()
    size = sqlite.path.stat().st_size
    with sqlite.path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * 4096 * 8)
    with closing(SqliteStore.open(sqlite.path)) as store:
        refused("store_damaged", lambda: list(store.journal()))


def test_a_folder_in_place_of_the_file_is_refused(tmp_path):
    refused("store_not_opened", lambda: SqliteStore.open(tmp_path))


def test_a_store_locked_for_too_long_can_be_read_and_not_written(sqlite, raw):
    raw.execute("BEGIN IMMEDIATE")
    with closing(SqliteStore.open(sqlite.path, patience_seconds=0.05)) as store:
        refused("store_locked", lambda: store.write(ending()))
        assert store.operations() == []
        raw.execute("COMMIT")
        store.write(ending())


def test_a_closed_store_refuses(sqlite):
    sqlite.close()
    sqlite.close()
    refused("store_closed", lambda: sqlite.write(ending()))
    refused("store_closed", sqlite.operations)


def test_a_store_from_before_the_journal_decided_tells_the_same_afterwards(tmp_path):
    path = tmp_path / "store.db"
    operation, site = an_operation(), '{"id":"the-site"}'
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        for statement in (*MIGRATIONS[0], *MIGRATIONS[1]):
            old.execute(statement)
        old.executemany("INSERT INTO meta VALUES (?, ?)", {"schema": "2", "store": "st-1", "site": "the-site"}.items())
        transaction = SqlTransaction(old, SystemClock(), Head(0, GENESIS))
        transaction.append("op-setup0", SITE_PUBLISHED, {"digest": transaction.keep(site)})
        old.execute("INSERT INTO site (text, at) VALUES (?, '')", (site,))
        transaction.append(operation.id, "requested", request_facts(operation))
        transaction.announce(operation.id, operation.channel, {})
        old.execute(
            "INSERT INTO operations (id, command, person, origin, channel, service, environment, state, requested_at, "
            "holder) VALUES (?, '', '', '', '', ?, ?, 'requested', '', '')",
            (operation.id, operation.service, operation.environment),
        )
        transaction.append("op-b", "answered", {})
        old.execute("INSERT INTO records VALUES ('op-b', '', '@bob', NULL, NULL, 'success')")
    with closing(SqliteStore.open(path)) as store:
        assert store.published() == site
        assert store.operations() == [operation]
        assert store.records(RecordQuery(person="@bob")) == ["op-b"]
        assert [fault.what[:9] for fault in store.verify().faults] == ["the head "]


# who may touch it


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
@pytest.mark.parametrize(("group", "folder_mode", "file_mode"), [(None, 0o700, 0o600), (os.getgid(), 0o2770, 0o660)])
def test_its_files_have_their_rights_whatever_the_umask(tmp_path, umask, group, folder_mode, file_mode):
    before = os.umask(umask)
    try:
        with closing(SqliteStore.create(tmp_path / "site" / "store.db", "the-site", group=group)) as store:
            store.write(ending())
            files = sorted(path.name for path in (tmp_path / "site").iterdir())
            modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "site").iterdir()}
    finally:
        os.umask(before)
    assert files == ["store.db", "store.db-shm", "store.db-wal", "store.db.head"]
    assert stat.S_IMODE((tmp_path / "site").stat().st_mode) == folder_mode
    assert modes == {file_mode}


def test_a_shared_store_is_not_made_in_a_folder_that_others_reach(tmp_path):
    (tmp_path / "site").mkdir(mode=0o755)
    create = partial(SqliteStore.create, tmp_path / "site" / "store.db", "the-site", group=os.getgid())
    assert "chmod 2770" in refused("folder_rights", create).do
    (tmp_path / "site").chmod(0o2770)
    create().close()


# time


def test_setting_the_wall_clock_does_not_move_a_deadline_or_a_lease(sqlite):
    clock = SetClock()
    with closing(SqliteStore.open(sqlite.path, clock=clock)) as store:
        deadline = store.write(lambda tx: (tx.take("k", "op-1", "me", 30), tx.deadline(30))[1])
        for wall in (clock.wall + timedelta(days=9), clock.wall - timedelta(days=9)):
            clock.wall = wall
            assert not store.write(lambda tx: tx.has_passed(deadline))
            assert not store.locks()[0].is_over
        clock.at += 30
        assert store.write(lambda tx: tx.has_passed(deadline))
        assert store.locks()[0].is_over


def test_after_a_reboot_the_wall_clock_decides(sqlite):
    clock = SetClock()
    with closing(SqliteStore.open(sqlite.path, clock=clock)) as store:
        deadline = store.write(lambda tx: (tx.take("k", "op-1", "me", 30), tx.deadline(30))[1])
        clock.boot, clock.at = "second-boot", 5.0
        assert not store.write(lambda tx: tx.has_passed(deadline))
        assert not store.locks()[0].is_over
        clock.wall += timedelta(seconds=31)
        assert store.write(lambda tx: tx.has_passed(deadline))
        assert store.locks()[0].is_over


# how much it looks at


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (RecordQuery(service="s", since=AT, until=AT), "records_by_service_and_time (service=? AND at>? AND at<?)"),
        (RecordQuery(service="s"), "records_by_service (service=?)"),
        (RecordQuery(person="@a", since=AT), "records_by_person_and_time (person=? AND at>?)"),
        (RecordQuery(environment="e", until=AT), "records_by_environment_and_time (environment=? AND at<?)"),
        (RecordQuery(since=AT), "records_by_time (at>?)"),
    ],
)
def test_records_are_read_from_a_range_of_an_index(raw, query, index):
    statements = []
    raw.set_trace_callback(statements.append)
    reads.records(raw, query)
    raw.set_trace_callback(None)
    plan = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statements[0]}")]
    assert plan == [f"SEARCH records USING INDEX {index}"]


def refused(reason, run):
    """The error that `run` raises: StoreUnusable for that reason, with all three lines."""
    with pytest.raises(StoreUnusable) as raised:
        run()
    assert raised.value.reason == reason
    assert len(raised.value.lines) == 3
    return raised.value
