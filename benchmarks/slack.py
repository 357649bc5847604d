"""Slack: a signed slash command until it is stored and acknowledged, against slack-bolt's async app that only acks."""

import hashlib
import hmac
import select
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

from benchmarks.row import Row
from benchmarks.slack_servers import SECRET

CONNECTIONS = 64
SECONDS = 3.0
ROUNDS = 5
MOST = 90_000
"""Requests that one measurement may take."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Requests a second, and the time that 99 of 100 were answered within, in seconds."""

    rate: float
    p99: float


def rows() -> list[Row]:
    """Both rows; the two servers take turns, so that a slow moment of the machine meets both."""
    rates, delays = [], []
    # Not in /tmp, which may be memory, where syncing costs nothing.
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        for number in range(ROUNDS):
            with _server("bolt", Path(folder)) as port:
                bolt = _measured(port)
            with _server("opsctl", Path(folder) / str(number)) as port:
                ours = _measured(port)
            rates.append(ours.rate / bolt.rate)
            delays.append(ours.p99 / bolt.p99)
    return [
        Row("signed slash command → stored, acknowledged / bolt async that only acks", median(rates), 2.0),
        Row("its 99th percentile / bolt's", median(delays), 1.0, is_ceiling=True),
    ]


@contextmanager
def _server(name: str, folder: Path) -> Iterator[int]:
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        port: int = attempt.getsockname()[1]
    words = [sys.executable, "-m", "benchmarks.slack_servers", name, str(port), str(folder)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
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


def _measured(port: int) -> Measured:
    """Over connections that are kept open, each with one request under way."""
    # Made and signed before: what the client takes is taken from the server, on a machine with few processors.
    requests = iter([_request() for _ in range(MOST)])
    poll, connections, sent = select.epoll(), {}, {}
    for _ in range(CONNECTIONS):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(connection, select.EPOLLIN)
        connections[connection.fileno()] = connection
        sent[connection.fileno()] = time.perf_counter()
        connection.sendall(next(requests))
    took: list[float] = []
    began = time.perf_counter()
    while (now := time.perf_counter()) - began < SECONDS:
        for number, _ in poll.poll(1.0):
            answer = connections[number].recv(4096)
            assert b" 200 " in answer[:20], answer
            at = time.perf_counter()
            took.append(at - sent[number])
            sent[number] = at
            connections[number].sendall(next(requests))
    for connection in connections.values():
        connection.close()
    return Measured(len(took) / (now - began), quantiles(took, n=100)[-1])


def _request() -> bytes:
    stamp = str(int(time.time()))
    fields = {
        "token": "deprecated",
        "team_id": "T0ACME",
        "team_domain": "acme",
        "channel_id": "C0DEPLOY",
        "channel_name": "deployments",
        "user_id": "U0ALICE",
        "user_name": "alice",
        "command": "/ops",
        "text": "deploy order-service v2.4.1 production",
        "api_app_id": "A0OPS",
        "is_enterprise_install": "false",
        "response_url": "https://hooks.slack.com/commands/T0ACME/1/x",
        "trigger_id": uuid.uuid4().hex,
    }
    body = urlencode(fields)
    signed = hmac.new(SECRET.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    head = (
        f"POST /slack/commands HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"X-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: v0={signed}\r\n\r\n"
    )
    return f"{head}{body}".encode()
