"""Usage lines and help pages, written from the same declarations that the parser reads."""

import inspect
from collections.abc import Iterable, Sequence

from opsctl.core.command import Command
from opsctl.core.command_table import Kind, Row
from opsctl.core.parameters import Parameter
from opsctl.core.topic import Topic

_FEW = 4


def usage_line(name: str, parameters: Iterable[Parameter]) -> str:
    """One line that shows what may be typed: `opsctl logs SERVICE [--last SPAN] [--follow]`."""
    ordered = sorted(parameters, key=lambda one: not one.is_positional)
    return " ".join((name, *(_usage(one) for one in ordered)))


def page(
    command: type[Command], start: str, parameters: Sequence[Parameter], everywhere: Sequence[Parameter] = ()
) -> str:
    """The help of one command. `start` is what is typed before its name; `everywhere` are the options that all take."""
    parts = [
        f"Usage: {usage_line(start + command.name, parameters)}",
        _text(command),
        section("Arguments", [(_place(one), _about(one)) for one in parameters if one.is_positional]),
        options(parameters, "Options"),
        section("Examples", [(start + example, "") for example in command.examples]),
        options(everywhere),
    ]
    return "\n\n".join(part for part in parts if part)


def listing(rows: Iterable[Row], start: str, everywhere: Sequence[Parameter] = (), topics: Sequence[Topic] = ()) -> str:
    """All commands, one line each, grouped by what they are for and in table order within a group."""
    groups: dict[str, list[tuple[str, str]]] = {kind.value: [] for kind in Kind}
    for row in rows:
        groups[row.kind.value].append((row.name, row.summary))
    width = max((len(name) for rows in groups.values() for name, _ in rows), default=0)
    parts = [f"Usage: {start}COMMAND …", *(section(title, rows, width) for title, rows in groups.items())]
    parts.append(options(everywhere))
    about = f"More about one: {start}help COMMAND"
    also = f"\nMore to read: {start}help {'|'.join(one.name for one in topics)}" if topics else ""
    parts.append(about + also)
    return "\n\n".join(part for part in parts if part)


def topics(known: Sequence[Topic], start: str) -> str:
    """All topics, one line each."""
    return section("Topics", [(f"{start}help {one.name}", one.summary) for one in known])


def options(parameters: Iterable[Parameter], title: str = "Everywhere") -> str:
    """The options among them, one line each, under a title."""
    return section(title, [(_option(one), _about(one)) for one in parameters if not one.is_positional])


def _text(command: type[Command]) -> str:
    return inspect.cleandoc(command.__doc__ or "")


def _usage(one: Parameter) -> str:
    text = _value(one) if one.is_positional else one.label if one.is_switch else f"{one.label} {_value(one)}"
    many = " …" if one.is_many else ""
    return f"{text}{many}" if one.is_required else f"[{text}{many}]"


def _choices(one: Parameter) -> list[str]:
    return [choice for choice in one.choices if choice]


def _value(one: Parameter) -> str:
    return "|".join(_choices(one)) if 0 < len(_choices(one)) <= _FEW else one.metavar


def _place(one: Parameter) -> str:
    return f"{one.metavar} …" if one.is_many else one.metavar


def _option(one: Parameter) -> str:
    names = ", ".join(sorted(one.flags, key=len))
    return names if one.is_switch else f"{names} {_value(one)}"


def _about(one: Parameter) -> str:
    is_telling = not one.is_required and one.default not in (None, "", (), False, 0)
    choices = f" One of: {', '.join(_choices(one))}." if len(_choices(one)) > _FEW else ""
    return one.help + choices + (f" (default: {one.text(one.default)})" if is_telling else "")


def section(title: str, rows: Sequence[tuple[str, str]], width: int = 0) -> str:
    """Names and what each is, one line each, under a title; nothing where there are none."""
    if not rows:
        return ""
    width = width or max(len(name) for name, _ in rows)
    return "\n".join((f"{title}:", *(f"  {name.ljust(width)}  {about}".rstrip() for name, about in rows)))
