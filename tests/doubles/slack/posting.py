"""Slack's delivering side over HTTP: it signs what it posts, and repeats what was not answered well."""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx
from tests.doubles.slack.payloads import Payload

PATHS = {"slash_commands": "/slack/commands", "events_api": "/slack/events", "interactive": "/slack/interactivity"}


def body_of(payload: Payload) -> str:
    """What is posted: a form, JSON, or a form around JSON."""
    match payload.kind:
        case "slash_commands":
            return urlencode(payload.body)
        case "interactive":
            return urlencode({"payload": json.dumps(payload.body)})
        case _:
            return json.dumps(payload.body)


def signature(secret: str, stamp: str, body: str) -> str:
    return "v0=" + hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Posting:
    """Posts to an app at `base`."""

    base: str
    secret: str

    def post(
        self, payload: Payload, *, at: float | None = None, retry: int = 0, reason: str = "http_timeout"
    ) -> httpx.Response:
        """Deliver it as if at that time; `retry` counts from 1 and stands in the headers."""
        again = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason} if retry else {}
        return self.raw(PATHS[payload.kind], body_of(payload), at=at, headers=again)

    def raw(
        self, path: str, body: str, *, at: float | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        stamp = str(int(time.time() if at is None else at))
        signed = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature(self.secret, stamp, body)}
        kind = "application/json" if body.startswith("{") else "application/x-www-form-urlencoded"
        return httpx.post(
            self.base + path,
            content=body.encode(),
            headers={"Content-Type": kind, **signed, **(headers or {})},
            trust_env=False,
            timeout=10,
        )
