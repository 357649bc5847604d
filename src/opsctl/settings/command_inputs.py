"""What has to fit together in one argument or option of a site's own command."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from opsctl.core.custom import Input, InputKind
from opsctl.core.input_fields import parameter_of
from opsctl.core.parameters import ReadingError
from opsctl.settings.positions import Keys
from opsctl.settings.site_names import table

_NUMBERS = ("least", "most")


@dataclass(frozen=True, slots=True)
class Given:
    """An input as it was written: its kind (empty where there is none), and where it stands below the command."""

    kind: str
    table: Mapping[str, Any]
    keys: Keys

    @property
    def is_option(self) -> bool:
        """Whether it is told by its name."""
        return self.keys[0] == "options"


def given_in(command: Mapping[str, Any]) -> dict[str, Given]:
    """The inputs of a command by name, arguments first; a name that stands in both is the argument's."""
    found: dict[str, Given] = {}
    for part in ("arguments", "options"):
        for name in table(command, part):
            one = table(table(command, part), name)
            kind = one.get("kind")
            found.setdefault(name, Given(kind if isinstance(kind, str) else "", one, (part, name)))
    return found


def input_mistakes(
    command: Mapping[str, Any], given: Mapping[str, Given], taken: Collection[str], *, is_change: bool
) -> Iterator[tuple[Keys, str]]:
    """What is wrong with the inputs, each by itself and in their order."""
    for name in table(command, "options"):
        if f"--{name}" in taken:
            yield ("options", name), f"--{name} is an option of opsctl; choose another name"
        if name in table(command, "arguments"):
            yield ("options", name), f"{name} is an argument already; one name is one input"
    follows = ""
    for name, one in given.items():
        if not one.is_option and follows and "default" not in one.table:
            yield one.keys, f"{name} has to be given, so it can't follow {follows}, which need not be"
        if not one.is_option and "default" in one.table:
            follows = follows or name
        if is_change and one.kind == "environment" and (one.is_option or "default" in one.table):
            yield one.keys, f"a change is told its environment: make {name} an argument without a default"
        yield from ((one.keys + keys, what) for keys, what in _alone(name, one))


def _alone(name: str, one: Given) -> Iterator[tuple[Keys, str]]:
    if one.kind == "switch" and not one.is_option:
        yield ("kind",), f"a switch is an option: write {name} below options"
    if one.kind == "choice" and not one.table.get("choices"):
        yield ("kind",), f"say what {name} may be: choices = [...]"
    if one.kind != "choice" and "choices" in one.table:
        yield ("choices",), f"{name} is no choice; make its kind choice, or remove this"
    for key in _NUMBERS:
        if one.kind != "integer" and key in one.table:
            yield (key,), f"{name} is no integer; make its kind integer, or remove this"
    least, most = _numbers(one)
    if least is not None and most is not None and least > most:
        yield ("most",), f"most must be at least {least}, which is least"
    if "default" in one.table:
        yield from ((("default",), what) for what in _default(name, one))


def _default(name: str, one: Given) -> Iterator[str]:
    """A default is read as if it had been typed."""
    default = one.table["default"]
    if one.kind == "switch":
        yield f"the switch {name} is off where it is not given; it has no default"
    elif type(default) in (str, int) and one.kind in set(InputKind):
        if (type(default) is int) != (one.kind == "integer"):
            yield f"default must be {'a whole number' if one.kind == 'integer' else 'text in quotes'}"
            return
        least, most = _numbers(one)
        choices = one.table.get("choices")
        words = tuple(each for each in choices if isinstance(each, str)) if isinstance(choices, list) else ()
        if one.kind == "choice" and not words:
            return
        try:
            parameter_of(Input(name, InputKind(one.kind), choices=words, least=least, most=most)).read(str(default))
        except ReadingError as error:
            yield f"default: {error}"


def _numbers(one: Given) -> tuple[int | None, int | None]:
    """Least and most, where they are numbers."""
    least, most = (value if type(value := one.table.get(key)) is int else None for key in _NUMBERS)
    return least, most
