"""Signing in with a key that `room open` printed.

The key stands behind the "#" of the link, which no browser sends: it is in no log and no Referer.
"""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from opsctl.core import signing_in
from opsctl.core.context import Context
from opsctl.relay.room.refusals import Refused, answering, body_of, text_in

COOKIE = "opsctl-room"
PATH = "/room"


def routes(context: Context) -> list[BaseRoute]:
    """POST /session begins one, DELETE ends it."""

    async def begin(request: Request) -> Response:
        session = await run_in_threadpool(signing_in.sign_in, context.store, text_in(await body_of(request), "key"))
        if session is None:
            raise Refused(403, "This link does not work any more.", "Get a new one in a terminal: opsctl room open")
        answer = JSONResponse({"person": session.person})
        age = int(signing_in.SESSION_SECONDS)
        answer.set_cookie(COOKIE, session.secret, max_age=age, path=PATH, httponly=True, samesite="strict")
        return answer

    async def end(request: Request) -> Response:
        await run_in_threadpool(signing_in.sign_out, context.store, request.cookies.get(COOKIE, ""))
        answer = JSONResponse({})
        answer.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="strict")
        return answer

    return [
        Route("/session", answering(begin), methods=["POST"]),
        Route("/session", answering(end), methods=["DELETE"]),
    ]


async def person_of(context: Context, request: Request) -> str:
    """Who is signed in. Raises Refused where nobody is, or the site does not know them any more."""
    person = await run_in_threadpool(signing_in.person_of, context.store, request.cookies.get(COOKIE, ""))
    if person is None or person not in (await run_in_threadpool(context.published)).people:
        raise Refused(401, "You are not signed in.", "Get a link in a terminal: opsctl room open")
    return person
