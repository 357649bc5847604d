"""The Monitor that asks every endpoint over HTTP."""

import math
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from opsctl.adapters.http import client
from opsctl.core.ports import Health

DEFAULT_PATH = "/healthz"
_MOST_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class HttpMonitor:
    """Asks for `path` of each endpoint; good is a 2xx within `seconds`. Keeps the Monitor port."""

    path: str = DEFAULT_PATH
    seconds: float = 2.0

    @classmethod
    def made(cls, settings: Mapping[str, Any], service: str, environment: str, folder: Path) -> "HttpMonitor":  # noqa: ARG003 (made like every adapter)
        """The monitor of a service whose deployer has these settings."""
        return cls(path=str(settings.get("health", DEFAULT_PATH)))

    def health(self, endpoints: Sequence[str]) -> Health:
        """Check every endpoint side by side."""
        return self._seen([endpoint.rstrip("/") + self.path for endpoint in endpoints], endpoints)

    def look(self, url: str) -> Health:
        """Check that address alone."""
        return self._seen([url], [url])

    def _seen(self, addresses: Sequence[str], names: Sequence[str]) -> Health:
        if not addresses:
            return Health(0, 0)
        looks = self._looks(addresses, names)
        good = [look for look in looks if isinstance(look, float)]
        wrong = next((look for look in looks if isinstance(look, str)), "")
        return Health(len(good), len(looks), max(good, default=None), wrong)

    def _looks(self, addresses: Sequence[str], names: Sequence[str]) -> list[float | str]:
        pool = ThreadPoolExecutor(min(len(addresses), _MOST_AT_ONCE))
        with client(seconds=self.seconds) as http:
            asked = [pool.submit(self._look, http, *one) for one in zip(addresses, names, strict=True)]
            # httpx limits each step, not the whole: an endpoint that trickles would keep us for ever.
            answered, _ = wait(asked, timeout=self.seconds * math.ceil(len(addresses) / _MOST_AT_ONCE))
            pool.shutdown(wait=False, cancel_futures=True)
            return [
                one.result() if one in answered else self._too_late(name)
                for one, name in zip(asked, names, strict=True)
            ]

    def _too_late(self, name: str) -> str:
        return f"{name} did not answer within {self.seconds:g} s"

    def _look(self, http: httpx.Client, address: str, name: str) -> float | str:
        """How long a good answer took in milliseconds, else what was wrong."""
        started = time.monotonic()
        try:
            # Streamed and cut off: a body that never ends is no reason to wait.
            with http.stream("GET", address) as response:
                status = response.status_code
        except httpx.TimeoutException:
            return self._too_late(name)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return f"{name} cannot be reached: {error}"
        if not 200 <= status < 300:
            return f"{name} answered {status}"
        return (time.monotonic() - started) * 1000
