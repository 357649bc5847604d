"""How words stand in a message: those that somebody typed in quotes, escaped, not longer than one can read."""

from collections.abc import Sequence


def shown(text: str) -> str:
    """The word for a message; the end of a long one is left out."""
    return repr(text if len(text) <= 40 else text[:39] + "…")


def listed(words: Sequence[str]) -> str:
    """The words as a sentence lists them: `A, B and C`."""
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)


def span(seconds: float) -> str:
    """A duration: "12 s", "2 min 7 s", "1 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
