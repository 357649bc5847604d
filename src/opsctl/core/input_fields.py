"""The inputs that a site declares, as the fields of a command, which parser, help and completion read."""

from dataclasses import field, make_dataclass, replace
from typing import Annotated, Any, Literal, NamedTuple

import typer

from opsctl.core.command import Names
from opsctl.core.custom import Input, InputKind
from opsctl.core.fields import Span
from opsctl.core.parameters import Parameter, parameters_of


class _Look(NamedTuple):
    """What a kind is read as, what it names, and what help calls its value and says where the site says nothing."""

    read_as: Any
    metavar: str
    help: str
    names: Names | None = None


_LOOKS = {
    InputKind.TEXT: _Look(str, "TEXT", ""),
    InputKind.INTEGER: _Look(int, "NUMBER", ""),
    InputKind.CHOICE: _Look(str, "CHOICE", ""),
    InputKind.SWITCH: _Look(bool, "", ""),
    InputKind.SPAN: _Look(Span, "SPAN", "A length of time: 90s, 15m, 1h, 2d."),
    InputKind.SERVICE: _Look(str, "SERVICE", "A service of the site.", Names.SERVICE),
    InputKind.ENVIRONMENT: _Look(str, "ENVIRONMENT", "Where it runs.", Names.ENVIRONMENT),
    InputKind.VERSION: _Look(str, "VERSION", "A version of the service.", Names.VERSION),
    InputKind.PERSON: _Look(str, "PERSON", "A person of the site.", Names.PERSON),
}


def field_name(one: Input) -> str:
    """The name of its field: one that nothing of a command's own can have."""
    return f"given_{one.name.replace('-', '_')}"


def field_of(one: Input) -> tuple[str, Any, Any]:
    """What `dataclasses.make_dataclass` makes its field of."""
    look = _LOOKS[one.kind]
    about = one.help or look.help
    info: Any
    if one.is_option:
        info = typer.Option(f"--{one.name}", metavar=look.metavar, help=about, min=one.least, max=one.most)
    else:
        info = typer.Argument(metavar=one.name.upper(), help=about, min=one.least, max=one.most)
    read_as = Literal[one.choices] if one.kind is InputKind.CHOICE else look.read_as
    is_required = one.default is None and not one.is_option
    default = field() if is_required else field(default=_default(one))
    return field_name(one), Annotated[read_as, info, look.names], default


def parameter_of(one: Input) -> Parameter:
    """How its texts are read, by itself: for checking what the site writes of it."""
    (parameter,) = parameters_of(make_dataclass("_Alone", [field_of(replace(one, default=None))]))
    return parameter


def _default(one: Input) -> Any:
    match one.kind:
        case InputKind.SWITCH:
            return False
        case _ if one.default is None:
            return None
        case InputKind.INTEGER:
            return int(one.default)
        case InputKind.SPAN:
            return Span.parse(one.default)
        case _:
            return one.default
