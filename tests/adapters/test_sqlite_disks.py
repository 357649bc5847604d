"""A store on a disk that is full or read-only."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
import traceback
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from tests.adapters.contract_store import ending

from opsctl.adapters.stores.sqlite.connections import Connections
from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.core.errors import StoreUnusable

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount file systems")


@contextmanager
def mounted(folder, *options):
    """A small file system of its own."""
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", *options, "tmpfs", folder], check=False, capture_output=True).returncode:
        pytest.skip("this machine does not let root mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def append_for_ever(store):
    while True:
        store.write(lambda tx: tx.append("op-aaaaaa", "step", {"text": "x" * 2000}))


@needs_root
def test_a_full_disk_is_an_error_that_leaves_the_store_whole(tmp_path):
    with (
        mounted(tmp_path / "small", "-o", "size=1m") as disk,
        closing(SqliteStore.create(disk / "site" / "s.db", "s")) as store,
    ):
        store.write(ending())
        fill = disk / "fill"
        with pytest.raises(OSError, match="No space"):
            fill.write_bytes(b"x" * 2_000_000)
        with pytest.raises(StoreUnusable) as raised:
            append_for_ever(store)
        assert raised.value.reason in ("disk_full", "store_io")
        assert "df -h" in raised.value.do
        assert store.verify().faults == ()
        fill.unlink()
        store.write(lambda tx: tx.append("op-aaaaaa", "step", {}))
        assert store.verify().faults == ()


@needs_root
def test_a_store_on_a_full_disk_is_read_also_where_nobody_has_it_open(tmp_path):
    with mounted(tmp_path / "small", "-o", "size=2m") as disk:
        path = disk / "site" / "s.db"
        with closing(SqliteStore.create(path, "s")) as store:
            store.write(ending("op-1"))
        with pytest.raises(OSError, match="No space"):
            (disk / "fill").write_bytes(b"x" * 4_000_000)
        with closing(SqliteStore.open(path)) as store:
            assert [operation.id for operation in store.operations()] == ["op-1"]
            assert store.verify().faults == ()
            with pytest.raises(StoreUnusable) as raised:
                store.write(ending("op-2"))
            assert raised.value.reason == "disk_full"
            (disk / "fill").unlink()
            store.write(ending("op-2"))
            assert len(store.operations()) == 2


def without_rights(work):
    """Do it as somebody for whom what is read-only is so, which root is not."""
    if os.geteuid():
        work()
        return
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            work()
        except BaseException:  # noqa: BLE001  # the parent asks whether it went well, and nothing else
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


@pytest.fixture
def folder():
    """One that any user may reach."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.parametrize("has_others", [False, True], ids=["nobody else has it open", "somebody has it open"])
def test_a_store_that_is_read_only_for_a_user_is_read_by_them_and_not_written(folder, has_others):
    path = folder / "site" / "s.db"
    store = SqliteStore.create(path, "s")
    store.write(ending("op-1"))
    if not has_others:
        store.close()
    (folder / "site").chmod(0o555)
    for file in (folder / "site").iterdir():
        file.chmod(0o444)

    def look():
        with closing(SqliteStore.open(path)) as mine:
            assert [operation.id for operation in mine.operations()] == ["op-1"]
            assert mine.verify().faults == ()
            with pytest.raises(StoreUnusable) as raised:
                mine.write(ending("op-2"))
            assert raised.value.reason == "store_read_only"

    without_rights(look)
    store.close()


@needs_root
def test_what_was_read_without_locks_does_not_count_where_somebody_wrote_meanwhile(tmp_path):
    with mounted(tmp_path / "disk", "-o", "size=4m") as disk:
        path = disk / "site" / "s.db"
        with closing(SqliteStore.create(path, "s")) as store:
            store.write(ending("op-1"))
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        connections = Connections(path, 1.0)
        with connections.one() as connection:
            assert connection.execute("SELECT count(*) FROM operations").fetchone() == (1,)

        def write_meanwhile():
            subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
            with closing(SqliteStore.open(path)) as store:
                store.write(ending("op-2"))

        with pytest.raises(StoreUnusable) as raised, connections.one():
            write_meanwhile()
        assert raised.value.reason == "store_changed_meanwhile"
        with connections.one() as connection:
            assert connection.execute("SELECT count(*) FROM operations").fetchone() == (2,)
        connections.close()


@needs_root
def test_no_store_is_made_on_a_full_disk(tmp_path):
    with mounted(tmp_path / "tiny", "-o", "size=16k") as disk:
        with pytest.raises(StoreUnusable) as raised:
            SqliteStore.create(disk / "site" / "store.db", "the-site")
        assert raised.value.reason in ("disk_full", "store_io")
        assert list((disk / "site").iterdir()) == []


@needs_root
@pytest.mark.parametrize("kilobytes", range(40, 1040, 40))
def test_a_store_is_made_whole_or_not_at_all_however_much_room_there_is(tmp_path, kilobytes):
    with mounted(tmp_path / "small", "-o", f"size={kilobytes}k") as disk:
        path = disk / "site" / "store.db"
        refused = ""
        try:
            SqliteStore.create(path, "the-site").close()
        except StoreUnusable as error:
            refused = error.reason
        assert refused in ("", "disk_full", "store_io")
        if path.exists():
            with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as made:
                assert made.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                assert made.execute("SELECT value FROM meta WHERE key = 'site'").fetchone() == ("the-site",)


@needs_root
def test_a_store_on_a_read_only_file_system_is_read_and_not_written(tmp_path):
    with mounted(tmp_path / "disk", "-o", "size=4m") as disk:
        path = disk / "site" / "store.db"
        with closing(SqliteStore.create(path, "the-site")) as store:
            store.write(ending("op-1"))
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        with closing(SqliteStore.open(path)) as store:
            assert [operation.id for operation in store.operations()] == ["op-1"]
            assert store.verify().faults == ()
            with pytest.raises(StoreUnusable) as raised:
                store.write(ending("op-2"))
            assert raised.value.reason == "store_read_only"
        with pytest.raises(StoreUnusable) as raised:
            SqliteStore.create(disk / "new" / "store.db", "the-site")
        assert raised.value.reason == "store_read_only"
