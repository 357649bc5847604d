"""Speaking with Slack's Web API through slack-sdk: nothing is repeated behind anybody's back."""

import http.client
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from opsctl.adapters.chats.slack.refusals import refusal
from opsctl.core.errors import OpsctlError, Unreachable

TIMEOUT_SECONDS = 10
SHORT_SECONDS = 2.0
"""How long Slack may ask for patience and simply be waited for."""

USUAL_SECONDS = 30.0
"""The patience that a 429 asks for which does not say: `Retry-After` has been seen missing."""

PAGE = 200
TOO_MANY = 429


def web_client(url: str, token: str) -> WebClient:
    """The SDK's client. It repeats nothing: a message whose answer was lost would stand there twice.

    Nor does it log: its errors are raised, and what it would print holds what was sent.
    """
    quiet = logging.getLogger("opsctl.slack")
    quiet.setLevel(logging.CRITICAL + 1)
    return WebClient(token=token, base_url=url, timeout=TIMEOUT_SECONDS, retry_handlers=[], logger=quiet)


@dataclass(slots=True)
class Slack:
    """The Web API at `url`; `token` gives the bot's, and is asked for it again when Slack does not take it."""

    url: str
    token: Callable[[], str]
    _web: WebClient | None = None
    _closed_until: dict[str, float] = field(default_factory=dict)

    @property
    def web(self) -> WebClient:
        """The SDK's client. Raises UsageError where there is no token."""
        if self._web is None:
            self._web = web_client(self.url, self.token())
        return self._web

    def ask(self, method: str, about: str = "", **arguments: Any) -> dict[str, Any]:
        """Call a method that reads; its arguments go as a form, which is all that these take."""
        return self._call(method, about, params=arguments)

    def tell(self, method: str, about: str = "", **arguments: Any) -> dict[str, Any]:
        """Call a method that changes something. Raises Unreachable where it is not known whether it did."""
        return self._call(method, about, json=arguments)

    def pages(self, method: str, about: str = "", **arguments: Any) -> Iterator[dict[str, Any]]:
        """The answers to a method that tells one page after the other."""
        cursor = ""
        while True:
            more = {"cursor": cursor} if cursor else {}
            answer = self.ask(method, about, limit=PAGE, **arguments, **more)
            yield answer
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    def upload(self, channel: str, thread: str, name: str, text: str) -> None:
        """Put a file into a thread, or a channel where `thread` is empty."""
        content = text.encode()
        place = self.ask("files.getUploadURLExternal", name, filename=name, length=len(content))
        self._put(place["upload_url"], content)
        where = {"channel_id": channel, **({"thread_ts": thread} if thread else {})}
        self.tell("files.completeUploadExternal", name, files=[{"id": place["file_id"], "title": name}], **where)

    def _put(self, url: str, content: bytes) -> None:
        import httpx

        from opsctl.adapters.http import client

        try:
            with client(seconds=TIMEOUT_SECONDS) as web:
                web.post(url, content=content).raise_for_status()
        except httpx.HTTPError as error:
            raise Unreachable("Slack did not take a file.", do="It is tried again by itself.") from error

    def _call(self, method: str, about: str, **how: Any) -> dict[str, Any]:
        self._wait_until_open(method)
        try:
            answer = self.web.api_call(method, **how)
        except SlackApiError as error:
            raise self._refused(method, about, error) from error
        except (OSError, http.client.HTTPException, SlackClientError, ValueError) as error:
            raise Unreachable(
                f"Slack does not answer {method}.",
                do="It is tried again by itself. Whether it answers: opsctl slack check",
            ) from error
        data = answer.data
        if not isinstance(data, dict):
            raise Unreachable(f"Slack answers {method} with something that is no answer.")
        return data

    def _wait_until_open(self, method: str) -> None:
        left = self._closed_until.get(method, 0.0) - time.monotonic()
        if left > SHORT_SECONDS:
            raise _patience(method, left)
        if left > 0:
            time.sleep(left)

    def _refused(self, method: str, about: str, error: SlackApiError) -> OpsctlError:
        status, data = error.response.status_code, error.response.data
        if status == TOO_MANY:
            seconds = _seconds(error.response.headers.get("Retry-After"))
            self._closed_until[method] = time.monotonic() + seconds
            return _patience(method, seconds)
        if status >= http.client.INTERNAL_SERVER_ERROR or not is_answer(data):
            return Unreachable(
                f"Slack is not well: it answers {method} with {status}.", do="It is tried again by itself."
            )
        found = refusal(method, str(data.get("error")), data, about)
        if isinstance(found, Unreachable):
            self._web = None  # another token may be there by the next time
        return found


def is_answer(data: object) -> bool:
    """Whether Slack itself said no: with a code of one word.

    The SDK puts a sentence there where what came is no JSON, such as the page of a proxy.
    """
    return isinstance(data, dict) and " " not in str(data.get("error"))


def _seconds(header: str | None) -> float:
    return float(header) if header and header.strip().isdecimal() else USUAL_SECONDS


def _patience(method: str, seconds: float) -> Unreachable:
    return Unreachable(
        f"Slack takes no more {method} for {seconds:.0f} s.",
        means="What is told waits, and goes out in order.",
        reason="rate_limited",
        again_seconds=seconds,
    )
