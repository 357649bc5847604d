"""The relay's web application, put together of parts: each part is a list of routes."""

import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Acknowledging:
    """Measures how long what brings something waits for its answer, and has what came looked at at once."""

    def __init__(self, app: ASGIApp, acknowledged: Callable[[float], None]) -> None:
        self._app = app
        self._acknowledged = acknowledged

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def sending(message: Message) -> None:
            await send(message)
            if message["type"] == "http.response.start":
                self._acknowledged(time.perf_counter() - began)

        await self._app(scope, receive, sending)


def assemble(
    parts: Iterable[Sequence[BaseRoute]],
    acknowledged: Callable[[float], None],
    living: Iterable[AbstractAsyncContextManager[None]] = (),
) -> Starlette:
    """The application of these parts.

    `acknowledged` is told the seconds that each POST waited for its answer; `living` is entered when the server
    starts, and left when it stops.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        async with AsyncExitStack() as stack:
            for one in living:
                await stack.enter_async_context(one)
            yield

    return Starlette(
        routes=[route for part in parts for route in part],
        middleware=[Middleware(Acknowledging, acknowledged=acknowledged)],
        lifespan=lifespan,
    )
