"""How words stand in a message: those that somebody typed in quotes, escaped, not longer than one can read."""

from collections.abc import Sequence


def shown(text: str) -> str:
    """The word for a message; the end of a long one is left out."""
    return repr(text if len(text) <= 40 else text[:39] + "…")


def listed(words: Sequence[str]) -> str:
    """The words as a sentence lists them: `A, B and C`."""
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)
