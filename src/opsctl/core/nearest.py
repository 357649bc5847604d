"""The nearest right name to a wrong one."""

from collections.abc import Iterable

_LONGEST = 100


def nearest(word: str, known: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """Up to `most` names close to `word`, the closest first; empty when none is close.

    Close are another case, a beginning of at least three letters ("prod" for "production"), and a few wrong letters.
    """
    folded, names = word.casefold(), sorted(known)
    if not folded or len(folded) > _LONGEST:
        return ()
    same = [name for name in names if name.casefold() == folded]
    begun = [name for name in names if len(folded) > 2 and name.casefold().startswith(folded)]
    return tuple(dict.fromkeys((*same, *begun, *_similar(folded, names, most))))[:most]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """One sentence that helps on: the nearest names, else all of them (at most twelve)."""
    names = sorted(known)
    close = nearest(word, names)
    if close:
        return f"Did you mean {' or '.join(close)}?"
    if not names:
        return "There is none yet."
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return f"There is: {', '.join(names[:12])}{more}."


def _similar(folded: str, names: list[str], most: int) -> list[str]:
    # Imported here, since only a mistake needs it.
    import difflib

    by_folded: dict[str, list[str]] = {}
    for name in names:
        by_folded.setdefault(name.casefold(), []).append(name)
    return [name for close in difflib.get_close_matches(folded, by_folded, most) for name in by_folded[close]]
