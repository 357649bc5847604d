"""A budget and what was measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`ratio` is what was measured over its reference; `budget` what it must not exceed, or not fall below.

    `more` is what else one wants to know of it.
    """

    name: str
    ratio: float
    budget: float
    is_ceiling: bool = False
    more: str = ""

    @property
    def verdict(self) -> str:
        """Whether the budget is kept."""
        is_kept = self.ratio <= self.budget if self.is_ceiling else self.ratio >= self.budget
        return "holds" if is_kept else "MISSES"

    @property
    def line(self) -> str:
        """The row as it is printed."""
        bound = "≤" if self.is_ceiling else "≥"
        measured = f"{self.name:<66} {self.ratio:6.2f}  {bound} {self.budget:<5g} {self.verdict}"
        return f"{measured} ({self.more})" if self.more else measured
