"""What a site declares of a command of its own. commands/custom.py makes a command of it like any other."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from opsctl.core.canonical import JSON
from opsctl.core.plan import Rule


class GrammarWords(NamedTuple):
    """What a site file is held against: the changes that its rules may name, and what its own commands may not take.

    `taken` are the first words of commands, `options` the flags that commands have anyway.
    """

    changes: frozenset[str]
    taken: frozenset[str]
    options: frozenset[str]


class InputKind(StrEnum):
    """What may be given to an argument or an option."""

    TEXT = "text"
    INTEGER = "integer"
    CHOICE = "choice"
    SWITCH = "switch"
    SPAN = "span"
    SERVICE = "service"
    ENVIRONMENT = "environment"
    VERSION = "version"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Input:
    """An argument of a site's command, or an option of it.

    `default` is what counts where it is not given, as text; an argument without one has to be given. `choices` are
    for a choice, `least` and `most` bound an integer. `words` are what a lone placeholder of it stands for in the
    argument vector; empty means the value alone, for a switch its own name as an option.
    """

    name: str
    kind: InputKind
    help: str = ""
    is_option: bool = False
    default: str | None = None
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    words: tuple[str, ...] = ()

    @property
    def stands_for(self) -> tuple[str, ...]:
        """The words that a lone placeholder of it becomes, with placeholders of their own."""
        flag = f"--{self.name}" if self.kind is InputKind.SWITCH else f"{{{self.name}}}"
        return self.words or (flag,)

    def as_json(self) -> dict[str, JSON]:
        """Its form in the published site; `from_json` reads it back."""
        return {
            "name": self.name,
            "kind": self.kind.value,
            "help": self.help,
            "is_option": self.is_option,
            "default": self.default,
            "choices": list(self.choices),
            "least": self.least,
            "most": self.most,
            "words": list(self.words),
        }

    @classmethod
    def from_json(cls, value: Any) -> "Input":
        """The input that `as_json` wrote."""
        lists = {key: tuple(value[key]) for key in ("choices", "words")}
        return cls(**{**value, **lists, "kind": InputKind(value["kind"])})


@dataclass(frozen=True, slots=True)
class CustomCommand:
    """A command of the site: an argument vector under a name.

    `vector` holds placeholders such as {service}, filled by the inputs of those names: arguments in their order, then
    options. `rules` are its rows of the approval matrix, asked before the site's others.
    """

    name: str
    help: str
    is_change: bool
    vector: tuple[str, ...]
    inputs: tuple[Input, ...] = ()
    rules: tuple[Rule, ...] = ()
    limit_seconds: int = 600

    def of_kind(self, kind: InputKind) -> Iterator[Input]:
        """Its inputs of that kind, in declared order."""
        return (one for one in self.inputs if one.kind is kind)

    def as_json(self) -> dict[str, JSON]:
        """Its form in the published site; `from_json` reads it back."""
        return {
            "name": self.name,
            "help": self.help,
            "is_change": self.is_change,
            "vector": list(self.vector),
            "inputs": [one.as_json() for one in self.inputs],
            "rules": [rule.as_json() for rule in self.rules],
            "limit_seconds": self.limit_seconds,
        }

    @classmethod
    def from_json(cls, value: Any) -> "CustomCommand":
        """The command that `as_json` wrote."""
        return cls(
            name=value["name"],
            help=value["help"],
            is_change=value["is_change"],
            vector=tuple(value["vector"]),
            inputs=tuple(Input.from_json(one) for one in value["inputs"]),
            rules=tuple(Rule.from_json(one) for one in value["rules"]),
            limit_seconds=value["limit_seconds"],
        )
