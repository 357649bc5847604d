"""Deliveries: what a chat platform sent, stored raw under the platform's id before it is answered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message of a platform as it came. `id` is the platform's: the same id again is the same delivery.

    `request` is the id under which what it asks for is carried out, given when it is first taken, so that whoever
    takes it again finds what came of it. `holder` is the process that has it, empty for none.
    """

    number: int
    platform: str
    id: str
    body: str
    at: datetime
    request: str = ""
    holder: str = ""


class DeliveryWriter(Protocol):
    """Deliveries in a transaction."""

    def receive(self, platform: str, id: str, body: str) -> bool:  # noqa: A002  # it is what platforms call it
        """Store what came; whether it is new."""
        ...

    def take(self, delivery: Delivery, holder: str, request: str) -> Delivery | None:
        """Take it from the holder that it shows; None where another was faster. Its first `request` stays."""
        ...

    def done(self, number: int) -> None:
        """It is dealt with, and never taken again."""
        ...

    def forget(self, number: int) -> None:
        """Take it away altogether, as if it had never come."""
        ...


class DeliveryReader(Protocol):
    """Deliveries as they are."""

    def open(self, limit: int = 100) -> list[Delivery]:
        """Those that are not dealt with, oldest first, whoever has them."""
        ...
