"""The playground's relay: a process of its own, which outlives the tour; and the room's page, as people use it."""

import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from opsctl.core.errors import ActionFailed
from opsctl.core.holder import Holder
from opsctl.playground.folder import Playground

START_SECONDS = 15.0
STOP_SECONDS = 15.0


def start(playground: Playground, environment: Mapping[str, str]) -> None:
    """Start it, where it is not at work, and wait until it hears. Raises ActionFailed with the end of its log."""
    if not _is_alive(playground):
        with playground.relay_log.open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "opsctl", "relay"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        playground.relay_holder.write_text(str(Holder.of(process.pid)))
    until = time.monotonic() + START_SECONDS
    while not _is_ready(_base(playground)):
        if time.monotonic() > until or not _is_alive(playground):
            tail = tuple(playground.relay_log.read_text().splitlines()[-5:])
            raise ActionFailed("The playground's relay did not come up.", means="The tour stops here.", log_tail=tail)
        time.sleep(0.1)


def stop(playground: Playground) -> None:
    """End it, where it is at work."""
    if (holder := _holder(playground)) is None or holder.is_dead():
        return
    os.kill(holder.pid, signal.SIGTERM)
    until = time.monotonic() + STOP_SECONDS
    while not holder.is_dead() and time.monotonic() < until:
        time.sleep(0.05)
    playground.relay_holder.unlink(missing_ok=True)


def react(link: str, operation: str, emoji: str) -> str:
    """React to the request for approval of an operation, as the person whom the link signs in; returns its first line.

    All of it through the page's own endpoints. Raises ActionFailed where the room shows no such request.
    """
    with _page(link) as page:
        message = _seen(page, "#deployments", lambda one: _asks_for(one, operation))
        reaction = {"id": secrets.token_hex(8), "message": message["id"], "emoji": emoji, "is_on": True}
        page.post("/room/reactions", json=reaction).raise_for_status()
    return str(message["text"]).partition("\n")[0]


def say(link: str, channel: str, line: str, answer: str) -> str:
    """Say a line in a channel, as `react` does; returns what opsctl says to it, once nothing of it waits any more.

    What it says is known by having `answer` in it. Raises ActionFailed where it does not come to that.
    """
    with _page(link) as page:
        said = page.post("/room/messages", json={"id": secrets.token_hex(8), "channel": channel, "text": line})
        after = said.raise_for_status().json()["message"]
        message = _seen(page, channel, lambda one: one["id"] > after and _is_whole(one["text"], answer))
    return str(message["text"])


def _is_whole(text: str, answer: str) -> bool:
    return answer in text and "goes out later" not in text


@contextmanager
def _page(link: str) -> Iterator[httpx.Client]:
    base, _, key = link.partition("/room/#key=")
    with httpx.Client(base_url=base, headers={"Origin": base}, trust_env=False, timeout=10) as page:
        page.post("/room/session", json={"key": key}).raise_for_status()
        yield page


def _seen(page: httpx.Client, channel: str, is_it: Callable[[Any], bool]) -> dict[str, Any]:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        for message in page.get("/room/messages", params={"channel": channel}).json()["messages"]:
            if is_it(message):
                return dict(message)
        time.sleep(0.1)
    raise ActionFailed(f"What the tour waits for is not seen in {channel} of the room.", means="The tour stops here.")


def _asks_for(message: Any, operation: str) -> bool:
    return any(one["operation"] == operation and one["action"] == "approve" for one in message["buttons"])


def _holder(playground: Playground) -> Holder | None:
    try:
        return Holder.parse(playground.relay_holder.read_text())
    except FileNotFoundError:
        return None


def _is_alive(playground: Playground) -> bool:
    holder = _holder(playground)
    return holder is not None and not holder.is_dead()


def _base(playground: Playground) -> str:
    listen = re.search(r'listen = "(.+)"', playground.config.read_text())
    assert listen is not None  # `make` wrote it
    return f"http://{listen[1]}"


def _is_ready(base: str) -> bool:
    try:
        return httpx.get(f"{base}/readyz", trust_env=False, timeout=5).status_code == 200
    except httpx.TransportError:
        return False
