"""What the room refuses, in words that the page shows; and reading what the page sent."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from opsctl.core.errors import OpsctlError, StoreUnusable

MOST_BYTES = 64 * 1024
"""Of the body of a request."""

Endpoint = Callable[[Request], Awaitable[Response]]


class Refused(Exception):  # named after what happened, like the core's errors
    """Not done, with the status code, what happened and what to do next."""

    def __init__(self, status: int, happened: str, do: str = "") -> None:
        super().__init__(happened)
        self.status = status
        self.happened = happened
        self.do = do


def answering(endpoint: Endpoint) -> Endpoint:
    """The endpoint, whose refusals become answers."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refused as refused:
            return _told(refused.status, refused.happened, refused.do)
        except StoreUnusable:
            # Its words name files; who looks at a page can do nothing about them.
            return _told(503, "The store can't be used now; nothing was changed.", "Use the terminal: opsctl doctor")
        except OpsctlError as error:
            return _told(400, error.happened, error.do)

    return answer


async def body_of(request: Request) -> Any:
    """The JSON object that was sent. Raises Refused for anything else, or too much of it."""
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > MOST_BYTES:
            raise Refused(413, "That is too long to send.", "Make it shorter.")
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Refused(400, "That could not be read.", "Reload the page.")
    return body


def text_in(body: Any, name: str, most: int = 256, otherwise: str | None = None) -> str:
    """A text of at most so many characters. Raises Refused."""
    value = body.get(name, otherwise) if isinstance(body, dict) else None
    if not isinstance(value, str) or len(value) > most or "\0" in value:
        raise Refused(400, f"{name} is missing or wrong.", "Reload the page.")
    return value


def number_in(value: Any, name: str) -> int:
    """A whole number from 0 on, also written as text. Raises Refused."""
    if isinstance(value, bool) or not str(value).isascii() or not str(value).isdecimal() or len(str(value)) > 15:
        raise Refused(400, f"{name} is missing or wrong.", "Reload the page.")
    return int(value)


def _told(status: int, happened: str, do: str) -> JSONResponse:
    return JSONResponse({"happened": happened, "do": do}, status_code=status)
