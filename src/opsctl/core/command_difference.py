"""What would change about a command of the site, in words."""

from collections.abc import Iterator

from opsctl.core.canonical import canonical
from opsctl.core.custom import CustomCommand, Input
from opsctl.core.fields import Span
from opsctl.core.rule_difference import rules_difference


def new_command(name: str) -> CustomCommand:
    """The command that a new one is compared with: nothing is known of it yet."""
    return CustomCommand(name, "", is_change=False, vector=(), limit_seconds=0)


def command_difference(old: CustomCommand, new: CustomCommand) -> Iterator[str]:
    """A sentence without its full stop for each thing that would change."""
    name = new.name
    is_new = not old.vector
    if is_new or old.is_change != new.is_change:
        yield f"{name} would {'be a change' if new.is_change else 'only read'}"
    if old.vector != new.vector:
        yield f"{name} would run {canonical(new.vector)}" + ("" if is_new else f" instead of {canonical(old.vector)}")
    yield from _inputs(name, old, new)
    if old.limit_seconds != new.limit_seconds:
        was = "" if is_new else f" instead of {Span(old.limit_seconds)}"
        yield f"{name} would be ended after {Span(new.limit_seconds)}{was}"
    if old.help != new.help:
        yield f"help would say of {name}: {new.help}"
    yield from rules_difference(old.rules, new.rules, f"rule of {name}")


def _inputs(name: str, old: CustomCommand, new: CustomCommand) -> Iterator[str]:
    was, now = ({one.name: one for one in command.inputs} for command in (old, new))
    yield from (f"{name} would no longer take {_typed(one)}" for key, one in was.items() if key not in now)
    for key, one in now.items():
        if key not in was:
            yield f"{name} would take {_typed(one)}: {_described(one)}"
        elif was[key] != one:
            yield f"{name} would take {_typed(one)}: {_described(one)}, instead of {_typed(was[key])}: " + _described(
                was[key]
            )
    kept = [key for key in was if key in now]
    if kept != [key for key in now if key in was]:
        yield f"{name} would take its inputs in the order {', '.join(map(_typed, now.values()))}"


def _typed(one: Input) -> str:
    return f"--{one.name}" if one.is_option else one.name.upper()


def _described(one: Input) -> str:
    """Everything about an input, so that no difference is left out."""
    parts = [
        one.kind.value,
        f"one of {', '.join(one.choices)}" if one.choices else "",
        f"at least {one.least}" if one.least is not None else "",
        f"at most {one.most}" if one.most is not None else "",
        f"by default {one.default or canonical('')}" if one.default is not None else "",
        f"handed on as {canonical(one.words)}" if one.words else "",
        f"explained as {canonical(one.help)}" if one.help else "",
    ]
    return ", ".join(part for part in parts if part)
