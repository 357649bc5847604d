"""What a reaction to a request for approval means."""

import re
from enum import Enum

_NEAR = frozenset("✔☑✖🚫❎👍👎🆗⛔🛑❗✓✗🅾⭕")
_DRESS = re.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")
"""What changes how an emoji looks, and not what it means: skin tones, text or picture."""


class Meant(Enum):
    """Yes, no, one of the two by somebody who missed the right emoji, or nothing that concerns opsctl."""

    YES = "yes"
    NO = "no"
    NEAR = "near"
    NOTHING = "nothing"


def meant_by(emoji: str) -> Meant:
    """What an emoji means; only ✅ and ❌ are answers."""
    match _DRESS.sub("", emoji):
        case "✅":
            return Meant.YES
        case "❌":
            return Meant.NO
        case bare if bare in _NEAR:
            return Meant.NEAR
        case _:
            return Meant.NOTHING
