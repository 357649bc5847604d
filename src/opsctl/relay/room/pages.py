"""The page: the files of the folder static, which ship with the package. No build step, nothing from elsewhere."""

from collections.abc import Awaitable, Callable
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_PAGE = "room.html"


def routes() -> list[BaseRoute]:
    """The page below /room/, and what it loads."""
    found = {one.name: one.read_bytes() for one in (files("opsctl.relay.room") / "static").iterdir()}
    return [Route("/" if name == _PAGE else f"/{name}", _file(name, content)) for name, content in found.items()]


def _file(name: str, content: bytes) -> Callable[[Request], Awaitable[Response]]:
    kind = _KINDS[name[name.rindex(".") :]]

    async def serve(request: Request) -> Response:
        del request
        # Asked again each time: a relay that was brought up to date has a page that is, too.
        return Response(content, media_type=kind, headers={"Cache-Control": "no-cache"})

    return serve
