"""Rows of the approval matrix in words, and what would change about them."""

from collections import Counter
from collections.abc import Iterable, Iterator

from opsctl.core.plan import Rule


def in_words(rule: Rule) -> str:
    """A row of the approval matrix as a person would say it."""
    what = "any change" if rule.command == "*" else rule.command
    asked = f"{rule.approvals} approval{'s' * (rule.approvals != 1)} by {_any(rule.roles)}"
    needs = asked if rule.approvals else "no approval" + (f" ({_any(rule.roles)})" if rule.roles else "")
    who = f", and may be asked for by {_any(rule.requesters)} only" if rule.requesters else ""
    return f"{what} {_place(rule.environment)}{f' that {rule.when}' if rule.when else ''} needs {needs}{who}"


def rules_difference(old: tuple[Rule, ...], new: tuple[Rule, ...], rule: str = "rule") -> Iterator[str]:
    """What changes from some rows, asked in that order, to others; `rule` is what one is called."""
    kept = Counter(old) & Counter(new)
    for gone in (Counter(old) - kept).elements():
        yield f"the {rule} would be gone: {in_words(gone)}"
    for added in (Counter(new) - kept).elements():
        yield f"the {rule} would be new, number {new.index(added) + 1} of {len(new)}: {in_words(added)}"
    # The first row that matches decides, so their order counts.
    if _only(old, kept) != _only(new, kept):
        yield f"the {rule}s would be asked in another order: {'; '.join(map(in_words, new))}"


def _only(rules: Iterable[Rule], kept: Counter[Rule]) -> list[Rule]:
    return [rule for rule in rules if rule in kept]


def _place(environment: str) -> str:
    known = {"*": "anywhere", "protected": "in a protected environment"}
    return known.get(environment, f"in {environment}")


def _any(roles: tuple[str, ...]) -> str:
    return " or ".join(roles) or "nobody"
