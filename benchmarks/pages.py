"""The room's open pages: how long it takes until each of them sees what one person said."""

import http.client
import json
import secrets
import select
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import quantiles

from benchmarks.row import Row
from benchmarks.site import make_site, relay_of
from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.core.published_site import PublishedSite
from opsctl.core.signing_in import new_key

PAGES = 200
MESSAGES = 40
BUDGET_SECONDS = 1.0
PATIENCE_SECONDS = 10.0
"""How long a message is waited for that some page does not see."""


def rows() -> list[Row]:
    """One row; takes about half a minute."""
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        place = Path(folder)
        address = f"127.0.0.1:{_free_port()}"
        with relay_of(make_site(place), place, address), _Person(place, address) as who:
            found = [seconds for number in range(MESSAGES) for seconds in who.seen_after(f"message {number}.")]
    wanted = PAGES * MESSAGES
    cuts = quantiles(found, n=100)
    slowest = max(found) if len(found) == wanted else float("inf")
    return [
        Row(
            f"the slowest of {PAGES} open pages to see a message / a second",
            slowest / BUDGET_SECONDS,
            1.0,
            is_ceiling=True,
            more=f"{len(found):,} of {wanted:,} seen, p50 {cuts[49]:.2f} s, p99 {cuts[98]:.2f} s",
        )
    ]


class _Person:
    """Somebody who is signed in, talks, and has all those pages open."""

    def __init__(self, place: Path, address: str) -> None:
        store = SqliteStore.open(place / "opsctl.db")
        site = PublishedSite.from_text(store.published() or "")
        self._channel = site.channel
        self._address = address
        self._http = http.client.HTTPConnection(address)
        self._cookie = ""
        begun = self._post("session", {"key": new_key(store, next(iter(site.people)))})
        self._cookie = (begun.getheader("Set-Cookie") or "").partition(";")[0]
        store.close()
        self._poll, self._pages, self._stack = select.epoll(), dict[int, _Page](), ExitStack()

    def __enter__(self) -> "_Person":
        for _ in range(PAGES):
            page = self._stack.enter_context(_page(self._address, self._cookie))
            self._pages[page.connection.fileno()] = page
            self._poll.register(page.connection, select.EPOLLIN)
        self._seen(b"retry:", time.monotonic())  # each is there by then
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        self._http.close()

    def seen_after(self, text: str) -> list[float]:
        """Say it; after how many seconds each page saw it, without those which did not."""
        time.sleep(0.05 + secrets.randbelow(100) / 1000)  # at any moment of the relay's beat
        began = time.monotonic()
        self._post("messages", {"id": secrets.token_hex(8), "channel": self._channel, "text": text})
        return self._seen(text.encode(), began)

    def _seen(self, text: bytes, began: float) -> list[float]:
        found: dict[int, float] = {}
        while len(found) < PAGES and (now := time.monotonic()) - began < PATIENCE_SECONDS:
            for number, _ in self._poll.poll(PATIENCE_SECONDS - (now - began)):
                if self._pages[number].has_seen(text):
                    found.setdefault(number, time.monotonic() - began)
        return list(found.values())

    def _post(self, path: str, body: object) -> http.client.HTTPResponse:
        headers = {"Origin": f"http://{self._address}", "Cookie": self._cookie, "Content-Type": "application/json"}
        self._http.request("POST", f"/room/{path}", json.dumps(body), headers)
        answer = self._http.getresponse()
        told = answer.read()
        assert answer.status == 200, told
        return answer


class _Page:
    """The stream of events that one open page has."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._read = b""

    def has_seen(self, text: bytes) -> bool:
        """Read what came; whether that text is in what was read since the last one that was seen."""
        self._read += self.connection.recv(65536)
        _, is_there, rest = self._read.partition(text)
        self._read = rest if is_there else self._read[-65536:]
        return bool(is_there)


@contextmanager
def _page(address: str, cookie: str) -> Iterator[_Page]:
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port))) as connection:
        head = f"GET /room/events?after=0 HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\n\r\n"
        connection.sendall(head.encode())
        yield _Page(connection)


def _free_port() -> int:
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        port: int = attempt.getsockname()[1]
        return port
