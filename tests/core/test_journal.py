from datetime import UTC, datetime, timedelta, timezone

import pytest

from opsctl.core.journal import GENESIS, Entry, entry_hash, timestamp
from opsctl.core.verification import Fault, faults_in


def chain(count):
    rows, previous = [], GENESIS
    for seq in range(1, count + 1):
        at, operation, kind, body = f"2026-03-04T15:23:{seq:02}.000000Z", "op-7f3k9q", "step", f'{{"done":{seq}}}'
        digest = entry_hash(previous, seq, at, operation, kind, body)
        rows.append((seq, at, operation, kind, body, previous, digest))
        previous = digest
    return rows


def test_the_hash_is_sha256_of_the_columns_joined_by_newlines():
    # printf '%064d\n1\n2026-03-04T15:23:47.000000Z\nop-7f3k9q\nrequested\n{"a":1}' 0 | sha256sum
    assert (
        entry_hash(GENESIS, 1, "2026-03-04T15:23:47.000000Z", "op-7f3k9q", "requested", '{"a":1}')
        == "7413edb801a7647d9d9379d1ae002683c9c307dd9a436f9519f8e5f3d3c52a0c"
    )


def test_an_untouched_chain_has_no_fault():
    assert list(faults_in(chain(5), 0, GENESIS)) == []


def test_a_part_of_the_chain_follows_the_entry_before_it():
    rows = chain(5)
    assert list(faults_in(rows[2:], 2, rows[1][6])) == []


@pytest.mark.parametrize("column", range(1, 7))
def test_a_changed_column_is_found_where_it_is(column):
    rows = chain(5)
    rows[2] = (*rows[2][:column], rows[2][column] + "x", *rows[2][column + 1 :])
    assert Fault(3, "was changed: its hash is not that of its columns") in list(faults_in(rows, 0, GENESIS))


def test_a_removed_entry_is_named():
    rows = chain(5)
    del rows[2]
    assert Fault(4, "entry 3 is missing") in list(faults_in(rows, 0, GENESIS))


def test_several_removed_entries_are_named():
    rows = chain(6)
    del rows[1:4]
    assert Fault(5, "entries 2 to 4 are missing") in list(faults_in(rows, 0, GENESIS))


def test_swapped_contents_are_found_at_both_places():
    rows = chain(5)
    rows[1], rows[3] = (2, *rows[3][1:]), (4, *rows[1][1:])
    assert {2, 4} <= {fault.seq for fault in faults_in(rows, 0, GENESIS)}


def test_swapped_rows_are_out_of_order():
    rows = chain(4)
    rows[1], rows[2] = rows[2], rows[1]
    assert Fault(2, "is out of order") in list(faults_in(rows, 0, GENESIS))


def test_an_entry_knows_whether_it_is_whole():
    row = chain(1)[0]
    assert Entry(*row).is_whole
    assert not Entry(*row[:3], "approved", *row[4:]).is_whole


def test_times_are_utc_text_that_sorts_as_it_reads():
    berlin = timezone(timedelta(hours=1))
    assert timestamp(datetime(2026, 3, 4, 16, 23, 47, tzinfo=berlin)) == "2026-03-04T15:23:47.000000Z"
    assert datetime.fromisoformat(timestamp(datetime(2026, 3, 4, tzinfo=UTC))) == datetime(2026, 3, 4, tzinfo=UTC)
