"""What is measured against each other, each a server: python -m benchmarks.relay_servers NAME PORT FOLDER."""

import hashlib
import hmac
import json
import sys
import time
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.relay.app import assemble
from opsctl.relay.receiving import Receiver

SECRET = b"a secret that both sides know"


def signature(stamp: str, body: bytes) -> str:
    """HMAC-SHA256 over time and body, as chat platforms sign what they send."""
    return "v0=" + hmac.new(SECRET, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()


def bare(port: int) -> None:
    """A Starlette application that only answers, as `uvicorn.run` serves it without anything else installed."""

    async def answer(request: Request) -> Response:
        await request.body()
        return PlainTextResponse("")

    app = Starlette(routes=[Route("/commands", answer, methods=["POST"])])
    uvicorn.run(app, port=port, loop="asyncio", http="h11", log_level="warning", access_log=False)


def signed(port: int, folder: Path) -> None:
    """The relay's application: the signature is checked, the delivery stored, then it is acknowledged."""
    receiver = Receiver(SqliteStore.create(folder / "store.db", "bench"))

    async def command(request: Request) -> Response:
        body, stamp = await request.body(), request.headers["x-time"]
        is_fresh = abs(time.time() - float(stamp)) < 300
        if not is_fresh or not hmac.compare_digest(signature(stamp, body), request.headers["x-signature"]):
            return PlainTextResponse("", status_code=401)
        id_, text = request.headers["x-delivery"], body.decode()
        json.loads(text)
        await receiver.write(lambda tx: tx.deliveries.receive("bench", id_, text))
        return PlainTextResponse("")

    app = assemble([[Route("/commands", command, methods=["POST"])]], acknowledged=lambda _: None)
    uvicorn.run(app, port=port, loop="uvloop", http="httptools", log_config=None, access_log=False)


if __name__ == "__main__":
    name, port, folder = sys.argv[1:]
    if name == "bare":
        bare(int(port))
    else:
        signed(int(port), Path(folder))
