"""The log files of replicas, written inside circusd: whole lines, each with its time, rotated by size.

circus's own FileStream stamps chunks of 1024 bytes, in local time, also in the middle of a line; and it cannot write
stdout and stderr to one rotated file.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_LONGEST_LINE = 16 * 1024


class LineStream:
    """What circus calls with each chunk that a replica wrote. Two of them, for stdout and stderr, share a file."""

    def __init__(self, filename: str, max_bytes: int, backup_count: int, mode: int, **_: Any) -> None:
        self._path = Path(filename)
        self._max_bytes = max_bytes
        self._backup_count = backup_count
        self._mode = mode
        self._descriptor = -1
        self._rest = b""
        self._pid = 0
        self._last = ""

    def __call__(self, chunk: dict[str, Any]) -> None:
        """Write the whole lines of a chunk; its last, unfinished one waits for the next chunk."""
        if chunk["pid"] != self._pid:
            # A new process does not finish the sentence of the one before it.
            self._write_rest()
            self._pid = chunk["pid"]
        whole, newline, rest = (self._rest + chunk["data"]).rpartition(b"\n")
        self._rest = rest
        if newline:
            self._write(whole)
        if len(self._rest) > _LONGEST_LINE:
            self._write_rest()

    def close(self) -> None:
        """Called by circus when the replica is taken down."""
        self._write_rest()
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _write_rest(self) -> None:
        rest, self._rest = self._rest, b""
        if rest:
            self._write(rest)

    def _write(self, lines: bytes) -> None:
        # A clock that jumps back must not put lines out of order.
        self._last = stamp = max(self._last, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
        prefix = stamp.encode() + b" "
        data = prefix + lines.replace(b"\n", b"\n" + prefix) + b"\n"
        try:
            self._open(len(data))
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            # A full disk costs lines of a log; it must not end the supervisor, and with it every replica.
            return

    def _open(self, more: int) -> None:
        if self._descriptor >= 0 and not self._is_still_there():
            os.close(self._descriptor)
            self._descriptor = -1
        if self._descriptor < 0:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._descriptor = os.open(self._path, flags, self._mode)
        size = os.fstat(self._descriptor).st_size
        if size and size + more > self._max_bytes:
            self._rotate()
            self._open(0)

    def _is_still_there(self) -> bool:
        """False when the other stream of this file rotated it, or somebody removed it."""
        try:
            named = self._path.stat()
        except FileNotFoundError:
            return False
        return os.path.samestat(named, os.fstat(self._descriptor))

    def _rotate(self) -> None:
        for number in range(self._backup_count - 1, 0, -1):
            if (old := self._rotated(number)).exists():
                old.replace(self._rotated(number + 1))
        self._path.replace(self._rotated(1))

    def _rotated(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")
