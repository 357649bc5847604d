"""The processes of our replicas as the kernel sees them: found by the mark that they inherit, ended by nothing less."""

import os
import select
import signal
import socket
import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

Marked: TypeAlias = Mapping[int, str]
"""Process id to the name of the replica that it belongs to."""

MARK = "OPSCTL_REPLICA"
"""The environment variable that says whose a process is: the state root, then the replica's name for circus."""

_PROC = Path("/proc")
_LISTENING = "0A"


def mark(root: Path, replica: str) -> str:
    """The value of the mark for a replica of a state root."""
    return f"{root}//{replica}"


def marked(root: Path) -> Marked:
    """Every living process of this state root that we may look into, itself excepted."""
    prefix = mark(root, "").encode()
    found = {}
    for pid in _pids():
        value = _mark_of(pid)
        if value is not None and value.startswith(prefix) and pid != os.getpid():
            found[pid] = value[len(prefix) :].decode(errors="replace")
    return found


def end(root: Path, pids: Marked, grace_seconds: float) -> Iterator[int]:
    """Ask processes to end, kill those that do not within the grace; yields at least every 0.2 s how many are left.

    `pids` as `marked` gave them: a process id that meanwhile belongs to another program is left alone.
    """
    open_handles = {handle for pid, name in pids.items() if (handle := _handle(pid, mark(root, name))) is not None}
    try:
        _signal_all(open_handles, signal.SIGTERM)
        yield from _wait(open_handles, grace_seconds)
        _signal_all(open_handles, signal.SIGKILL)
        yield from _wait(open_handles, 5.0)
    finally:
        for handle in open_handles:
            os.close(handle)


def identity(pid: int) -> str:
    """A process id and its start time: no other process of this boot has both. Raises ProcessLookupError."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError) as error:
        raise ProcessLookupError(pid) from error
    if fields[0] in "ZX":
        # Dead, and only not yet taken note of by its parent.
        raise ProcessLookupError(pid)
    return f"{pid}-{fields[19]}"


def is_alive(pid: int, known_as: str) -> bool:
    """Whether a process still is the one whose `identity` was taken, and lives."""
    try:
        return identity(pid) == known_as
    except ProcessLookupError:
        return False


def kill(pid: int, known_as: str) -> None:
    """Kill a process, if it still is the one whose `identity` was taken."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if identity(pid) == known_as:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    except ProcessLookupError:
        return
    finally:
        os.close(handle)


def _handle(pid: int, expected: str) -> int | None:
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    # Only now can the process id no longer change hands.
    if _mark_of(pid) == expected.encode():
        return handle
    os.close(handle)
    return None


def _signal_all(handles: set[int], signum: signal.Signals) -> None:
    for handle in handles:
        try:
            signal.pidfd_send_signal(handle, signum)
        except ProcessLookupError:
            continue


def _wait(handles: set[int], seconds: float) -> Iterator[int]:
    deadline = time.monotonic() + seconds
    while handles and time.monotonic() < deadline:
        yield len(handles)
        poll = select.poll()
        for handle in handles:
            poll.register(handle, select.POLLIN)
        ended = [handle for handle, _ in poll.poll(100)]
        for handle in ended:
            handles.discard(handle)
            os.close(handle)


def may_listen(pids: Collection[int], port: int) -> bool:
    """Whether one of these processes holds the listening socket of a port; true also where we may not look."""
    try:
        links = {link for pid in pids for link in _links(pid)}
    except PermissionError:
        return True
    return any(f"socket:[{inode}]" in links for inode in _listening_inodes(port))


def is_free(port: int) -> bool:
    """Whether nobody listens on a port, on any address of this machine."""
    with socket.socket() as attempt:
        # Connections of an earlier listener that linger in TIME_WAIT do not count.
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("", port))
        except OSError:
            return False
    return True


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in os.scandir(_PROC) if entry.name.isdigit())


def _mark_of(pid: int) -> bytes | None:
    try:
        environment = (_PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return None
    key = f"{MARK}=".encode()
    return next((item[len(key) :] for item in environment.split(b"\0") if item.startswith(key)), None)


def _listening_inodes(port: int) -> tuple[str, ...]:
    found = []
    for table in ("tcp", "tcp6"):
        try:
            rows = (_PROC / "net" / table).read_text().splitlines()[1:]
        except FileNotFoundError:
            continue
        for row in rows:
            columns = row.split()
            if columns[3] == _LISTENING and int(columns[1].rpartition(":")[2], 16) == port:
                found.append(columns[9])
    return tuple(found)


def _links(pid: int) -> Iterator[str]:
    folder = _PROC / str(pid) / "fd"
    try:
        links = list(folder.iterdir())
    except FileNotFoundError:
        return
    for link in links:
        try:
            yield str(link.readlink())
        except FileNotFoundError:
            continue
