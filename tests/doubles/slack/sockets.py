"""Slack's delivering side over Socket Mode: a websocket server that misbehaves when it is told to.

docs.slack.dev/apis/events-api/using-socket-mode
"""

import json
import threading
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.slack.payloads import APP, Payload
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve


@dataclass(eq=False)
class Connection:
    """One socket of the app; `is_silent` leaves it open and brings nothing, while it answers pings."""

    socket: ServerConnection
    is_silent: bool = False

    def send(self, message: dict[str, Any]) -> None:
        if not self.is_silent:
            self.socket.send(json.dumps(message))


@dataclass
class SocketServer:
    """Use it as a context manager; `url` is a fresh address for one connection."""

    connections: list[Connection] = field(default_factory=list)
    acknowledged: dict[str, Any] = field(default_factory=dict)  # envelope -> the payload that came with it
    greeted: int = 0
    ghosts: int = 0  # connections that Slack counts and nobody has
    is_silent: bool = False  # whether new ones bring nothing, too
    tickets: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._changed = threading.Condition()
        self._server: Server = serve(self._serve, "127.0.0.1", 0)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> "SocketServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        for one in list(self.connections):
            one.socket.close()

    def url(self) -> str:
        ticket = uuid.uuid4().hex
        self.tickets.add(ticket)
        return f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}/link/?ticket={ticket}"

    def deliver(self, payload: Payload, *, envelope: str = "", attempt: int = 0, seconds: float = 5.0) -> bool:
        """Bring it over any one connection, the newest here, and wait for its acknowledgement; whether one came."""
        id_ = envelope or str(uuid.uuid4())
        self.bring(payload, id_, attempt)
        with self._changed:
            return self._changed.wait_for(lambda: id_ in self.acknowledged, seconds)

    def bring(self, payload: Payload, envelope: str, attempt: int = 0) -> None:
        """Send it, and wait for nothing. Raises LookupError where nobody is connected."""
        newest = self._newest()
        told: dict[str, Any] = {"envelope_id": envelope, "type": payload.kind, "payload": payload.body}
        told["accepts_response_payload"] = payload.kind == "slash_commands"
        if payload.kind == "events_api":
            told |= {"retry_attempt": attempt, "retry_reason": "timeout" if attempt else ""}
        newest.send(told)

    def say_goodbye(self, reason: str = "refresh_requested") -> None:
        """Ask the newest connection to be replaced, as Slack does every few hours."""
        self._newest().send({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}})

    def cut(self) -> None:
        """End the newest connection without a word."""
        self._newest().socket.close_socket()

    def _newest(self) -> Connection:
        with self._changed:
            if not self._changed.wait_for(lambda: bool(self.connections), 30):
                raise LookupError("nobody is connected")
            return self.connections[-1]

    def until(self, is_so: Any, seconds: float = 30.0) -> None:
        with self._changed:
            if not self._changed.wait_for(is_so, seconds):
                raise LookupError("nothing of that kind happened")

    def _serve(self, socket: ServerConnection) -> None:
        ticket = (socket.request.path if socket.request else "").rpartition("ticket=")[2]
        if ticket not in self.tickets:
            return  # each is good for one connection
        self.tickets.remove(ticket)
        mine = Connection(socket)
        with self._changed:
            self.connections.append(mine)
            self.greeted += 1
            self._changed.notify_all()
        count = len(self.connections) + self.ghosts
        mine.send(
            {
                "type": "hello",
                "num_connections": count,
                "debug_info": {"host": "applink-1", "build_number": 10, "approximate_connection_time": 18060},
                "connection_info": {"app_id": APP},
            }
        )
        mine.is_silent = self.is_silent
        try:
            for text in socket:
                answer = json.loads(text)
                with self._changed:
                    self.acknowledged[answer["envelope_id"]] = answer.get("payload")
                    self._changed.notify_all()
        except ConnectionClosed:
            pass
        finally:
            with self._changed:
                self.connections.remove(mine)
                self._changed.notify_all()


@dataclass
class Unruly:
    """Brings payloads in a disorder: some twice, some late, in another order, under other envelopes."""

    server: SocketServer
    held: deque[Payload] = field(default_factory=deque)

    def twice(self, payload: Payload, *, same_envelope: bool) -> bool:
        first = str(uuid.uuid4())
        again = first if same_envelope else str(uuid.uuid4())
        was = self.server.deliver(payload, envelope=first)
        return self.server.deliver(payload, envelope=again, attempt=1) and was

    def hold(self, payload: Payload) -> None:
        self.held.append(payload)

    def release_backwards(self) -> None:
        while self.held:
            assert self.server.deliver(self.held.pop())
