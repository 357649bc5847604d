"""A store on a disk that is full or read-only."""

import os
import subprocess
from contextlib import closing, contextmanager

import pytest
from tests.adapters.contract_store import ending

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
def test_no_store_is_made_on_a_full_disk(tmp_path):
    with mounted(tmp_path / "tiny", "-o", "size=16k") as disk:
        with pytest.raises(StoreUnusable) as raised:
            SqliteStore.create(disk / "site" / "store.db", "the-site")
        assert raised.value.reason in ("disk_full", "store_io")
        assert list((disk / "site").iterdir()) == []


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
