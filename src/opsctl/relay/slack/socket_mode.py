"""Slack over Socket Mode: no public address; what comes is acknowledged once it is stored.

docs.slack.dev/apis/events-api/using-socket-mode
"""

import threading
import time
from collections.abc import Callable
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient

from opsctl.core.errors import StoreUnusable
from opsctl.core.store import Store
from opsctl.relay.log import Log
from opsctl.relay.slack.arrival import PLATFORM, Arrival, Kind, read

PING_SECONDS = 5.0
"""A connection that leaves pings unanswered for four times as long is replaced by the client itself."""

SETTLED_SECONDS = 30.0
LONGEST_WAIT_SECONDS = 60.0
_STORE_AWAY = {"text": "⚠️ The store can't be used now; nothing was done.\nUse the terminal: opsctl doctor"}


class Pace:
    """How long to wait before the next connection: not at all after one that lasted, longer and longer after others.

    Slack closes the newest where too many are open (too_many_websockets); asking again at once keeps it so.
    """

    def __init__(self, settled_seconds: float = SETTLED_SECONDS) -> None:
        self._settled_seconds = settled_seconds
        self._opened_at = float("-inf")
        self._wait = 0.0

    def next(self) -> float:
        """Seconds to wait now."""
        now = time.monotonic()
        is_settled = now - self._opened_at > self._settled_seconds
        self._wait = 0.0 if is_settled else min(LONGEST_WAIT_SECONDS, max(0.5, self._wait * 2))
        self._opened_at = now + self._wait
        return self._wait


class _Client(SocketModeClient):
    """The client of slack-sdk, which waits for its turn before it asks for another connection."""

    pace: Pace
    is_over: threading.Event

    def issue_new_wss_url(self) -> str:
        self.is_over.wait(self.pace.next())
        return super().issue_new_wss_url()


class Socket:
    """The relay's connection. `arrived` is told what is stored and new; `is_own` tells a round trip's from people's."""

    def __init__(
        self,
        client: WebClient,
        app_token: str,
        store: Store,
        arrived: Callable[[Arrival], None],
        is_own: Callable[[Arrival], bool],
        log: Log,
        ping_seconds: float = PING_SECONDS,
    ) -> None:
        self._store = store
        self._arrived = arrived
        self._log = log
        self._is_own = is_own
        self._is_over = threading.Event()
        self._refused = "not connected yet"
        self.connections = 0
        """How many connections of this app Slack told of when this one began; 0 before it did."""
        # One worker: what comes is stored in the order in which it came.
        self._client = _Client(app_token, web_client=client, ping_interval=ping_seconds, concurrency=1)
        self._client.pace, self._client.is_over = Pace(), self._is_over
        self._client.message_listeners.append(self._hear)
        self._thread = threading.Thread(target=self._connect, name="socket", daemon=True)

    def start(self) -> None:
        """Begin to connect; it goes on until it succeeds."""
        self._thread.start()

    def stop(self) -> None:
        """Close it."""
        self._is_over.set()
        self._client.close()

    def replace(self) -> None:
        """Open another connection, then close this one."""
        self._client.connect_to_new_endpoint(force=True)

    @property
    def trouble(self) -> str:
        """Empty where it is connected."""
        if self._client.is_connected():
            return ""
        return self._refused or "the connection to Slack is lost"

    def _connect(self) -> None:
        """Until the first connection stands; from then on the client looks after it."""
        while not self._is_over.is_set():
            try:
                self._client.connect()
                if self._client.is_connected():
                    self._refused = ""
                    return
                self._refused = "Slack does not take the connection"
            except (SlackClientError, OSError) as error:
                answer = error.response["error"] if isinstance(error, SlackApiError) else "it does not answer"
                self._refused = f"Slack gives no connection: {answer}"
                self._log.warning("not connected", platform=PLATFORM, why=self._refused)
            self._client.wss_uri = None  # each address is good for one connection

    def _hear(self, client: BaseSocketModeClient, message: dict[str, Any], raw: str | None) -> None:
        try:
            if message.get("type") == "hello":
                self._greeted(message)
            elif message.get("envelope_id"):
                self._take(client, str(message["envelope_id"]), raw or "")
        except (SlackClientError, OSError) as error:
            # It comes again, and is known then.
            self._log.warning("not acknowledged", platform=PLATFORM, why=str(error))

    def _greeted(self, message: dict[str, Any]) -> None:
        self.connections = int(message.get("num_connections") or 0)
        self._log.info("connected", platform=PLATFORM, connections=self.connections)
        if self.connections > 1:
            self._log.warning("Slack holds other connections of this app", platform=PLATFORM, all=self.connections)

    def _take(self, client: BaseSocketModeClient, envelope: str, raw: str) -> None:
        acknowledged: dict[str, Any] = {"envelope_id": envelope}
        try:
            arrival = read(raw)
        except ValueError as error:
            self._log.warning("not understood", platform=PLATFORM, why=str(error))
            client.send_socket_mode_response(acknowledged)  # it would come again, and be no clearer
            return
        if self._is_own(arrival):
            client.send_socket_mode_response(acknowledged)
            return
        try:
            is_new = self._store.write(lambda tx: tx.deliveries.receive(PLATFORM, arrival.id, raw))
        except StoreUnusable as error:
            self._log.warning("the store can't be used", why=error.happened)
            if arrival.kind is Kind.COMMAND:  # never sent again, and somebody waits; all else comes again
                client.send_socket_mode_response({**acknowledged, "payload": _STORE_AWAY})
            return
        client.send_socket_mode_response(acknowledged)
        if is_new:
            self._arrived(arrival)
