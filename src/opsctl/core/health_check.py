"""The address that a service is well at, as the site says it: a change of its release counts once that answers."""

from dataclasses import dataclass
from typing import Any

from opsctl.core.canonical import JSON


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """`url` may hold {service} and {environment}; `seconds` is how long it may take to answer well (2xx)."""

    url: str
    seconds: int = 60

    def as_json(self) -> dict[str, JSON]:
        """Its form in the published site; `from_json` reads it back."""
        return {"url": self.url, "seconds": self.seconds}

    @classmethod
    def from_json(cls, value: Any) -> "HealthCheck":
        """The check that `as_json` wrote."""
        return cls(value["url"], value["seconds"])

    def address(self, service: str, environment: str) -> str:
        """The address of a service in an environment."""
        return self.url.replace("{service}", service).replace("{environment}", environment)
