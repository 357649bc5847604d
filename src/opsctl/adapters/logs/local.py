"""The LogSource of the local deployer: the files that its replicas' lines are written to."""

import heapq
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

from opsctl.adapters.local_layout import Placement, placed_in
from opsctl.adapters.logs.following import Followed
from opsctl.adapters.logs.log_file import read_back, read_on
from opsctl.adapters.logs.merging import merged
from opsctl.core.errors import Unreachable
from opsctl.core.journal import timestamp
from opsctl.core.ports import LogLine, LogQuery

_FOREVER = "9999"


@dataclass(frozen=True, slots=True)
class LocalLogs:
    """Reads the log files of one service in one environment. Keeps the LogSource port."""

    placement: Placement

    @classmethod
    def made(cls, settings: Mapping[str, Any], service: str, environment: str, folder: Path) -> "LocalLogs":  # noqa: ARG003 (made like every adapter)
        """The logs that a local deployer made with the same folder writes."""
        return cls(placed_in(folder, service, environment))

    def lines(self, query: LogQuery) -> Iterator[LogLine]:
        """Oldest first, merged over replicas, in constant memory."""
        return chain.from_iterable(self._blocks(query))

    def _blocks(self, query: LogQuery) -> Iterator[Sequence[LogLine]]:
        with ExitStack() as stack:
            replicas = self._opened(query, stack)
            yield from merged([self._forwards(replica, files, query) for replica, files in replicas.items()])

    def tail(self, query: LogQuery, limit: int) -> Sequence[LogLine]:
        """The newest `limit` lines that match, oldest first."""
        with ExitStack() as stack:
            replicas = self._opened(query, stack)
            streams = [self._backwards(replica, files, query) for replica, files in replicas.items()]
            newest = list(islice(heapq.merge(*streams, reverse=True), limit))
        return newest[::-1]

    def follow(self, query: LogQuery) -> Iterator[Sequence[LogLine]]:
        """What is written from now on, as it comes; an empty batch means nothing new yet."""
        with _reachable(self.placement):
            followed = Followed(self.placement)
        return self._batches(followed, query)

    def _batches(self, followed: Followed, query: LogQuery) -> Iterator[Sequence[LogLine]]:
        since, until = _span(query)
        try:
            while True:
                with _reachable(self.placement):
                    lines = followed.new_lines()
                yield [line for line in lines if since <= line.at < until and query.grep in line.text]
        finally:
            followed.close()

    def _forwards(self, replica: str, files: Iterable[BinaryIO], query: LogQuery) -> Iterator[list[LogLine]]:
        since, until = _span(query)
        for file in files:
            for block in read_on(file, since, self.placement.service, self.placement.environment, replica):
                is_over = block[-1].at >= until
                if query.grep or is_over:
                    lines = [line for line in block if query.grep in line.text and line.at < until]
                else:
                    lines = block
                if lines:
                    yield lines
                if is_over:
                    return

    def _backwards(self, replica: str, files: Sequence[BinaryIO], query: LogQuery) -> Iterator[LogLine]:
        since, until = _span(query)
        for file in reversed(files):
            for at, text in read_back(file):
                if at < since:
                    return
                if at < until and query.grep in text:
                    yield LogLine(at, self.placement.service, self.placement.environment, replica, text)

    def _opened(self, query: LogQuery, stack: ExitStack) -> Mapping[str, Sequence[BinaryIO]]:
        """The files of each replica, the oldest first; those that end before the query starts are left out."""
        since = query.since.timestamp() if query.since else 0.0
        with _reachable(self.placement):
            replicas = {}
            for path in sorted(self.placement.logs.glob("*.log")):
                files = [file for file in _open_all(path, stack) if os.fstat(file.fileno()).st_mtime >= since - 1]
                if files:
                    replicas[path.stem] = files
        return replicas


def _open_all(path: Path, stack: ExitStack) -> Sequence[BinaryIO]:
    """Open a replica's files, all before the first is read, so that rotation takes none away."""
    files: list[BinaryIO] = []
    number = 0
    while (file := _open(path if not number else path.with_name(f"{path.name}.{number}"))) is not None:
        stack.enter_context(file)
        # One that was rotated while we were at it comes up a second time under its new name.
        if not any(os.path.sameopenfile(file.fileno(), other.fileno()) for other in files):
            files.append(file)
        number += 1
    return files[::-1]


def _open(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except FileNotFoundError:
        return None


def _span(query: LogQuery) -> tuple[str, str]:
    return timestamp(query.since) if query.since else "", timestamp(query.until) if query.until else _FOREVER


@contextmanager
def _reachable(placement: Placement) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unreachable(
            f"The logs of {placement.service} in {placement.environment} cannot be read: {error.strerror}.",
            do=f"Look at the permissions of {placement.logs}.",
        ) from error
