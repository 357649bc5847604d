"""How a word that somebody typed is shown in a message: in quotes, escaped, and not longer than one can read."""


def shown(text: str) -> str:
    """The word for a message; the end of a long one is left out."""
    return repr(text if len(text) <= 40 else text[:39] + "…")
