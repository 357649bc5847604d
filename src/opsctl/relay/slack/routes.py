"""Slack over HTTP: nothing is parsed before its signature was checked, nothing acknowledged before it is stored.

docs.slack.dev/authentication/verifying-requests-from-slack
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from slack_sdk.signature import SignatureVerifier
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

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


_ACKNOWLEDGED = Response()


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
    door = _Door(SignatureVerifier(signing_secret), receiver, arrived, is_own, log)
    return [Route(path, door, methods=["POST"]) for path in PATHS]


@dataclass(frozen=True, slots=True)
class _Door:
    """What Slack posts to; an ASGI application, since a request made of its scope would take longer than storing it."""

    verifier: SignatureVerifier
    receiver: Receiver
    arrived: Callable[[Arrival], None]
    is_own: Callable[[Arrival], bool]
    log: Log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        answer = PlainTextResponse("", status_code=413) if body is None else await self._taken(scope, body)
        await answer(scope, receive, send)

    async def _taken(self, scope: Scope, body: bytes) -> Response:
        if not is_signed(self.verifier, Headers(scope=scope), body):
            return self._refused(401, scope, "signature or time")
        try:
            text = body.decode()
            return _answered_at_once(text, self.log) or await self._stored(text)
        except (ValueError, RecursionError) as error:
            return self._refused(400, scope, str(error))

    async def _stored(self, text: str) -> Response:
        arrival = read(text)
        if self.is_own(arrival):
            return _ACKNOWLEDGED

        def work(tx: Transaction) -> bool:
            return tx.deliveries.receive(PLATFORM, arrival.id, text)

        try:
            is_new = await self.receiver.write(work)
        except StoreUnusable as error:
            self.log.warning("the store can't be used", why=error.happened)
            # Events are sent again after this; commands are not, and somebody waits for an answer.
            is_command = arrival.kind is Kind.COMMAND
            return JSONResponse(_STORE_AWAY) if is_command else PlainTextResponse("", status_code=503)
        if is_new:
            self.arrived(arrival)
        return _ACKNOWLEDGED

    def _refused(self, status: int, scope: Scope, why: str) -> Response:
        self.log.warning("refused", platform=PLATFORM, path=scope["path"], why=why)
        return PlainTextResponse("", status_code=status)


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


async def _body(receive: Receive) -> bytes | None:
    """The body as it came, None for too much of it, or for one that breaks off."""
    content, is_more = b"", True
    while is_more:
        message = await receive()
        content += message.get("body", b"")
        if len(content) > MOST_BYTES or message["type"] == "http.disconnect":
            return None
        is_more = message.get("more_body", False)
    return content
