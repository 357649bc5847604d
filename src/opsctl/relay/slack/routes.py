"""Slack over HTTP: nothing is parsed before its signature was checked, nothing acknowledged before it is stored.

docs.slack.dev/authentication/verifying-requests-from-slack
"""

import json
from collections.abc import Callable

from slack_sdk.signature import SignatureVerifier
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from opsctl.core.errors import StoreUnusable
from opsctl.core.store import Transaction
from opsctl.relay.log import Log
from opsctl.relay.receiving import Receiver
from opsctl.relay.slack.arrival import PLATFORM, Arrival, Kind, read

PATHS = ("/slack/commands", "/slack/events", "/slack/interactivity")
MOST_BYTES = 1024 * 1024
"""Of the body of a request. What Slack sends along of a message with all its blocks stays far below."""

_STORE_AWAY = {
    "response_type": "ephemeral",
    "text": "⚠️ The store can't be used now; nothing was done.\nUse the terminal: opsctl doctor",
}


def routes(
    receiver: Receiver,
    signing_secret: str,
    arrived: Callable[[Arrival], None],
    is_own: Callable[[Arrival], bool],
    log: Log,
) -> list[BaseRoute]:
    """POST to the three addresses that Slack is given; each takes whatever comes.

    `is_own` tells a round trip's deliveries from people's. `arrived` is told what is stored and was never here before.
    """
    verifier = SignatureVerifier(signing_secret)

    async def take(request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return PlainTextResponse("", status_code=413)
        if not is_signed(verifier, request.headers, body):
            log.warning("refused", platform=PLATFORM, path=request.url.path, why="signature or time")
            return PlainTextResponse("", status_code=401)
        try:
            return await _stored(body.decode())
        except ValueError as error:
            log.warning("refused", platform=PLATFORM, path=request.url.path, why=str(error))
            return PlainTextResponse("", status_code=400)

    async def _stored(text: str) -> Response:
        answer = _answered_at_once(text, log)
        if answer is not None:
            return answer
        arrival = read(text)
        if is_own(arrival):
            return Response()

        def work(tx: Transaction) -> bool:
            return tx.deliveries.receive(PLATFORM, arrival.id, text)

        try:
            is_new = await receiver.write(work)
        except StoreUnusable as error:
            log.warning("the store can't be used", why=error.happened)
            # Events are sent again after this; commands are not, and somebody waits for an answer.
            is_command = arrival.kind is Kind.COMMAND
            return JSONResponse(_STORE_AWAY) if is_command else PlainTextResponse("", status_code=503)
        if is_new:
            arrived(arrival)
        return Response()

    return [Route(path, take, methods=["POST"]) for path in PATHS]


def is_signed(verifier: SignatureVerifier, headers: Headers, body: bytes) -> bool:
    """Whether Slack signed this body, at most 300 seconds ago by the clock of this machine."""
    stamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 16 and signature.isascii()):
        return False
    try:
        return verifier.is_valid(body, stamp, signature)
    except UnicodeDecodeError:
        return False  # Slack sends UTF-8


def _answered_at_once(text: str, log: Log) -> Response | None:
    """What brings nothing: Slack asks whether the address is ours and its certificate good, or says it holds back."""
    if text.startswith("{"):
        found = json.loads(text)
        if found.get("type") == "url_verification":
            return PlainTextResponse(str(found.get("challenge", "")))
        if found.get("type") == "app_rate_limited":
            # docs.slack.dev/reference/events/app_rate_limited: more than 30,000 events in an hour
            log.warning("Slack holds events back", platform=PLATFORM, minute=found.get("minute_rate_limited"))
            return Response()
    elif text.startswith("ssl_check=1") or "&ssl_check=1" in text:
        return Response()
    return None


async def _body(request: Request) -> bytes | None:
    """The body as it came, None for too much of it."""
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > MOST_BYTES:
            return None
    return content
