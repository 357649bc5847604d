"""How long the searching tests search: short in every run, long by `make soak` (OPSCTL_SOAK=1)."""

import os

IS_SOAK = os.environ.get("OPSCTL_SOAK") == "1"


def times(few: int) -> int:
    """That many tries; twenty times as many in a soak."""
    return few * 20 if IS_SOAK else few
