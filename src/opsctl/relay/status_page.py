"""The status page's part of the relay: what everybody may read, below /status.

It is written anew from the journal, at most once a second; where the store is out of reach, the files that were
written last are served.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from opsctl import wiring
from opsctl.core.context import Context
from opsctl.core.errors import OpsctlError

FRESH_SECONDS = 1.0
INDEX = "index.html"
TYPES = {"atom": "application/atom+xml; charset=utf-8", "json": "application/json", "html": "text/html; charset=utf-8"}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "public, max-age=5",
    # It is for everybody, so any page may read it.
    "Access-Control-Allow-Origin": "*",
}
PATHS = (INDEX, "feed.atom", *(f"api/v2/{name}.json" for name in ("summary", "status", "components", "incidents")))
"""What there is, below /status."""


def routes(context: Context) -> list[BaseRoute]:
    """The page, its feed and its JSON; none of it asks who reads it."""
    newest, policy = _Newest(context), f"{wiring.status_policy()}; frame-ancestors 'none'"
    pages = [Route(f"/status/{'' if path == INDEX else path}", _serving(newest, path, policy)) for path in PATHS]
    # With the slash, the page's own links mean the same as they do among the files.
    return [Route("/status", _to_the_page), *pages]


def _to_the_page(request: Request) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}/status/", status_code=308)


class _Newest:
    """The content as it was a moment ago, for all who ask in that moment."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._mutex = threading.Lock()
        self._content: Mapping[str, bytes] = {}
        self._until = 0.0

    def content(self, path: str) -> bytes | None:
        """What is to be served there; None where there is nothing."""
        with self._mutex:
            if time.monotonic() >= self._until:
                self._content = self._read()
                self._until = time.monotonic() + FRESH_SECONDS
            return self._content.get(path)

    def _read(self) -> Mapping[str, bytes]:
        try:
            return wiring.status_content(self._context)
        except OpsctlError:
            folder = wiring.status_folder(self._context)
            return {path: (folder / path).read_bytes() for path in PATHS if (folder / path).is_file()}


def _serving(newest: _Newest, path: str, policy: str) -> Callable[[Request], Response]:
    def serve(request: Request) -> Response:
        content = newest.content(path)
        if content is None:
            return PlainTextResponse("There is no status page yet.\n", status_code=503)
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        kind = TYPES[path.rpartition(".")[2]]
        headers = HEADERS | {"ETag": tag, "Content-Type": kind, "Content-Security-Policy": policy}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers)

    return serve
