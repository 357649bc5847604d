"""A site moves from its file to a real PostgreSQL server, as its people would do it."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from tests.adapters.contract_store import an_operation, ending, requesting
from tests.adapters.postgres_server import started_server, stopped

from opsctl.adapters.stores.postgresql.store import PostgresStore
from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.core.errors import StoreUnusable
from opsctl.core.post import Post


@pytest.fixture(scope="module")
def server():
    server = started_server()
    yield server
    stopped(server)


@pytest.fixture
def url(server):
    return server.new_database()


@dataclass
class Site:
    folder: Path

    def type(self, *words, code=0, **variables):
        own = {
            "OPSCTL_CONFIG": str(self.folder / "opsctl.toml"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "HOME": str(self.folder / "home"),
        }
        done = subprocess.run(
            [sys.executable, "-m", "opsctl", *words],
            env={**os.environ, **own, **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def facts(self, *words, code=0, **variables):
        lines = self.type(*words, "--output", "json", code=code, **variables).splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def name_store(self, url):
        file = self.folder / "opsctl.toml"
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(f'url = "{url}"\n' if line.startswith("path =") else line for line in lines))


@pytest.fixture
def site(tmp_path):
    (tmp_path / "home").mkdir()
    site = Site(tmp_path / "site")
    site.type("init", "--yes", "--folder", str(site.folder))
    site.type("site", "publish", str(site.folder / "site.toml"))
    site.type("incident", "create", "order-service is slow", "--severity", "sev3")
    return site


def test_a_site_goes_on_in_the_database_as_the_one_that_it_was(site, url):
    with closing(SqliteStore.open(site.folder / "opsctl.db")) as store:
        before, outbox = list(store.journal()), store.outbox()
    said = site.type("store", "copy", f"sqlite:{site.folder}/opsctl.db", url)
    assert "verified" in said
    assert "sealed" in said
    site.name_store(url)
    with closing(PostgresStore.open(url)) as store:
        assert list(store.journal()) == before
        assert store.outbox() == outbox
    site.type("incident", "create", "payment-service is slow", "--severity", "sev2")
    assert "payment-service is slow" in site.type("incident", "list")
    assert "order-service is slow" in site.type("incident", "list")
    site.type("audit", "verify")
    found = {one["part"]: one["condition"] for one in site.facts("doctor") if one["event"] == "examined"}
    assert {found[part] for part in ("store", "journal", "operations", "clock", "chat")} == {"well"}
    assert "disk" not in found
    assert "incident" in site.type("--help")


def test_the_sealed_file_refuses_everybody_and_says_where_the_site_is(site, url):
    with closing(SqliteStore.open(site.folder / "opsctl.db")) as relays:
        site.type("store", "copy", f"sqlite:{site.folder}/opsctl.db", url)
        with pytest.raises(StoreUnusable, match="sealed"):
            relays.write(ending("op-late"))
    said = site.type("operations", code=6)
    assert "its site moved to postgresql://127.0.0.1" in said
    assert len(said.strip().splitlines()) <= 3
    assert "sealed" in site.type("store", "copy", f"sqlite:{site.folder}/opsctl.db", url, code=6)


def test_every_row_of_every_table_is_the_same_there(tmp_path, url):
    path = tmp_path / "store" / "opsctl.db"
    with closing(SqliteStore.create(path, "the-site")) as store:
        store.write(ending("op-1"))
        store.write(requesting(an_operation("op-2", service=None)))
        store.write(lambda tx: (tx.keep("ünï\n\t\\N"), tx.room.post("#ops", "@alice", Post("a\\b\tc\nd"), key="k")))
        store.write(lambda tx: (tx.room.react(1, "@bob", "✅"), tx.deliveries.receive("room", "d1", '{"a":"\\u0000"}')))
        store.write(lambda tx: tx.room.hand_out("0" * 64, "@alice", 60))
        last = list(store.journal())[-1]
    (copied,) = Site(tmp_path).facts("store", "copy", f"sqlite:{path}", url)
    assert (copied["event"], copied["head_seq"], copied["head_hash"]) == ("store_copied", last.seq, last.hash)
    with closing(sqlite3.connect(path)) as old, psycopg.connect(url) as new:
        tables = [name for (name,) in old.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            if not table.startswith("sqlite_") and table != "meta":
                columns = ", ".join(row[1] for row in old.execute(f"PRAGMA table_info({table})"))
                query = f"SELECT {columns} FROM {table}"
                assert set(new.execute(query).fetchall()) == set(old.execute(query)), table
    with closing(PostgresStore.open(url, site_id="the-site")) as moved:
        # The next ones are the next ones: entry, outbox item, message.
        assert moved.write(lambda tx: tx.append("op-3", "step", {})).previous == last.hash
        assert moved.write(lambda tx: tx.room.post("#ops", "@alice", Post("e"))) == 2
        moved.write(lambda tx: tx.announce("op-3", "#ops", {}))


def test_a_copy_that_was_cut_short_is_done_again(tmp_path, url):
    path = tmp_path / "store" / "opsctl.db"
    with closing(SqliteStore.create(path, "the-site")) as store:
        store.write(ending("op-1"))
    # Stopped between the copy and the seal: the file is the site's store still, and all of it is there already.
    Site(tmp_path).type("store", "copy", f"sqlite:{path}", url)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("DROP TRIGGER journal_is_sealed")
        raw.execute("DELETE FROM meta WHERE key = 'sealed'")
        raw.commit()
    Site(tmp_path).type("store", "copy", f"sqlite:{path}", url)
    with closing(PostgresStore.open(url)) as moved:
        assert moved.newest_seq() == 2


@pytest.mark.parametrize(
    ("prepare", "code", "what"),
    [
        ("another site", 6, "has the site id other"),
        ("a journal", 6, "has the store id"),
        ("a lock", 2, "op-1 holds a lock"),
        ("tampering", 6, "does not hold"),
    ],
)
def test_what_can_not_be_moved_whole_is_not_moved_and_the_file_stays_the_sites(tmp_path, url, prepare, code, what):
    path = tmp_path / "store" / "opsctl.db"
    with closing(SqliteStore.create(path, "the-site")) as store:
        store.write(ending("op-1"))
        if prepare == "a lock":
            store.write(lambda tx: tx.take("a/b", "op-1", "me", -1))
    if prepare == "tampering":
        with closing(sqlite3.connect(path)) as raw:
            raw.execute("DROP TRIGGER journal_is_not_updated")
            raw.execute("UPDATE journal SET body = '{}' WHERE seq = 1")
            raw.commit()
    if prepare in ("another site", "a journal"):
        with closing(PostgresStore.create(url, "other" if prepare == "another site" else "the-site")) as there:
            there.write(ending("op-9"))
    said = Site(tmp_path).type("store", "copy", f"sqlite:{path}", url, code=code)
    assert what in said
    with closing(SqliteStore.open(path, site_id="the-site")) as store:
        store.write(ending("op-2"))


def test_words_that_name_no_stores_are_told_what_would(tmp_path):
    said = Site(tmp_path).type("store", "copy", "opsctl.db", "mysql://x", code=2)
    assert "sqlite:opsctl.db postgresql://" in said


def test_the_grants_are_sql_that_the_server_takes(tmp_path, url):
    with closing(PostgresStore.create(url, "the-site")):
        pass
    sql = Site(tmp_path).type("store", "grants", 'o"dd role')
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute('CREATE ROLE "o""dd role"')
        owner.execute(sql)
        can = owner.execute("SELECT has_table_privilege('o\"dd role', 'journal', unnest(ARRAY['INSERT', 'UPDATE']))")
        assert [row[0] for row in can] == [True, False]
