"""The commands that a site brings: each becomes a command like any other, whose body is an argument vector."""

import shlex
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import make_dataclass
from functools import cache
from typing import ClassVar

from opsctl.core import policy
from opsctl.core.command import Change, Command, Question
from opsctl.core.context import Context
from opsctl.core.custom import CustomCommand, Input, InputKind
from opsctl.core.errors import UsageError
from opsctl.core.facts import Fact, Note
from opsctl.core.input_fields import field_name, field_of
from opsctl.core.log_facts import OutputLines
from opsctl.core.nearest import did_you_mean
from opsctl.core.plan import Change as Step
from opsctl.core.plan import Plan
from opsctl.core.ports import Cause, Steps
from opsctl.core.process import output_of, run_vector, told
from opsctl.core.request import Request
from opsctl.core.site import Site
from opsctl.core.vector import filled

FOLDER = "/"
"""Where it runs: never where the caller happens to stand, whose files nobody approved."""

MOST_CHARACTERS = 1_000_000
"""Of the output of a command that only reads."""


class CustomChange(Change):
    """A change that the site declares."""

    __slots__ = ()

    declared: ClassVar[CustomCommand]

    @property
    def place(self) -> tuple[str | None, str | None]:
        """The first service and the first environment among its inputs."""
        return _place(self, self.declared)

    def plan(self, site: Site) -> Plan:
        """The argument vector that would run."""
        vector = _vector(self, self.declared, site)
        return Plan(changes=(Step(f"run {shlex.join(vector)}", None, None),))

    def execute(self, site: Site, plan: Plan, cause: Cause) -> Steps:  # noqa: ARG002  # the line says it all
        """Run it; it finds what it is run for in its environment."""
        yield from run_vector(
            _vector(self, self.declared, site),
            told(cause, *self.place),
            step="running",
            folder=FOLDER,
            limit_seconds=self.declared.limit_seconds,
        )

    def holds(self, site: Site, plan: Plan, cause: Cause) -> bool | None:  # noqa: ARG002
        """Nobody but the program can tell."""
        return None


class CustomQuestion(Question):
    """A command of the site that only reads."""

    __slots__ = ()

    declared: ClassVar[CustomCommand]

    @property
    def place(self) -> tuple[str | None, str | None]:
        """The first service and the first environment among its inputs."""
        return _place(self, self.declared)

    def answer(self, context: Context, request: Request) -> Iterator[Fact]:
        """What the program writes, as it comes, up to a million characters.

        Raises Denied where its rules name who may ask, and the caller does not.
        """
        site = context.site()
        self._check_may_ask(site, request)
        vector = _vector(self, self.declared, site)
        cause = Cause(request.id, request.caller.handle)
        left = MOST_CHARACTERS
        about = told(cause, *self.place)
        with closing(output_of(vector, about, folder=FOLDER, limit_seconds=self.declared.limit_seconds)) as output:
            for lines in output:
                if context.interruption.is_asked:
                    return
                if lines:
                    yield OutputLines(tuple(lines))
                left -= sum(map(len, lines))
                if left < 0:
                    yield Note(f"The output of {vector[0]} is longer than is shown; the program was ended.")
                    return

    def _check_may_ask(self, site: Site, request: Request) -> None:
        if self.declared.rules:
            service, environment = self.place
            rule = policy.rule_for(site.published, self.name, environment, Plan(()))
            policy.check_requester(site.published, rule, service, request.caller.handle)


@cache
def class_of(declared: CustomCommand) -> type[Command]:
    """The class of a declared command; the same declaration is the same class."""
    return make_dataclass(
        "".join(map(str.capitalize, declared.name.split("-"))),
        [field_of(one) for one in declared.inputs],
        bases=(CustomChange if declared.is_change else CustomQuestion,),
        namespace={"__module__": __name__, "__doc__": declared.help, "name": declared.name, "declared": declared},
        frozen=True,
        slots=True,
    )


def _place(command: Command, declared: CustomCommand) -> tuple[str | None, str | None]:
    service, environment = (
        next((_text(command, one) for one in declared.of_kind(kind)), None)
        for kind in (InputKind.SERVICE, InputKind.ENVIRONMENT)
    )
    return service or None, environment or None


def _vector(command: Command, declared: CustomCommand, site: Site) -> tuple[str, ...]:
    """What to run. Raises UsageError where a value names nothing of the site, or would be an option of the program."""
    if site.published.commands.get(declared.name) != declared:
        raise UsageError(
            f"The site was published anew just now, and {declared.name} is another command, or none.",
            means="Nothing was done.",
            do=f"Look at it, then ask again: opsctl help {declared.name}",
            reason="command_gone",
        )
    values = {one.name: _text(command, one) for one in declared.inputs}
    _check_names(command, declared, site)
    return filled(declared.vector, values, {one.name: one.stands_for for one in declared.inputs})


def _text(command: Command, one: Input) -> str | None:
    """What its placeholder is filled with; None where nothing was given, and no default counts."""
    value = getattr(command, field_name(one))
    match one.kind:
        case InputKind.SWITCH:
            return "" if value else None
        case _ if value is None:
            return None
        case InputKind.SPAN:
            return str(value.seconds)
        case InputKind.PERSON:
            return value if value.startswith("@") else f"@{value}"
        case _:
            return str(value)


def _check_names(command: Command, declared: CustomCommand, site: Site) -> None:
    """Raise UsageError where a value names nothing that the site knows."""
    service, environment = _place(command, declared)
    if service and environment:
        site.where(service, environment)
    for one in declared.inputs:
        name = _text(command, one)
        if name is None:
            continue
        match one.kind:
            case InputKind.SERVICE:
                site.published.service(name)
            case InputKind.ENVIRONMENT:
                site.published.environment(name)
            case InputKind.PERSON if name not in site.published.people:
                raise _unknown("person", name, site.published.people)
            case InputKind.VERSION if service and environment:
                known = site.versions(service, environment)
                if known and name not in known:
                    raise _unknown("version", name, known)
            case _:
                pass


def _unknown(what: str, name: str, known: Iterable[str]) -> UsageError:
    return UsageError(
        f"There is no {what} {name!r}.",
        means="Nothing was done.",
        do=did_you_mean(name, known),
        reason=f"unknown_{what}",
    )
