"""Merging blocks of lines by time gives what sorting all of them would."""

from collections.abc import Iterator
from itertools import chain
from operator import itemgetter

from hypothesis import given
from hypothesis import strategies as st

from opsctl.adapters.logs.merging import merged
from opsctl.core.ports import LogLine

STREAMS = st.lists(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=4), max_size=4), max_size=4)
"""Streams of blocks of the seconds at which something was written."""


def blocks(replica: int, stream: list[list[int]]) -> Iterator[list[LogLine]]:
    """The stream in order of time, in blocks of those sizes."""
    seconds = iter(sorted(chain.from_iterable(stream)))
    for number, block in enumerate(stream):
        yield [LogLine(str(next(seconds)), "s", "e", str(replica), f"{number} {at}") for at in range(len(block))]


@given(STREAMS)
def test_nothing_is_lost_and_all_comes_by_time(streams: list[list[list[int]]]) -> None:
    lines = list(chain.from_iterable(merged([blocks(*one) for one in enumerate(streams)])))
    everything = [line for one in enumerate(streams) for block in blocks(*one) for line in block]
    assert sorted(lines) == sorted(everything)
    assert [line.at for line in lines] == sorted(line.at for line in everything)


@given(STREAMS)
def test_the_lines_of_one_replica_stay_in_their_order(streams: list[list[list[int]]]) -> None:
    lines = list(chain.from_iterable(merged([blocks(*one) for one in enumerate(streams)])))
    for replica, stream in enumerate(streams):
        own = [line for line in lines if line.replica == str(replica)]
        assert own == list(chain.from_iterable(blocks(replica, stream)))


@given(st.lists(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=4), max_size=4), max_size=3))
def test_a_clock_that_jumped_back_loses_no_line(streams: list[list[list[int]]]) -> None:
    given_blocks = [
        [[LogLine(str(second), "s", "e", str(replica), "") for second in block] for block in stream]
        for replica, stream in enumerate(streams)
    ]
    lines = list(chain.from_iterable(merged([iter(stream) for stream in given_blocks])))
    assert sorted(lines, key=itemgetter(0, 3)) == sorted(
        (line for stream in given_blocks for block in stream for line in block), key=itemgetter(0, 3)
    )
