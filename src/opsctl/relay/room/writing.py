"""What the page writes: messages, reactions, pressed buttons. Answered when it is stored; nothing of it can be lost."""

from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from opsctl.core.chat_text import LINE_BYTES
from opsctl.core.context import Context
from opsctl.core.room import Message
from opsctl.core.talking import Deed, press, react, say
from opsctl.relay.receiving import Receiver
from opsctl.relay.room.channels import channels_of
from opsctl.relay.room.refusals import Endpoint, Refused, answering, body_of, number_in, text_in
from opsctl.relay.room.session import person_of

CHANNEL_NAME = 81
EMOJI = 32
ID = 64
REASON = 1000

Reading = Callable[[Context, str, Any], Deed]
"""Reads from a body what a person does. Raises Refused."""


def routes(context: Context) -> list[BaseRoute]:
    """POST /messages, /reactions and /buttons."""
    deeds: dict[str, Reading] = {"/messages": _message, "/reactions": _reaction, "/buttons": _button}
    receiver = Receiver(context.store)
    return [Route(path, _writing(context, receiver, reading), methods=["POST"]) for path, reading in deeds.items()]


def _writing(context: Context, receiver: Receiver, reading: Reading) -> Endpoint:
    async def write(request: Request) -> Response:
        person = await person_of(context, request)
        body = await body_of(request)
        message = await receiver.write(await run_in_threadpool(reading, context, person, body))
        return JSONResponse({"message": message})

    return answering(write)


def _message(context: Context, person: str, body: Any) -> Deed:
    text = text_in(body, "text", most=LINE_BYTES).strip()
    if not text:
        raise Refused(400, "There is nothing to send.", "Type something.")
    if len(text.encode()) > LINE_BYTES:
        raise Refused(413, f"A message can have {LINE_BYTES} bytes, and this has more.", "Make it shorter.")
    channel = text_in(body, "channel", most=CHANNEL_NAME)
    if channel not in {one.name for one in channels_of(context)}:
        raise Refused(404, "There is no such channel.", "Reload the page.")
    thread = number_in(body.get("thread", 0), "thread")
    if thread:
        top = _seen(context, person, thread)
        channel, thread = top.channel, top.thread or top.id
    return say(person, channel, text, text_in(body, "id", most=ID), thread)


def _reaction(context: Context, person: str, body: Any) -> Deed:
    message = _seen(context, person, number_in(body.get("message"), "message"))
    emoji, id_ = text_in(body, "emoji", most=EMOJI), text_in(body, "id", most=ID)
    return react(person, message, emoji, id_, is_on=body.get("is_on") is True)


def _button(context: Context, person: str, body: Any) -> Deed:
    message = _seen(context, person, number_in(body.get("message"), "message"))
    action, plan = text_in(body, "action"), text_in(body, "plan", otherwise="")
    pressed = next((one for one in message.post.buttons if (one.action.value, one.plan) == (action, plan)), None)
    if pressed is None:
        raise Refused(409, "This can't be pressed any more.", "Look at the message as it is now.")
    reason = text_in(body, "reason", most=REASON, otherwise="")
    return press(person, message, pressed, text_in(body, "id", most=ID), reason)


def _seen(context: Context, person: str, message: int) -> Message:
    """A message that this person may see. Raises Refused."""
    found = context.store.room.message(message)
    if found is None or not found.may_be_seen_by(person):
        raise Refused(404, "There is no such message.", "Reload the page.")
    return found
