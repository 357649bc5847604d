"""The log source of the local deployer, and the stream inside circusd that writes what it reads."""

import os
import resource
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsctl.adapters.deployers.local.stream import LineStream
from opsctl.adapters.local_layout import Placement
from opsctl.adapters.logs.local import LocalLogs
from opsctl.core.errors import Unreachable, UsageError
from opsctl.core.ports import LogLine, LogQuery

START = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
EVERYTHING = LogQuery()


def stamp(second: float) -> str:
    return (START + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@pytest.fixture
def placement(tmp_path: Path) -> Placement:
    placement = Placement(tmp_path, "order-service", "staging")
    placement.logs.mkdir(parents=True)
    return placement


@pytest.fixture
def logs(placement: Placement) -> LocalLogs:
    return LocalLogs(placement)


def write(placement: Placement, name: str, *lines: tuple[float, str]) -> Path:
    path = placement.logs / name
    with path.open("a") as file:
        file.writelines(f"{stamp(second)} {text}\n" for second, text in lines)
    return path


def texts(lines: Iterator[LogLine] | list[LogLine] | tuple[LogLine, ...]) -> list[str]:
    return [line.text for line in lines]


def test_lines_of_all_replicas_and_rotated_files_come_in_the_order_of_time(
    placement: Placement, logs: LocalLogs
) -> None:
    write(placement, "1-1.log.2", (0, "a"), (2, "c"))
    write(placement, "1-1.log.1", (4, "e"))
    write(placement, "1-1.log", (6, "g"))
    write(placement, "1-2.log", (1, "b"), (3, "d"), (5, "f"))
    assert texts(logs.lines(EVERYTHING)) == list("abcdefg")
    assert next(logs.lines(EVERYTHING)) == LogLine(stamp(0), "order-service", "staging", "1-1", "a")


def test_a_query_bounds_time_and_text(placement: Placement, logs: LocalLogs) -> None:
    write(placement, "1-1.log", *((second, f"line {second}") for second in range(10)))
    query = LogQuery(START + timedelta(seconds=2), START + timedelta(seconds=5))
    assert texts(logs.lines(query)) == ["line 2", "line 3", "line 4"]
    assert texts(list(logs.tail(query, 2))) == ["line 3", "line 4"]
    assert texts(logs.lines(LogQuery(grep="7"))) == ["line 7"]
    assert texts(list(logs.tail(LogQuery(grep="line 1"), 5))) == ["line 1"]


@given(st.lists(st.floats(0, 100_000), max_size=60).map(sorted), st.floats(0, 100_000), st.integers(0, 70))
def test_lines_and_tail_agree_with_a_plain_filter(
    tmp_path_factory: pytest.TempPathFactory, seconds: list[float], since: float, limit: int
) -> None:
    placement = Placement(tmp_path_factory.mktemp("any"), "order-service", "staging")
    placement.logs.mkdir(parents=True)
    # Long lines, so that a file is many blocks long.
    write(placement, "1-1.log", *((second, f"{number} {'x' * 5000}") for number, second in enumerate(seconds)))
    query = LogQuery(since=START + timedelta(seconds=since))
    assert query.since is not None
    earliest = query.since.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    wanted = [str(number) for number, second in enumerate(seconds) if stamp(second) >= earliest]
    logs = LocalLogs(placement)
    assert [line.text.split()[0] for line in logs.lines(query)] == wanted
    assert [line.text.split()[0] for line in logs.tail(query, limit)] == wanted[max(0, len(wanted) - limit) :]


def test_a_line_without_a_time_belongs_to_the_one_before_it(placement: Placement, logs: LocalLogs) -> None:
    path = placement.log_file("1-1")
    path.write_bytes(
        b"torn off\n"
        + f"{stamp(1)} Traceback\n".encode()
        + b"  File \xff\xfe\n"
        + f"{stamp(2)} \xe4 go on".encode("latin1")
    )
    expected = [("torn off", "1970-01-01T00:00:00.000000Z"), ("Traceback", stamp(1)), ("  File ��", stamp(1))]
    expected.append(("� go on", stamp(2)))
    assert [(line.text, line.at) for line in logs.lines(EVERYTHING)] == expected
    assert sorted((line.text, line.at) for line in logs.tail(EVERYTHING, 9)) == sorted(expected)


def test_where_nothing_was_written_there_are_no_lines(tmp_path: Path) -> None:
    logs = LocalLogs(Placement(tmp_path, "order-service", "staging"))
    assert list(logs.lines(EVERYTHING)) == []
    assert list(logs.tail(EVERYTHING, 5)) == []
    assert next(logs.follow(EVERYTHING)) == []


def test_the_last_lines_of_a_huge_file_are_there_at_once(placement: Placement, logs: LocalLogs) -> None:
    path = write(placement, "1-1.log", (0, "first"))
    with path.open("r+b") as file:
        file.truncate(8 * 1024**3)
        file.seek(0, os.SEEK_END)
        file.write(f"\n{stamp(5)} last but one\n{stamp(6)} last\n".encode())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert texts(list(logs.tail(EVERYTHING, 2))) == ["last but one", "last"]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_files_that_may_not_be_read_are_told(placement: Placement, logs: LocalLogs) -> None:
    (placement.logs / "1-1.log").symlink_to("1-1.log")
    with pytest.raises(Unreachable, match="cannot be read"):
        list(logs.lines(EVERYTHING))


def test_no_log_is_looked_for_under_a_name_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        LocalLogs.made({}, "../../etc", "staging", tmp_path)


class TestFollow:
    """What is written from now on."""

    def test_what_was_there_before_is_left_out_and_nothing_new_is_an_empty_batch(
        self, placement: Placement, logs: LocalLogs
    ) -> None:
        write(placement, "1-1.log", (0, "old"))
        batches = logs.follow(EVERYTHING)
        assert next(batches) == []
        write(placement, "1-1.log", (1, "new"))
        assert texts(list(next(batches))) == ["new"]
        assert next(batches) == []

    def test_it_counts_from_the_call_not_from_the_first_look(self, placement: Placement, logs: LocalLogs) -> None:
        write(placement, "1-1.log", (0, "old"))
        batches = logs.follow(EVERYTHING)
        write(placement, "1-1.log", (1, "new"))
        assert texts(list(next(batches))) == ["new"]

    def test_new_replicas_are_followed_from_their_first_line(self, placement: Placement, logs: LocalLogs) -> None:
        write(placement, "1-1.log", (0, "old"))
        batches = logs.follow(EVERYTHING)
        write(placement, "2-1.log", (2, "second"))
        write(placement, "1-1.log", (1, "first"))
        assert texts(list(next(batches))) == ["first", "second"]

    def test_no_line_is_lost_or_doubled_by_rotation(self, placement: Placement, logs: LocalLogs) -> None:
        stream = a_stream(placement, max_bytes=400, backup_count=50)
        stream({"pid": 1, "data": b"before\n"})
        batches = logs.follow(EVERYTHING)
        seen: list[str] = []
        for number in range(200):
            stream({"pid": 1, "data": f"line {number}\n".encode()})
            if number % 37 == 0:
                seen += texts(list(next(batches)))
        seen += texts(list(next(batches)))
        assert seen == [f"line {number}" for number in range(200)]

    def test_half_a_line_waits_for_its_other_half(self, placement: Placement, logs: LocalLogs) -> None:
        batches = logs.follow(EVERYTHING)
        path = placement.log_file("1-1")
        path.write_text(f"{stamp(1)} fir")
        assert next(batches) == []
        with path.open("a") as file:
            file.write("st\n")
        assert texts(list(next(batches))) == ["first"]

    def test_a_log_that_is_removed_ends_nothing(self, placement: Placement, logs: LocalLogs) -> None:
        path = write(placement, "1-1.log", (0, "old"))
        batches = logs.follow(EVERYTHING)
        path.unlink()
        assert next(batches) == []
        write(placement, "1-1.log", (1, "new"))
        assert texts(list(next(batches))) == ["new"]

    def test_only_what_matches_is_followed(self, placement: Placement, logs: LocalLogs) -> None:
        batches = logs.follow(LogQuery(grep="ERROR"))
        write(placement, "1-1.log", (1, "INFO fine"), (2, "ERROR not fine"))
        assert texts(list(next(batches))) == ["ERROR not fine"]


def a_stream(placement: Placement, max_bytes: int = 10**6, backup_count: int = 3) -> LineStream:
    path = str(placement.log_file("1-1"))
    return LineStream(filename=path, max_bytes=max_bytes, backup_count=backup_count, mode=0o600)


@given(st.lists(st.binary(max_size=40).filter(lambda data: b"\r" not in data), max_size=8))
def test_however_the_chunks_fall_every_line_is_written_once_and_stamped(
    tmp_path_factory: pytest.TempPathFactory, chunks: list[bytes]
) -> None:
    placement = Placement(tmp_path_factory.mktemp("any"), "order-service", "staging")
    placement.logs.mkdir(parents=True)
    stream = a_stream(placement)
    for chunk in chunks:
        stream({"pid": 1, "data": chunk})
    stream.close()
    written = b"".join(chunks)
    wanted = written.removesuffix(b"\n").split(b"\n") if written else []
    assert texts(LocalLogs(placement).lines(EVERYTHING)) == [line.decode(errors="replace") for line in wanted]
    path = placement.log_file("1-1")
    stamped = path.read_bytes().splitlines() if path.exists() else []
    assert all(line[26:28] == b"Z " for line in path.read_bytes().split(b"\n")[:-1]) if stamped else not wanted


def test_the_sentence_of_a_process_that_died_is_not_finished_by_the_next(placement: Placement, logs: LocalLogs) -> None:
    stream = a_stream(placement)
    stream({"pid": 1, "data": b"I was about to"})
    stream({"pid": 2, "data": b"started\n"})
    assert texts(logs.lines(EVERYTHING)) == ["I was about to", "started"]


def test_stdout_and_stderr_share_one_rotated_file(placement: Placement, logs: LocalLogs) -> None:
    out, err = a_stream(placement, 300, 50), a_stream(placement, 300, 50)
    for number in range(40):
        (out if number % 2 else err)({"pid": 1, "data": f"{number}\n".encode()})
    assert sorted(map(int, texts(logs.lines(EVERYTHING)))) == list(range(40))
    assert all(path.stat().st_size <= 300 for path in placement.logs.iterdir())


def test_only_so_many_rotated_files_are_kept(placement: Placement) -> None:
    stream = a_stream(placement, max_bytes=100, backup_count=2)
    for number in range(50):
        stream({"pid": 1, "data": f"line {number}\n".encode()})
    assert sorted(path.name for path in placement.logs.iterdir()) == ["1-1.log", "1-1.log.1", "1-1.log.2"]


def test_a_line_without_end_does_not_fill_the_memory(placement: Placement, logs: LocalLogs) -> None:
    stream = a_stream(placement, max_bytes=10**9)
    for _ in range(100):
        stream({"pid": 1, "data": b"x" * 1024})
    assert sum(len(text) for text in texts(logs.lines(EVERYTHING))) > 80 * 1024


def test_a_disk_that_takes_no_more_does_not_end_the_supervisor() -> None:
    stream = LineStream(filename="/dev/full", max_bytes=1000, backup_count=1, mode=0o600)
    stream({"pid": 1, "data": b"lost\n"})
    stream.close()
