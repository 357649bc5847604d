"""How words stand in a message: those that somebody typed in quotes, escaped, not longer than one can read."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opsctl.core.ports import Measured


def shown(text: str) -> str:
    """The word for a message; the end of a long one is left out."""
    return repr(text if len(text) <= 40 else text[:39] + "…")


def listed(words: Sequence[str]) -> str:
    """The words as a sentence lists them: `A, B and C`."""
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)


def figures(measured: "Measured") -> tuple[str, str, str]:
    """Request rate, error rate and latency as one reads them, such as `12.5/s`, `0.4 %`, `120 ms`; empty for none."""
    rate = "" if measured.rate is None else f"{measured.rate:.3g}/s"
    errors = "" if measured.errors is None else f"{measured.errors * 100:.2g} %"
    p95 = "" if measured.p95_ms is None else f"{measured.p95_ms:.0f} ms"
    return rate, errors, p95


def span(seconds: float) -> str:
    """A duration: "12 s", "2 min 7 s", "1 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
