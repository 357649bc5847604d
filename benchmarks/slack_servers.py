"""What takes Slack's commands, each a server: python -m benchmarks.slack_servers NAME PORT FOLDER."""

import gc
import sys
from pathlib import Path

import uvicorn

from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.relay.app import assemble
from opsctl.relay.log import Log
from opsctl.relay.receiving import Receiver
from opsctl.relay.slack.routes import routes

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TOKEN = "xoxb-bench"


def bolt(port: int) -> None:
    """slack-bolt's asynchronous form, whose listener does nothing but `ack()`, on its own web server (aiohttp)."""
    from slack_bolt.async_app import AsyncAck, AsyncApp
    from slack_bolt.authorization import AuthorizeResult

    async def authorize() -> AuthorizeResult:  # nobody is asked who the bot is: that would measure a network
        return AuthorizeResult(
            enterprise_id=None, team_id="T0ACME", bot_user_id="U0BOT", bot_id="B0BOT", bot_token=TOKEN
        )

    app = AsyncApp(signing_secret=SECRET, authorize=authorize)

    @app.command("/ops")
    async def take(ack: AsyncAck) -> None:
        await ack()

    app.server(port=port, path="/slack/commands", host="127.0.0.1").start()


def opsctl(port: int, folder: Path) -> None:
    """The relay's own routes: the signature is checked, the delivery stored durably, then it is acknowledged."""
    gc.set_threshold(50_000)  # as opsctl/__main__.py has it
    receiver = Receiver(SqliteStore.create(folder / "store.db", "bench"))
    part = routes(receiver, SECRET, lambda _: None, lambda _: False, Log())
    app = assemble([part], acknowledged=lambda _: None)
    uvicorn.run(
        app,
        port=port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )


if __name__ == "__main__":
    name, port, folder = sys.argv[1:]
    if name == "bolt":
        bolt(int(port))
    else:
        opsctl(int(port), Path(folder))
