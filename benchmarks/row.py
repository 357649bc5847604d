"""A budget and what was measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`ratio` is what was measured over its reference; `budget` what it must not exceed, or not fall below."""

    name: str
    ratio: float
    budget: float
    is_ceiling: bool = False

    @property
    def verdict(self) -> str:
        """Whether the budget is kept."""
        is_kept = self.ratio <= self.budget if self.is_ceiling else self.ratio >= self.budget
        return "holds" if is_kept else "MISSES"

    @property
    def line(self) -> str:
        """The row as it is printed."""
        bound = "≤" if self.is_ceiling else "≥"
        return f"{self.name:<66} {self.ratio:6.2f}  {bound} {self.budget:<5g} {self.verdict}"
