"""What the page reads: who it is for, channels, messages, what may be typed, and what happens."""

import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from opsctl.core.context import Context
from opsctl.core.errors import StoreUnusable
from opsctl.relay.room.channels import channels_of
from opsctl.relay.room.completion import completion_json
from opsctl.relay.room.live import Live
from opsctl.relay.room.refusals import answering, number_in
from opsctl.relay.room.session import person_of
from opsctl.relay.room.wire import channel_json, message_json

PAGE = 50


def routes(context: Context, live: Live) -> list[BaseRoute]:
    """GET /state, /messages, /completion and /events."""

    async def state(request: Request) -> Response:
        person = await person_of(context, request)
        return JSONResponse({"person": person, **await run_in_threadpool(_state, context)})

    async def messages(request: Request) -> Response:
        person = await person_of(context, request)
        asked = request.query_params
        found = await run_in_threadpool(
            context.store.room.messages,
            asked.get("channel", ""),
            person,
            thread=number_in(asked.get("thread", "0"), "thread"),
            before=number_in(asked.get("before", "0"), "before"),
            limit=PAGE,
        )
        return JSONResponse({"messages": [message_json(one) for one in found], "is_all": len(found) < PAGE})

    async def completion(request: Request) -> Response:
        await person_of(context, request)
        return JSONResponse(await run_in_threadpool(completion_json, context))

    async def events(request: Request) -> Response:
        person = await person_of(context, request)
        # A browser that lost the connection says where it was (WHATWG HTML, 9.2.4).
        after = request.headers.get("last-event-id") or request.query_params.get("after", "")
        stream = _events(live, number_in(after, "after"), person)
        return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    return [
        Route("/state", answering(state)),
        Route("/messages", answering(messages)),
        Route("/completion", answering(completion)),
        Route("/events", answering(events)),
    ]


def _state(context: Context) -> dict[str, Any]:
    # The change first: what comes in between is told twice rather than not at all.
    change = context.store.room.newest_change()
    channels = [channel_json(one) for one in channels_of(context)]
    return {"site": context.store.site_id, "change": change, "channels": channels}


async def _events(live: Live, after: int, person: str) -> AsyncIterator[bytes]:
    yield b"retry: 1000\n\n"
    try:
        async for message in live.changes(after, person):
            if message is None:
                yield b": still here\n\n"
            else:
                yield f"id: {message.change}\ndata: {json.dumps(message_json(message))}\n\n".encode()
    except StoreUnusable:
        return  # the page comes again by itself
