"""The service of the playground: small, quick to start, standard library only. It stands for any HTTP service.

SERVICE, VERSION, ENVIRONMENT and PORT come from the environment; how this version behaves from `release.json` in the
folder that it runs in: `healthy` (false: it starts, but never becomes healthy), `reason` (why, for its log),
`start_seconds` (how long it takes to become healthy), `exit` (it ends at once with this code).
"""

import contextlib
import json
import os
import random
import signal
import socketserver
import sys
import threading
import time
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

_HEARTBEAT_SECONDS = (2.0, 6.0)
_LINES = {
    "order-service": (
        "INFO order {number} placed: {small} items, 3 warehouses asked, {ms} ms",
        "INFO stock of warehouse {small} refreshed, {ms} articles",
        "WARN slow answer of the stock database: {slow} ms",
        "ERROR order {number} not placed: warehouse {small} answered 503, tried again in 2 s",
    ),
    "payment-service": (
        "INFO payment {number} captured, {ms} ms",
        "INFO settlement {small} closed, {ms} payments",
        "WARN provider answered after {slow} ms, the limit is 1500",
        "ERROR payment {number} declined by the provider: card expired",
    ),
    "api-gateway": (
        "INFO GET /v1/orders/{number} 200 {ms} ms",
        "INFO POST /v1/payments 201 {ms} ms",
        "WARN client {small} is over its limit, 429",
        "ERROR GET /v1/orders/{number} 502: order-service closed the connection",
    ),
}
_OTHER = ("INFO {number} handled, {ms} ms", "WARN slow: {slow} ms", "ERROR {number} failed, tried again in 2 s")
_WEIGHTS = (8, 5, 2, 1)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What `release.json` says about this version."""

    healthy: bool = True
    reason: str = "the database schema is older than this release needs: found 41, wanted 42"
    start_seconds: float = 0.0
    exit: int | None = None


class Cache:
    """What the service remembers between requests; here only how much that is."""

    def __init__(self) -> None:
        self._entries = random.randint(20, 60)  # noqa: S311 (it makes up a number)
        self._mutex = threading.Lock()

    def fill(self, entries: int) -> None:
        """Remember so many more."""
        with self._mutex:
            self._entries += entries

    def empty(self) -> int:
        """Forget all of it; returns how much that was."""
        with self._mutex:
            entries, self._entries = self._entries, 0
        return entries


@dataclass(frozen=True, slots=True)
class Running:
    """One replica of the service."""

    service: str
    version: str
    environment: str
    port: int
    behaviour: Behaviour
    since: float
    cache: Cache = field(default_factory=Cache)

    @property
    def is_healthy(self) -> bool:
        """Whether it can do its work."""
        return self.behaviour.healthy and time.monotonic() - self.since >= self.behaviour.start_seconds

    def answer(self, method: str, path: str) -> tuple[int, dict[str, Any]]:
        """Status and body for a request."""
        if path == "/cache":
            return (200, {"dropped": self.cache.empty()}) if method == "DELETE" else (405, {"error": "DELETE it"})
        if path == "/healthz":
            return (200, {"status": "ok"}) if self.is_healthy else (503, {"status": "not ready"})
        if path == "/":
            return 200, {name: getattr(self, name) for name in ("service", "version", "environment", "port")}
        return 404, {"error": "not found"}


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False


def main() -> int:
    """Serve until told to end."""
    behaviour = read_behaviour(Path("release.json"))
    service, version, environment = (os.environ.get(name, "unknown") for name in ("SERVICE", "VERSION", "ENVIRONMENT"))
    running = Running(service, version, environment, int(os.environ["PORT"]), behaviour, time.monotonic())
    say(f"INFO {running.service} {running.version} starts in {running.environment}, port {running.port}")
    if behaviour.exit is not None:
        say(f"ERROR cannot go on: {behaviour.reason}")
        return behaviour.exit
    if not behaviour.healthy:
        say(f"ERROR not ready: {behaviour.reason}")
    with _Server(("127.0.0.1", running.port), _handler(running)) as server:
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
        threading.Thread(target=_heartbeat, args=(running,), daemon=True).start()
        server.serve_forever(poll_interval=0.1)
    say(f"INFO {running.service} {running.version} ends")
    return 0


def read_behaviour(path: Path) -> Behaviour:
    """How this version behaves; a version without a file is a good one. Unknown keys are for people."""
    try:
        facts = json.loads(path.read_bytes())
    except FileNotFoundError:
        return Behaviour()
    return Behaviour(**{one.name: facts[one.name] for one in fields(Behaviour) if one.name in facts})


def say(text: str) -> None:
    """Write a line to the log. Goes on when nobody reads the log any more: serving is what it is for."""
    with contextlib.suppress(BrokenPipeError):
        os.write(sys.stdout.fileno(), f"{text}\n".encode())


def _handler(running: Running) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        timeout = 5.0

        def handle(self) -> None:
            with contextlib.suppress(OSError):
                self._answer()

        def _answer(self) -> None:
            words = self.rfile.readline(4096).split()
            while self.rfile.readline(4096).strip():
                pass
            method, path = (word.decode(errors="replace") for word in (*words, b"", b"")[:2])
            path = path.partition("?")[0]
            status, body = running.answer(method, path)
            if path != "/healthz":
                say(f"INFO {method!r} {path!r} {status}")
            data = json.dumps(body).encode() + b"\n"
            head = f"HTTP/1.1 {status} .\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n"
            self.wfile.write(head.encode() + b"Connection: close\r\n\r\n" + data)

    return Handler


def _heartbeat(running: Running) -> None:
    lines = _LINES.get(running.service, _OTHER)
    chance = random.Random()  # noqa: S311 (it makes up log lines)
    while True:
        if running.is_healthy:
            line = chance.choices(lines, _WEIGHTS[: len(lines)])[0]
            running.cache.fill(3)
            number, small = chance.randint(10000, 99999), chance.randint(1, 9)
            say(line.format(number=number, small=small, ms=chance.randint(4, 80), slow=chance.randint(900, 2400)))
        elif not running.behaviour.healthy:
            say(f"ERROR still not ready: {running.behaviour.reason}")
        time.sleep(chance.uniform(*_HEARTBEAT_SECONDS))


if __name__ == "__main__":
    sys.exit(main())
