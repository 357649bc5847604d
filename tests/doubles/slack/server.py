"""A small Slack: its Web API over real HTTP, with state, that checks what it is asked and misbehaves on order."""

import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

from tests.doubles.slack.contract import violations
from tests.doubles.slack.methods import Methods, Refusal
from tests.doubles.slack.orders import AnswerLost, Broken, Delayed, Dropped, Order, RateLimited, Refused
from tests.doubles.slack.workspace import Workspace

SCOPES = frozenset(
    [
        "app_mentions:read",
        "channels:history",
        "channels:manage",
        "channels:read",
        "chat:write",
        "chat:write.public",
        "commands",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:write",
        "metadata.message:read",
        "reactions:read",
        "reactions:write",
        "usergroups:read",
        "users:read",
    ]
)
"""What a token may do that may do all."""

TOKEN = "xoxb-double-1"
APP_TOKEN = "xapp-double-1"


@dataclass(frozen=True)
class Asked:
    """A request as it came; `at` on the monotonic clock."""

    method: str
    arguments: dict[str, Any]
    at: float


@dataclass
class SlackDouble:
    """Use it as a context manager; `url` is the Web API's. `violations` are requests that Slack would not know."""

    workspace: Workspace = field(default_factory=Workspace)
    tokens: set[str] = field(default_factory=lambda: {TOKEN, APP_TOKEN})
    asked: list[Asked] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    on_event: Callable[[dict[str, Any]], None] = lambda _: None  # told of the events that the app itself causes

    def __post_init__(self) -> None:
        self._happened: list[dict[str, Any]] = []
        self.methods = Methods(self.workspace, on_event=self._happened.append)
        self._orders: dict[str, deque[Order]] = defaultdict(deque)
        self._standing: dict[str, Order] = {}
        self._mutex = threading.RLock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> "SlackDouble":
        self.methods.upload = f"{self.url}upload/"
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/api/"

    @property
    def open_connection(self) -> Callable[[], str] | None:
        """What `apps.connections.open` answers with: the address of a socket."""
        return self.methods.open_connection

    @open_connection.setter
    def open_connection(self, give: Callable[[], str] | None) -> None:
        self.methods.open_connection = give

    @property
    def granted(self) -> list[str]:
        """The scopes of the bot's token, which every answer tells in a header."""
        granted = self.methods.scopes
        return sorted(SCOPES if granted is None else granted)

    def next(self, method: str, *orders: Order) -> None:
        """What becomes of the next requests to a method, one after the other; "*" is any method."""
        self._orders[method].extend(orders)

    def always(self, method: str, order: Order | None) -> None:
        """What becomes of every request to a method from now on; None: what should."""
        self._standing.pop(method, None)
        if order is not None:
            self._standing[method] = order

    def calls(self, method: str) -> list[Asked]:
        return [one for one in self.asked if one.method == method]

    def order_for(self, method: str) -> Order | None:
        with self._mutex:
            for name in (method, "*"):
                if self._orders[name]:
                    return self._orders[name].popleft()
            return self._standing.get(method) or self._standing.get("*")

    def answer(self, method: str, token: str, content_type: str, arguments: dict[str, Any]) -> dict[str, Any]:
        with self._mutex:
            answer = self._answer(method, token, content_type, arguments)
            happened = [*self._happened]
            self._happened.clear()
        # An event may have to wait for a connection, and asking for one takes the mutex.
        for inner in happened:
            self.on_event(inner)
        return answer

    def _answer(self, method: str, token: str, content_type: str, arguments: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(Asked(method, arguments, time.monotonic()))
        if token not in self.tokens:
            return {"ok": False, "error": "invalid_auth" if token else "not_authed"}
        wrong = violations(method, content_type, arguments)
        if wrong:
            self.violations += wrong
            return {"ok": False, "error": "invalid_arguments", "response_metadata": {"messages": wrong}}
        try:
            return self.methods.call(method, arguments)
        except Refusal as refusal:
            return {"ok": False, "error": refusal.error, **refusal.more}

    def upload(self, file: str, content: bytes) -> None:
        with self._mutex:
            self.methods.uploads[file].content = content


def _handler(slack: SlackDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            content_type = (self.headers.get("Content-Type") or "").partition(";")[0].strip()
            path = self.path.removeprefix("/api/")
            if path.startswith("upload/"):
                slack.upload(path.removeprefix("upload/"), body)
                self._send(200, b"OK")
                return
            try:
                arguments = _arguments(self.headers["Content-Type"] or "", content_type, body)
            except ValueError:
                self._send(200, b'{"ok": false, "error": "invalid_json"}')
                return
            self._carry_out(path, content_type, arguments)

        def _carry_out(self, method: str, content_type: str, arguments: dict[str, Any]) -> None:
            order = slack.order_for(method)
            match order:
                case Dropped():
                    self.close_connection = True
                    return
                case Broken(status=status):
                    self._send(status, b"<html>something went wrong</html>")
                    return
                case RateLimited(seconds=seconds):
                    more = {} if seconds is None else {"Retry-After": str(seconds)}
                    self._send(429, b'{"ok": false, "error": "ratelimited"}', more)
                    return
                case Refused(error=error):
                    self._send(200, json.dumps({"ok": False, "error": error}).encode())
                    return
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            answer = slack.answer(method, token, content_type, arguments)
            if isinstance(order, Delayed):
                time.sleep(order.seconds)
            if isinstance(order, AnswerLost):
                self.close_connection = True
                return
            self._send(200, json.dumps(answer).encode(), {"X-OAuth-Scopes": ",".join(slack.granted)})

        def _send(self, status: int, body: bytes, more: dict[str, str] | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            for name, value in (more or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Handler


def _arguments(header: str, content_type: str, body: bytes) -> dict[str, Any]:
    if content_type == "application/json":
        return dict(json.loads(body or b"{}"))
    if content_type == "multipart/form-data":
        parts = message_from_bytes(b"Content-Type: " + header.encode() + b"\r\n\r\n" + body, policy=HTTP)
        return {
            str(part.get_param("name", header="content-disposition")): part.get_content() for part in parts.iter_parts()
        }
    return dict(parse_qsl(body.decode(), keep_blank_values=True))
