"""Follows the log files of one placement: through rotation, and of replicas that appear."""

import os
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

from opsctl.adapters.local_layout import Placement
from opsctl.adapters.logs.log_file import has_stamp
from opsctl.core.ports import LogLine

_MOST_BYTES = 1024 * 1024
"""How much of one file is taken at a time: a service that writes without end must not fill the memory."""


class Followed:
    """The log files of a placement, each read up to where it was when this was made."""

    def __init__(self, placement: Placement) -> None:
        self._placement = placement
        self._files = {path: _File(path, from_end=True) for path in self._paths()}

    def new_lines(self) -> list[LogLine]:
        """What was written since the last call, by time."""
        for path in self._paths():
            if path not in self._files:
                self._files[path] = _File(path, from_end=False)
        lines = []
        for path, file in list(self._files.items()):
            labels = (self._placement.service, self._placement.environment, path.stem)
            lines += [LogLine(at, *labels, text) for at, text in file.new_lines()]
            if file.is_gone:
                file.close()
                del self._files[path]
        # By time alone, which keeps the order within a replica.
        lines.sort(key=itemgetter(0))
        return lines

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()

    def _paths(self) -> Iterator[Path]:
        return self._placement.logs.glob("*.log")


class _File:
    """The log of one replica over its rotated files."""

    def __init__(self, path: Path, *, from_end: bool) -> None:
        self._path = path
        self._file: BinaryIO = path.open("rb")
        self._rest = b""
        self._at = ""
        self.is_gone = False
        if from_end:
            self._file.seek(0, os.SEEK_END)

    def new_lines(self) -> Iterator[tuple[str, str]]:
        while data := self._read():
            whole, newline, self._rest = (self._rest + data).rpartition(b"\n")
            if newline:
                yield from self._parsed(whole)
            if len(data) >= _MOST_BYTES:
                return

    def _read(self) -> bytes:
        data = self._file.read(_MOST_BYTES)
        while not data:
            following = self._following()
            if following is None:
                return b""
            # The old file may have grown between the last look at it and its rotation.
            data = self._file.read(_MOST_BYTES)
            if not data:
                self._file.close()
                self._file = following.open("rb")
                data = self._file.read(_MOST_BYTES)
        return data

    def _following(self) -> Path | None:
        """The file that goes on where the open one ended; None when that is the one being written."""
        own = os.fstat(self._file.fileno())
        chain = self._chain()
        self.is_gone = not chain
        for newer, path in zip((None, *chain), chain, strict=False):
            try:
                if os.path.samestat(path.stat(), own):
                    return newer
            except FileNotFoundError:
                continue
        return chain[-1] if chain else None

    def _chain(self) -> list[Path]:
        """The files of the replica, the newest first."""
        chain = [self._path] if self._path.exists() else []
        number = 1
        while (rotated := self._path.with_name(f"{self._path.name}.{number}")).exists():
            chain.append(rotated)
            number += 1
        return chain

    def _parsed(self, whole: bytes) -> Iterator[tuple[str, str]]:
        for line in whole.decode(errors="replace").split("\n"):
            if has_stamp(line):
                self._at = line[:27]
                yield self._at, line[28:]
            elif self._at:
                yield self._at, line

    def close(self) -> None:
        self._file.close()
