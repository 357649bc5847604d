"""The relay: how fast it acknowledges what it has stored, and whether its memory stays flat over many commands."""

import os
import select
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.relay_servers import signature
from benchmarks.row import Row
from benchmarks.site import make_site, relay_of
from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.core.talking import say

CONNECTIONS = 64
SECONDS = 3.0
ROUNDS = 3
COMMANDS = int(os.environ.get("OPSCTL_BENCH_COMMANDS", "3000"))
VISITORS = 8
BODY = b'{"command": "/ops", "text": "deploy order-service v2.4.1 production", "user_id": "U1", "channel_id": "C1"}'


def rows() -> list[Row]:
    """All rows; takes about a minute."""
    # Not in /tmp, which may be memory, where syncing costs nothing.
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        place = Path(folder)
        return [_acknowledged(place), _memory(place / "site")]


def _acknowledged(place: Path) -> Row:
    ratios = []
    for number in range(ROUNDS):
        with _server("bare", place) as port:
            bare = _rate(port)
        with _server("signed", place / str(number)) as port:
            ratios.append(_rate(port) / bare)
    return Row("signed command → stored, acknowledged / bare Starlette, stock uvicorn", median(ratios), 1.0)


@contextmanager
def _server(name: str, folder: Path) -> Iterator[int]:
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        port: int = attempt.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.relay_servers", name, str(port), str(folder)])
    try:
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                assert time.monotonic() < until, name
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


def _rate(port: int) -> float:
    """Requests a second over connections that are kept open, each with one request under way."""
    poll, connections = select.epoll(), {}
    for _ in range(CONNECTIONS):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(connection, select.EPOLLIN)
        connections[connection.fileno()] = connection
        connection.sendall(_request())
    answered, began = 0, time.perf_counter()
    while (now := time.perf_counter()) - began < SECONDS:
        for number, _ in poll.poll(1.0):
            answer = connections[number].recv(4096)
            assert b" 200 " in answer[:20], answer
            answered += 1
            connections[number].sendall(_request())
    for connection in connections.values():
        connection.close()
    return answered / (now - began)


def _request() -> bytes:
    stamp = str(int(time.time()))
    head = (
        f"POST /commands HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(BODY)}\r\n"
        f"X-Time: {stamp}\r\nX-Signature: {signature(stamp, BODY)}\r\nX-Delivery: {uuid.uuid4().hex}\r\n\r\n"
    )
    return head.encode() + BODY


def _memory(place: Path) -> Row:
    """A real relay that answers one command after another: its memory after all of them over that after half.

    By then its caches are full: 1,000 messages for open pages, and the pages of the database.
    """
    with relay_of(make_site(place), place, f"unix:{place}/relay.sock") as process:
        store = SqliteStore.open(place / "opsctl.db")
        _say(store, COMMANDS // 2, "first")
        before = _resident(process.pid)
        _say(store, COMMANDS // 2, "rest")
        after = _resident(process.pid)
        store.close()
    return Row(
        f"memory of the relay after {COMMANDS:,} commands / after half of them", after / before, 1.1, is_ceiling=True
    )


def _say(store: SqliteStore, count: int, name: str) -> None:
    """Say that many lines, a hundred at a time, and wait until all are dealt with."""
    for first in range(0, count, 100):
        for number in range(first, min(first + 100, count)):
            line = ("/status", "/operations", "/deplyo", "/approvals")[number // VISITORS % 4]
            store.write(say(f"@visitor{number % VISITORS}", "#ops", line, f"{name}-{number}"))
        while store.deliveries.open(1):
            time.sleep(0.01)


def _resident(process: int) -> int:
    """Bytes in memory, as statm of proc(5) tells them."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
