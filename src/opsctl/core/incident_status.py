"""Which status an update tells, where it is not said beside it."""

import re
from enum import StrEnum

from opsctl.core.incident import Status

_SIGNS = (
    (
        Status.MONITORING,
        r"monitoring|watching|(?:fix|mitigation|rollback) (?:is |was )?(?:deployed|released|applied|in place|out)",
    ),
    (Status.IDENTIFIED, r"identified|found the (?:root )?cause|(?:root )?cause (?:is |was )?(?:found|known)"),
    (Status.INVESTIGATING, r"investigating|looking into|still looking"),
)
_DENIALS = r"\b(?:not|no|never|un\w+|isn't|hasn't|haven't|wasn't)\b"
_BEGINNING = r"[^.:;,!?\n—–]*"


class ToldBy(StrEnum):
    """Where the status of an update comes from."""

    OPTION = "option"
    TEXT = "text"
    BEFORE = "before"


def status_told(text: str, option: str, now: Status) -> tuple[Status, ToldBy]:
    """The status after an update: the one that was given, else what its beginning says, else the same as before.

    Only the words up to the first punctuation mark count, and none of them where they deny something.
    """
    if option:
        return Status(option), ToldBy.OPTION
    beginning = _beginning(text)
    if not re.search(_DENIALS, beginning):
        for status, sign in _SIGNS:
            if re.search(rf"\b(?:{sign})\b", beginning):
                return status, ToldBy.TEXT
    return now, ToldBy.BEFORE


def _beginning(text: str) -> str:
    found = re.match(_BEGINNING, text.strip())
    return " ".join(found.group().casefold().replace("’", "'").split()) if found else ""
