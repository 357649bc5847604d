"""Filling the placeholders of an argument vector. A value stays in its word, whatever it holds; no shell sees it."""

import re
from collections.abc import Iterator, Mapping, Sequence

from opsctl.core.errors import UsageError
from opsctl.core.shown import shown

# Doubled braces are a template of the program itself: docker ps --format {{.Names}}
_PLACEHOLDER = r"(?<!\{)\{([a-z0-9-]+)\}(?!\})"
END_OF_OPTIONS = "--"


def placeholders(word: str) -> list[str]:
    """The names in a word, such as service in `--name={service}`."""
    return re.findall(_PLACEHOLDER, word)


def alone(word: str) -> str | None:
    """The name of the placeholder that a word consists of; None where it holds anything else."""
    found = re.fullmatch(_PLACEHOLDER, word)
    return found[1] if found else None


def filled(
    vector: Sequence[str], values: Mapping[str, str | None], stand_ins: Mapping[str, Sequence[str]] | None = None
) -> tuple[str, ...]:
    """The vector with its placeholders filled; what `values` does not name stays as it is.

    A word that names a value of None is left out. `stand_ins` are the words, with placeholders of their own, that a
    lone placeholder stands for. Raises UsageError where a value would be taken for an option of the program: where it
    begins its word, starts with a dash, and no `--` stands before it.
    """
    return tuple(_words(vector, values, stand_ins or {}))


def _words(
    vector: Sequence[str], values: Mapping[str, str | None], stand_ins: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    for at, word in enumerate(vector):
        if any(name in values and values[name] is None for name in placeholders(word)):
            continue
        for part in stand_ins.get(alone(word) or "", (word,)):
            whole = re.sub(_PLACEHOLDER, lambda found: values.get(found[1]) or _unfilled(found, values), part)
            if whole.startswith("-") and not part.startswith("-") and END_OF_OPTIONS not in vector[:at]:
                raise UsageError(
                    f"{shown(whole)} starts with a dash: {vector[0]} would take it for an option.",
                    means="Nothing was done.",
                    do='Give another value, or have the site put "--" before it in what is run.',
                    reason="taken_for_option",
                )
            yield whole


def _unfilled(found: re.Match[str], values: Mapping[str, str | None]) -> str:
    return "" if found[1] in values else found[0]
