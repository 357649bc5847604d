"""What the relay hears, whatever platform it came from: somebody said a command, reacted, or pressed a button."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from opsctl.core.context import Context
from opsctl.core.identity import Caller
from opsctl.core.post import Action


@dataclass(frozen=True, slots=True)
class Said:
    """A line that was addressed to opsctl. `people` maps the platform's user ids in it to handles.

    `thread` is the platform's id of the message that it answers, empty for none. `start` is what people type there
    before a command, to be told of it as they have to type it.
    """

    caller: Caller
    line: str
    thread: str = ""
    people: Mapping[str, str] = field(default_factory=dict)
    start: str = "/"


@dataclass(frozen=True, slots=True)
class Reacted:
    """A reaction to a message of opsctl's, whose own name for it is `key`; taken back where it is not `is_on`."""

    caller: Caller
    key: str
    emoji: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button below a message of opsctl's. `plan` is the digest that was seen there."""

    caller: Caller
    action: Action
    operation: str
    plan: str
    reason: str = ""


Heard: TypeAlias = Said | Reacted | Pressed


class Translator(Protocol):
    """Turns what one platform sends into what was meant."""

    def __call__(self, context: Context, body: str) -> Heard | None:
        """What a delivery means; None for talk that is none of opsctl's business.

        Raises ValueError for what the platform would never send, and StoreUnusable.
        """
        ...
