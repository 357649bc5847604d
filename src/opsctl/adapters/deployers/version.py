"""Which versions deployers take."""

import re

from opsctl.core.errors import UsageError
from opsctl.core.shown import shown

_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}")


def checked_version(version: str) -> str:
    """The version as it is, when it may become part of a path or an argument. Raises UsageError."""
    if not _VERSION.fullmatch(version):
        raise UsageError(
            f"{shown(version)} is no version.",
            means="Nothing was changed.",
            do='Use letters, digits and "." "_" "+" "-", up to 128, a letter or a digit first.',
        )
    return version
