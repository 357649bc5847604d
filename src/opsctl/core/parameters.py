"""What the fields of a command say about themselves, and how a typed text becomes a field's value.

Parser, canonical text, usage, help, completion and docs all read a command's grammar here.
"""

import re
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, fields
from enum import Enum
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, ClassVar, Literal, Protocol, Union, get_args, get_origin, get_type_hints

from typer.models import ArgumentInfo, OptionInfo

from opsctl.core.command import Names
from opsctl.core.nearest import did_you_mean
from opsctl.core.shown import shown

_WHOLE = r"([+-]?)([0-9]+)"
_MOST_DIGITS = 18


class ReadingError(ValueError):
    """A text is not what it should be; says so in whole sentences."""


class DataclassType(Protocol):
    """A dataclass, as a type."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """One field of a command. Positional where `flags` is empty; a switch where `kind` is bool.

    `choices` are the words it may be, empty where it is free. `names` says what it names, None for nothing that the
    site knows. `least` and `most` bound a number.
    """

    field: str
    kind: type
    help: str = ""
    metavar: str = ""
    flags: tuple[str, ...] = ()
    is_many: bool = False
    is_required: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()
    names: Names | None = None
    least: int | None = None
    most: int | None = None
    parser: Callable[[str], Any] = str

    @property
    def is_positional(self) -> bool:
        """Whether it is told by its place, not by a name."""
        return not self.flags

    @property
    def is_switch(self) -> bool:
        """Whether it is an option without a value."""
        return self.kind is bool

    @property
    def is_free(self) -> bool:
        """Whether it is any text, naming nothing."""
        return self.kind is str and not self.choices and self.names is None

    @property
    def label(self) -> str:
        """What a person calls it: `SERVICE`, `--last`."""
        return self.flags[0] if self.flags else self.metavar

    def read(self, text: str) -> Any:
        """The value that `text` says. Raises ReadingError, also for none: `--service "$UNSET"` must not mean all."""
        if not text.strip():
            raise ReadingError(f"{self.label} can't be empty.")
        if self.choices and text not in self.choices:
            known = [choice for choice in self.choices if choice]
            raise ReadingError(f"{self.label} can't be {shown(text)}. {did_you_mean(text, known)}")
        if self.kind is int:
            return self._number(text)
        try:
            return self.parser(text)
        except ValueError as error:
            raise ReadingError(f"{self.label}: {error}.") from error

    def text(self, value: Any) -> str:
        """The canonical text of one value; `read` reads it back."""
        return str(value.value if isinstance(value, Enum) else value)

    def _number(self, text: str) -> int:
        match = re.fullmatch(_WHOLE, text.strip())
        if match is None:
            raise ReadingError(f"{self.label} must be a whole number, and {shown(text)} is none.")
        sign, digits = match.groups()
        # int() refuses very long texts with an error about limits, and accepts underscores and other scripts' digits.
        significant = digits.lstrip("0") or "0"
        if sign == "-" and significant != "0" and self.least == 0:
            raise ReadingError(f"{self.label} can't be negative, and {shown(text)} is.")
        if len(significant) > _MOST_DIGITS:
            raise ReadingError(f"{self.label} is too large: {shown(text)}.{_bound(' At most {}.', self.most)}")
        number = int(sign + significant)
        if self.least is not None and number < self.least:
            raise ReadingError(f"{self.label} must be at least {self.least}, not {number}.")
        if self.most is not None and number > self.most:
            raise ReadingError(f"{self.label} can be at most {self.most}, not {number}.")
        return number


@cache
def parameters_of(owner: type[DataclassType]) -> tuple[Parameter, ...]:
    """The parameters of a command (or of any dataclass declared in the same way), in declared order.

    Raises TypeError where a field's declaration is not one that this grammar knows.
    """
    hints = get_type_hints(owner, include_extras=True)
    return tuple(_parameter(owner, field, hints[field.name]) for field in fields(owner))


def _parameter(owner: type[DataclassType], field: Field[Any], annotation: Any) -> Parameter:
    kind, extras = _unwrapped(annotation)
    infos = [extra for extra in extras if isinstance(extra, ArgumentInfo | OptionInfo)]
    if len(infos) != 1:
        raise TypeError(f"{owner.__name__}.{field.name} needs one typer.Argument or typer.Option in its annotation")
    info = infos[0]
    is_many = get_origin(kind) is tuple
    kind = get_args(kind)[0] if is_many else kind
    is_literal = get_origin(kind) is Literal
    parameter = Parameter(
        field=field.name,
        kind=str if is_literal else kind,
        help=info.help or "",
        metavar=(info.metavar or field.name.upper()).strip("[]"),
        flags=_flags(info, field.name),
        is_many=is_many,
        is_required=field.default is MISSING and field.default_factory is MISSING,
        default=_default(field),
        choices=tuple(get_args(kind)) if is_literal else _members(kind),
        names=next((extra for extra in extras if isinstance(extra, Names)), None),
        least=None if info.min is None else int(info.min),
        most=None if info.max is None else int(info.max),
        parser=info.parser or _parser(owner, field, str if is_literal else kind),
    )
    if parameter.is_switch and (parameter.is_positional or parameter.default is not False):
        raise TypeError(f"{owner.__name__}.{field.name} is a switch: it needs a typer.Option and the default False")
    return parameter


def _unwrapped(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """The bare type and what stands beside it in Annotated, through `X | None` in any order."""
    extras: tuple[Any, ...] = ()
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *more = get_args(annotation)
            extras = (*more, *extras)
        elif get_origin(annotation) in (Union, UnionType):
            (annotation,) = (one for one in get_args(annotation) if one is not type(None))
        else:
            return annotation, extras


def _flags(info: ArgumentInfo | OptionInfo, name: str) -> tuple[str, ...]:
    if isinstance(info, ArgumentInfo):
        return ()
    # Inside Annotated, the first name given to typer.Option stands where its default would.
    declared = (*(() if info.default is ... else (info.default,)), *(info.param_decls or ()))
    return tuple(sorted(declared, key=lambda flag: not flag.startswith("--"))) or (f"--{name.replace('_', '-')}",)


def _default(field: Field[Any]) -> Any:
    if field.default is not MISSING:
        return field.default
    return None if field.default_factory is MISSING else field.default_factory()


def _members(kind: Any) -> tuple[str, ...]:
    return tuple(str(member.value) for member in kind) if isinstance(kind, type) and issubclass(kind, Enum) else ()


def _parser(owner: type[DataclassType], field: Field[Any], kind: Any) -> Callable[[str], Any]:
    if kind in (str, int, bool, Path) or _members(kind):
        return kind  # type: ignore[no-any-return]  # a type is a callable that makes its instances
    parse = getattr(kind, "parse", None)
    if parse is None:
        raise TypeError(f"{owner.__name__}.{field.name}: {kind!r} has no `parse`, and typer.Option names no parser")
    return parse  # type: ignore[no-any-return]  # looked up by name


def _bound(text: str, number: int | None) -> str:
    return "" if number is None else text.format(number)
