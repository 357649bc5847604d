"""The one place that makes HTTP clients: time limits always, repeats only of what is safe to repeat, no redirects."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PASSING = frozenset({429, 502, 503, 504})
_LONGEST_PAUSE_SECONDS = 30.0


def client(*, seconds: float = 10.0, repeats: int = 0, base_url: str = "") -> httpx.Client:
    """A client whose every step takes at most `seconds`.

    It repeats up to `repeats` times what changes nothing (GET, HEAD, OPTIONS) when the connection breaks or the
    answer says "not now", after a pause that grows, with jitter, or is the one of `Retry-After`. Proxies and
    credentials of the surroundings are not used.
    """
    transport: httpx.BaseTransport = httpx.HTTPTransport()
    if repeats:
        transport = RepeatingTransport(transport, repeats)
    return httpx.Client(
        transport=transport,
        timeout=httpx.Timeout(seconds),
        base_url=base_url,
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": "opsctl"},
    )


@dataclass(frozen=True, slots=True)
class RepeatingTransport(httpx.BaseTransport):
    """Sends a request again where that is safe."""

    inner: httpx.BaseTransport
    repeats: int
    sleep: Callable[[float], None] = time.sleep

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it, and again as often as it may be."""
        left = self.repeats if request.method in _SAFE else 0
        for attempt in range(left):
            try:
                response = self.inner.handle_request(request)
            except httpx.TransportError:
                self.sleep(_pause(attempt))
                continue
            if response.status_code not in _PASSING:
                return response
            response.close()
            self.sleep(_asked_pause(response) or _pause(attempt))
        return self.inner.handle_request(request)

    def close(self) -> None:
        """Close the connections."""
        self.inner.close()


def _pause(attempt: int) -> float:
    return random.uniform(0.5, 1.0) * 0.2 * 2.0**attempt  # noqa: S311 (jitter, no secret)


def _asked_pause(response: httpx.Response) -> float:
    """The seconds that `Retry-After` asks for (RFC 9110, 10.2.3), 0 where it does not, or not understandably."""
    value = response.headers.get("Retry-After", "")
    if value.isdigit():
        return min(float(value), _LONGEST_PAUSE_SECONDS)
    try:
        seconds = parsedate_to_datetime(value).timestamp() - time.time()
    except ValueError:
        return 0.0
    return min(max(seconds, 0.0), _LONGEST_PAUSE_SECONDS)
