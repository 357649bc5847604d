"""What every answer of the room carries, and what no request gets past: a wrong Host, a foreign Origin.

Host is checked against DNS rebinding. A request that changes something must come from the page itself: its cookie is
SameSite=Strict, and besides that Origin has to be the room's own (Fetch standard, 3.2; browsers send it with POST).
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guarded:
    """The routes behind their doors. `hosts` are names or addresses without a port."""

    def __init__(self, routes: Iterable[BaseRoute], hosts: frozenset[str]) -> None:
        self._app: ASGIApp = Router(routes=list(routes), default=_nothing_here)
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on and add what every answer carries."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope["method"], Headers(scope=scope))

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await (refusal or self._app)(scope, receive, sending)

    def _refusal(self, method: str, headers: Headers) -> ASGIApp | None:
        host = headers.get("host", "")
        if _name(f"//{host}") not in self._hosts:
            return PlainTextResponse("This is not the name of this relay.\n", status_code=421)
        if method not in _SAFE and urlsplit(headers.get("origin", "")).netloc != host:
            return PlainTextResponse("Only the room's own page may do this.\n", status_code=403)
        return None


async def _nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("There is nothing here.\n", status_code=404)(scope, receive, send)


def _name(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
