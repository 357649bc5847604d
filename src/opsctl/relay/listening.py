"""Where the relay listens: a TCP port, or a unix socket for a proxy on the same machine."""

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from opsctl.core.errors import UsageError

UNIX = "unix:"
_MODE = 0o660
"""Of a unix socket: for its user and group, so that a proxy of that group can reach it."""


@contextmanager
def listen(address: str) -> Iterator[socket.socket]:
    """A socket that listens at HOST:PORT or unix:PATH; closed, and a path taken away, when the block ends.

    Raises UsageError where it can't, which another process that listens there is the usual reason for.
    """
    path = Path(address.removeprefix(UNIX)) if address.startswith(UNIX) else None
    try:
        sock = _at_path(path) if path else _at_port(address)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"The relay can't listen at {address}: {getattr(error, 'strerror', None) or error}.",
            means="It was not started.",
            do="Another relay may be at work there; else name another place: opsctl relay --listen HOST:PORT",
            reason="address",
        ) from error
    try:
        yield sock
    finally:
        sock.close()
        if path:
            path.unlink(missing_ok=True)


def _at_port(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError("it has to be HOST:PORT or unix:PATH")
    family, kind, protocol, _, where = socket.getaddrinfo(
        host.strip("[]"), int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(where)
        sock.listen(1024)
    except BaseException:
        sock.close()
        raise
    return sock


def _at_path(path: Path) -> socket.socket:
    _remove_dead(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o777 & ~_MODE)
    try:
        sock.bind(str(path))
        sock.listen(1024)
    except BaseException:
        sock.close()
        raise
    finally:
        os.umask(before)
    return sock


def _remove_dead(path: Path) -> None:
    """Take away the socket of a relay that was killed; one that answers is left alone."""
    with suppress(FileNotFoundError):
        if stat.S_ISSOCK(path.stat().st_mode):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as attempt:
                try:
                    attempt.connect(str(path))
                except ConnectionRefusedError:
                    path.unlink()
