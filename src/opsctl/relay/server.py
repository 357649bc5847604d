"""`opsctl relay`: the relay behind its web server, until it is told to stop.

The server has a thread of its own, so that signals are this module's: the first one stops the relay gracefully, a
second one at once.
"""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from types import FrameType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from opsctl import wiring
from opsctl.commands.reading import read
from opsctl.core.context import Context, Interruption
from opsctl.relay import health, status_page
from opsctl.relay.app import assemble
from opsctl.relay.listening import listen
from opsctl.relay.log import Log, write_to
from opsctl.relay.relay import Relay
from opsctl.relay.room.live import Live
from opsctl.relay.room.routes import routes as room_routes

if TYPE_CHECKING:
    from opsctl.relay.slack.part import SlackPart
    from opsctl.settings.local import Settings

HANG_UP_SECONDS = 5
"""How long a connection may take to its end when the server stops."""


def serve(environment: Mapping[str, str], config: str, address: str) -> None:
    """Serve until a signal ends it; `address` replaces the one in the settings, where it is not empty.

    Raises UsageError where the settings are wrong or the address can't be listened at, StoreUnusable.
    """
    settings = wiring.settings_of(environment, config)
    store = wiring.open_store(settings)
    try:
        context = wiring.open_context(settings, store, read, Interruption(), environment=environment)
        context = context.acting_for(f"relay on {os.uname().nodename}")
        context.published()  # before that there is nobody to hear
        relay, slack = _relay(context, settings, environment)
        where = address or settings.relay.listen
        with listen(where) as sock:
            write_to()
            web = _Web(relay, _names(where, wiring.relay_address(settings)), slack.routes if slack else ())
            with _signals() as told_to_stop, ExitStack() as hearing:
                relay.start()
                web.start(sock)
                if slack:
                    hearing.enter_context(slack.listening())
                relay.log.info("listening", address=where, site=settings.site, process=os.getpid())
                while not told_to_stop.wait(1.0) and web.is_alive:
                    pass
                relay.log.info("stopping", grace_seconds=settings.relay.grace_seconds)
                hearing.close()
                web.stop()
                relay.stop(settings.relay.grace_seconds)
                relay.log.info("stopped")
    finally:
        store.close()


def _relay(context: Context, settings: "Settings", environment: Mapping[str, str]) -> "tuple[Relay, SlackPart | None]":
    """The relay, and its part that hears Slack where that is the chat."""
    if context.platform is None:
        return Relay.of(context, wiring.chat_of(context), wiring.takers_of(context)), None
    from opsctl.relay.slack.part import SlackAccess, SlackPart  # a room needs nothing of Slack's
    from opsctl.wiring.slack import slack_client, slack_way

    platform, slack = context.platform(), settings.slack
    way = slack_way(settings, environment)
    access = SlackAccess(slack_client(settings, environment), slack.command, slack.prefix, **way)
    hear = {settings.chat: access.translator(platform)}
    relay = Relay.of(context, wiring.chat_of(context), wiring.takers_of(context), hear)
    return relay, SlackPart(relay, access, platform.directory)


class _Web:
    """The web server, in a thread of its own."""

    def __init__(self, relay: Relay, names: Collection[str], slack: Sequence[BaseRoute]) -> None:
        self._live = Live(relay.context.store)
        self._sockets: list[socket.socket] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        config = uvicorn.Config(
            self._app(relay, names, slack),
            loop="uvloop",
            http="httptools",
            log_config=None,  # the relay's own, whose lines hold no query string
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nothing here asks who a proxy speaks for, so nobody can lie about it
            timeout_graceful_shutdown=HANG_UP_SECONDS,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)
        self._log: Log = relay.log
        relay.probe.workers["web"] = lambda: self.is_alive

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def start(self, sock: socket.socket) -> None:
        self._sockets = [sock]
        self._thread.start()

    def stop(self) -> None:
        """Take no more requests, and end those that would not end by themselves."""
        self._server.should_exit = True
        if self._loop is not None and self._loop.is_running():
            self._loop.call_soon_threadsafe(self._live.end)
        self._thread.join(HANG_UP_SECONDS + 2.0)

    def _run(self) -> None:
        try:
            self._server.run(sockets=self._sockets)
        except Exception as error:  # noqa: BLE001  # a thread's outermost function
            self._log.error("the web server ended", error)

    def _app(self, relay: Relay, names: Collection[str], slack: Sequence[BaseRoute]) -> Starlette:
        parts = [
            slack,  # first: routes are tried in order, and nothing else comes as often
            health.routes(relay.probe, relay.metrics),
            room_routes(relay.context, self._live, names),
            status_page.routes(relay.context),
        ]
        return assemble(parts, relay.acknowledged, [self._loop_known(), self._live.watching()])

    @asynccontextmanager
    async def _loop_known(self) -> AsyncIterator[None]:
        self._loop = asyncio.get_running_loop()
        yield


@contextmanager
def _signals() -> Iterator[threading.Event]:
    """An event that is set by the first signal; the second one ends the process where it stands."""
    told = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        if told.is_set():
            os._exit(128 + number)
        told.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _names(listening: str, url: str) -> frozenset[str]:
    """The names under which browsers may address it."""
    near = {"127.0.0.1", "localhost", "::1", urlsplit(url).hostname or ""}
    return frozenset(near if listening.startswith("unix:") else near | {urlsplit(f"//{listening}").hostname or ""})
