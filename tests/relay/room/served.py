"""The room's part of the relay, served for a test on a port of its own."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx
import uvicorn
from starlette.applications import Starlette
from tests.core.team import Colleagues

from opsctl.core.signing_in import new_key
from opsctl.relay.room.live import Live
from opsctl.relay.room.routes import routes


@contextmanager
def served(team: Colleagues, port: int = 0) -> Iterator[str]:
    """The base URL, while it is served; 0 is any free port."""
    live = Live(team.store)
    loops: list[asyncio.AbstractEventLoop] = []

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        loops.append(asyncio.get_running_loop())
        async with live.watching():
            yield

    app = Starlette(routes=routes(team.context("@alice"), live, ["127.0.0.1"]), lifespan=lifespan)
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        loops[0].call_soon_threadsafe(live.end)
        server.should_exit = True
        thread.join(timeout=10)


@contextmanager
def signed_in(team: Colleagues, base: str, person: str) -> Iterator[httpx.Client]:
    """A client with that person's session."""
    with httpx.Client(base_url=f"{base}/room/", headers={"Origin": base}, trust_env=False) as client:
        assert client.post("session", json={"key": new_key(team.store, person)}).json() == {"person": person}
        yield client


def link(team: Colleagues, base: str, person: str) -> str:
    """What `room open` would print."""
    return f"{base}/room/#key={new_key(team.store, person)}"
