"""What `logs` tells, and what a program wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from opsctl.core.ports import LogLine


@dataclass(frozen=True, slots=True)
class LogLines:
    """Some log lines, oldest first; none where nothing new came. `wide` where more than one environment writes."""

    lines: "Sequence[LogLine]"
    wide: bool


@dataclass(frozen=True, slots=True)
class LogEnd:
    """The end of a log answer: how many lines were shown, and whether older ones were left out by the limit."""

    shown: int
    is_cut: bool
    limit: int


@dataclass(frozen=True, slots=True)
class OutputLines:
    """Some lines that a program wrote, oldest first."""

    lines: tuple[str, ...]


LogFact: TypeAlias = LogLines | LogEnd | OutputLines
