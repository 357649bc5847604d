"""`help exit-codes`: what a script can tell from them, as the errors and outcomes have it."""

import inspect
from collections.abc import Iterator

from opsctl.core import errors, usage
from opsctl.core.transition import EXIT_CODES


def page(start: str) -> str:  # noqa: ARG001  # chat has none; who reads there may write a script all the same
    """The page."""
    meanings: dict[int, list[str]] = {0: ["Done."]}
    for code, meaning in sorted((*_outcomes(), *_kinds(errors.OpsctlError)), key=lambda pair: pair[0]):
        meanings.setdefault(code, []).append(meaning)
    meanings[130] = ["Interrupted: by Ctrl-C, or by a signal."]
    rows = [
        (str(code) if at == 0 else "", meaning)
        for code, several in meanings.items()
        for at, meaning in enumerate(several)
    ]
    return usage.section("Exit codes", rows)


def _outcomes() -> Iterator[tuple[int, str]]:
    """What a change that ended so exits with, where no error says more."""
    codes = sorted({code for code in EXIT_CODES.values() if code})
    for code in codes:
        states = [state.value for state, its_code in EXIT_CODES.items() if its_code == code]
        yield code, f"A change that ended as {' or '.join(states)}."


def _kinds(kind: type[errors.OpsctlError]) -> Iterator[tuple[int, str]]:
    for each in kind.__subclasses__():
        if each.__module__ == errors.__name__ and not issubclass(each, errors.Interrupting):
            yield each.exit_code, inspect.cleandoc(each.__doc__ or "").partition("\n")[0]
