"""`help times`: how moments and lengths of time are written."""

from opsctl.core import usage
from opsctl.core.moment import EXAMPLES


def page(start: str) -> str:  # noqa: ARG001  # they are written alike everywhere
    """The page."""
    moments = usage.section("A moment (--since, --until)", list(EXAMPLES.items()))
    return f"""\
{moments}

Without an offset, a time is one of your zone. What the clocks passed over is the moment at which they did; what they
showed twice has to be written with its offset. A weekday or a time of day alone is the latest one that is not to come,
and a day alone is its first moment. What is recorded is the moment that was meant.

A length of time (--last):
  90s, 15m, 1h, 2d, 1h30m  A day is 24 hours."""
