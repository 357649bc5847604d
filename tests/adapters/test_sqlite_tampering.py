"""Whoever can write the file can change anything in it. What `verify` sees of that."""

import shutil
import sqlite3
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.adapters.contract_store import an_operation, ending, going, requesting
from tests.soak import times

from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.core.operation import State

COLUMNS = ("seq", "at", "operation", "kind", "body", "previous", "hash")
TRIGGERS = ("journal_is_not_updated", "journal_is_not_deleted", "journal_is_appended")
ROWS = 12


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    """A closed store of twelve entries, and its head file."""
    path = tmp_path_factory.mktemp("honest") / "store.db"
    with closing(SqliteStore.create(path, "the-site")) as store:
        for n in range(4):
            store.write(ending(f"op-{n}"))
        store.write(requesting(an_operation("op-4")))
        store.write(going("op-4", State.APPROVED, State.RUNNING, text="größer"))
        store.write(lambda tx: [tx.append("op-4", "step", {"done": n}) for n in range(ROWS - 11)])
        assert store.verify().faults == ()
        assert store.verify().entries == ROWS
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tampered")


def tampered(honest, folder, *statements, head=None):
    """The faults of a copy after these statements were run on it, its triggers gone."""
    path = folder / "store.db"
    for old in folder.iterdir():
        old.unlink()
    shutil.copy(honest, path)
    shutil.copy(f"{honest}.head", f"{path}.head") if head is None else (folder / "store.db.head").write_bytes(head)
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for trigger in TRIGGERS:
            raw.execute(f"DROP TRIGGER {trigger}")
        for statement, values in statements:
            raw.execute(statement, values)
    with closing(SqliteStore.open(path)) as store:
        return store.verify().faults


VALUES = st.text(max_size=20) | st.binary(max_size=20) | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False)


@settings(max_examples=times(120), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seq=st.integers(1, ROWS), column=st.sampled_from(COLUMNS[1:]), value=VALUES)
def test_any_changed_column_of_any_row_is_found(honest, folder, seq, column, value):
    statement = f"UPDATE journal SET {column} = ? WHERE seq = ? AND {column} IS NOT ?"
    faults = tampered(honest, folder, (statement, (value, seq, value)))
    assert seq in {fault.seq for fault in faults}


@settings(max_examples=times(40), deadline=None)
@given(seq=st.integers(1, ROWS), column=st.sampled_from(COLUMNS[1:]), raw=st.binary(max_size=9))
def test_text_that_is_not_utf8_is_found(honest, folder, seq, column, raw):
    statement = f"UPDATE journal SET {column} = CAST(? AS TEXT) WHERE seq = ?"
    assert seq in {fault.seq for fault in tampered(honest, folder, (statement, (b"\xff" + raw, seq)))}


@pytest.mark.parametrize("column", COLUMNS[1:])
@pytest.mark.parametrize("seq", range(1, ROWS + 1))
def test_a_text_turned_into_the_same_bytes_is_found(honest, folder, seq, column):
    statement = f"UPDATE journal SET {column} = CAST({column} AS BLOB) WHERE seq = ?"
    assert seq in {fault.seq for fault in tampered(honest, folder, (statement, (seq,)))}


@settings(max_examples=times(40), deadline=None)
@given(seq=st.integers(1, ROWS), to=st.integers(-5, 40).filter(lambda to: not 1 <= to <= ROWS))
def test_a_renumbered_row_is_found(honest, folder, seq, to):
    faults = tampered(honest, folder, ("UPDATE journal SET seq = ? WHERE seq = ?", (to, seq)))
    assert faults


@settings(max_examples=times(40), deadline=None)
@given(removed=st.sets(st.integers(1, ROWS), min_size=1))
def test_removed_rows_are_found(honest, folder, removed):
    statements = [("DELETE FROM journal WHERE seq = ?", (seq,)) for seq in removed]
    faults = tampered(honest, folder, *statements)
    assert any("missing" in fault.what or "cut off" in fault.what for fault in faults)


@settings(max_examples=times(40), deadline=None)
@given(pair=st.tuples(st.integers(1, ROWS), st.integers(1, ROWS)).filter(lambda pair: pair[0] != pair[1]))
def test_swapped_rows_are_found(honest, folder, pair):
    one, two = pair
    faults = tampered(
        honest,
        folder,
        ("UPDATE journal SET seq = -1 WHERE seq = ?", (one,)),
        ("UPDATE journal SET seq = ? WHERE seq = ?", (one, two)),
        ("UPDATE journal SET seq = ? WHERE seq = -1", (two,)),
    )
    assert {one, two} <= {fault.seq for fault in faults}


@pytest.mark.parametrize("left", range(ROWS))
def test_a_tail_cut_below_the_head_files_seq_is_found(honest, folder, left):
    # And everything derived from it made to agree, as somebody would who knows how.
    faults = tampered(
        honest,
        folder,
        ("DELETE FROM journal WHERE seq > ?", (left,)),
        ("DELETE FROM operations", ()),
        ("DELETE FROM records", ()),
    )
    assert f"the journal ends at entry {left}: its end was cut off" in " ".join(fault.what for fault in faults)


def test_a_journal_that_was_rebuilt_whole_is_found_by_its_head(honest, folder, tmp_path):
    with closing(SqliteStore.create(tmp_path / "store.db", "the-site")) as store:
        store.write(lambda tx: [tx.append("op-4", "step", {}) for _ in range(ROWS)])
    faults = tampered(tmp_path / "store.db", folder, head=honest.with_name("store.db.head").read_bytes())
    assert [fault.what for fault in faults] == ["is another one in the journal than the head file witnessed"]


def test_a_missing_head_file_is_found(honest, folder):
    assert "is missing" in tampered(honest, folder, head=b"")[0].what


def test_a_head_file_that_was_taken_away_is_missed_until_somebody_says_that_it_may_be_made_anew(honest, folder):
    tampered(honest, folder, ("DELETE FROM journal WHERE seq > 8", ()))
    path = folder / "store.db"
    path.with_name("store.db.head").unlink()
    with closing(SqliteStore.open(path)) as store:
        for _ in range(3):
            store.write(lambda tx: tx.append("op-4", "step", {}))
        assert not path.with_name("store.db.head").exists()
        assert "head file beside the store is missing" in " ".join(fault.what for fault in store.verify().faults)
        store.renew_witness()
        assert "head file" not in " ".join(fault.what for fault in store.verify().faults)
        store.write(lambda tx: tx.append("op-4", "step", {}))
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("DELETE FROM journal WHERE seq > 11")
    with closing(SqliteStore.open(path)) as store:
        assert "its end was cut off" in " ".join(fault.what for fault in store.verify().faults)


@pytest.mark.parametrize("left", [None, b"", b"\n"])
def test_a_head_file_that_was_emptied_or_taken_from_an_open_store_is_missed(tmp_path, left):
    with closing(SqliteStore.create(tmp_path / "store.db", "the-site")) as store:
        for _ in range(3):
            store.write(lambda tx: tx.append("op-1", "step", {}))
        head = tmp_path / "store.db.head"
        head.unlink() if left is None else head.write_bytes(left)
        store.write(lambda tx: tx.append("op-1", "step", {}))
        assert ["missing" in fault.what for fault in store.verify().faults] == [True]


def test_making_the_head_file_anew_does_not_touch_one_that_is_there(honest, folder):
    head = honest.with_name("store.db.head").read_bytes()
    tampered(honest, folder, ("DELETE FROM journal WHERE seq > 8", ()), head=head)
    with closing(SqliteStore.open(folder / "store.db")) as store:
        store.renew_witness()
        assert "its end was cut off" in " ".join(fault.what for fault in store.verify().faults)


@pytest.mark.parametrize("head", [b"x", b"[1]", b"{}", b'{"seq":"1","hash":1}', b'{"seq":-4,"hash":""}', b"\xff" * 200])
def test_a_head_file_that_holds_no_head_is_found(honest, folder, head):
    assert tampered(honest, folder, head=head)


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE operations SET state = 'succeeded' WHERE id = 'op-4'", "op-4"),
        ("UPDATE operations SET id = 'op-9' WHERE id = 'op-1'", "op-1"),
        ("DELETE FROM operations WHERE id = 'op-2'", "op-2"),
        ("DELETE FROM records WHERE operation = 'op-3'", "op-3"),
        ("UPDATE records SET person = '@mallory' WHERE operation = 'op-3'", "@mallory"),
        ("UPDATE records SET result = 'denied' WHERE operation = 'op-3'", "denied"),
        ("UPDATE records SET person = CAST(x'ff' AS TEXT) WHERE operation = 'op-3'", "UTF-8"),
        ("UPDATE operations SET seq = 2 WHERE id = 'op-4'", "op-4"),
        ("UPDATE operations SET service = 'x' WHERE id = 'op-4'", "op-4"),
        ("UPDATE operations SET environment = NULL WHERE id = 'op-4'", "op-4"),
        ("UPDATE records SET seq = 90 WHERE operation = 'op-3'", "op-3"),
        ("INSERT INTO operations VALUES (90, 'op-8', 'failed', '', '', '')", "op-8"),
        ("INSERT INTO records VALUES (90, 'op-8', '', '', '', '', '')", "op-8"),
        ("INSERT INTO documents VALUES ('0000', 'x')", "0000"),
    ],
)
def test_a_derived_table_that_was_changed_is_found(honest, folder, statement, what):
    assert what in " ".join(fault.what for fault in tampered(honest, folder, (statement, ())))


def test_a_cut_journal_that_grows_again_does_not_write_over_its_witness(honest, folder):
    tampered(honest, folder, ("DELETE FROM journal WHERE seq > 10", ()))
    with closing(SqliteStore.open(folder / "store.db")) as store:
        for n in range(6):
            store.write(lambda tx, n=n: tx.append("op-4", "step", {"again": n}))
        assert ROWS in {fault.seq for fault in store.verify().faults}


@pytest.mark.parametrize("seq", [1, 24_999, 25_000, 25_001, 50_001, 60_000])
def test_a_long_journal_is_checked_by_all_cores_and_across_their_borders(long, seq):
    with closing(sqlite3.connect(long.path, isolation_level=None)) as raw:
        body = raw.execute("SELECT body FROM journal WHERE seq = ?", (seq,)).fetchone()[0]
        raw.execute("UPDATE journal SET body = '{}' WHERE seq = ?", (seq,))
        assert [fault.seq for fault in long.verify().faults] == [seq]
        raw.execute("UPDATE journal SET body = ? WHERE seq = ?", (body, seq))


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    path = tmp_path_factory.mktemp("long") / "store.db"
    with closing(SqliteStore.create(path, "the-site")) as store:
        store.write(lambda tx: [tx.append("op-1", "step", {"n": n}) for n in range(60_000)])
        assert store.verify().faults == ()
        with closing(sqlite3.connect(path, isolation_level=None)) as raw:
            for trigger in TRIGGERS:
                raw.execute(f"DROP TRIGGER {trigger}")
        yield store
