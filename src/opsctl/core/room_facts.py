"""What is told of the room."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from opsctl.core.room import Message


@dataclass(frozen=True, slots=True)
class RoomMessages:
    """Messages of the room as they stand, oldest first; answers follow what they answer.

    `wide` where they come from more than one channel.
    """

    rows: "tuple[Message, ...]"
    wide: bool = False


@dataclass(frozen=True, slots=True)
class RoomLink:
    """A link that opens the room's page as a person, once, within so many seconds."""

    address: str
    person: str
    seconds: int


RoomFact: TypeAlias = RoomMessages | RoomLink
