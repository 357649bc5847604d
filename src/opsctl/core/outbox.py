"""The outbox: what chat and other outside systems still have to take. courier.py brings it to them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

CHAT = "chat"
"""The target of what the team is told."""

STATUS_PAGE = "status_page"
"""The target of what everybody is told about what runs."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to take, as it was put in together with the journal entry `seq`.

    `target` names what has to take it; `trouble` is why it did not yet, empty while nothing went wrong.
    """

    id: int
    seq: int
    operation: str
    target: str
    channel: str
    body: Any
    at: datetime
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Posted:
    """What stands in the chat: where, under the platform's id `message`, and the digest of its content.

    `message` is empty from the moment on at which it is about to be posted until it is known to stand there.
    """

    channel: str
    message: str
    digest: str
