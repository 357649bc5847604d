"""What every command is: a frozen dataclass whose fields are its grammar and whose docstring is its help.

A `Change` makes a plan and carries it out, a `Question` is answered, a `Decision` is a word on somebody's operation.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

if TYPE_CHECKING:
    from opsctl.core.context import Context
    from opsctl.core.events import Event, Finished
    from opsctl.core.plan import Plan
    from opsctl.core.ports import Cause, Steps
    from opsctl.core.request import Request
    from opsctl.core.site import Site


class Names(StrEnum):
    """What a field names; completion and "did you mean" look it up there."""

    SERVICE = "service"
    ENVIRONMENT = "environment"
    VERSION = "version"
    OPERATION = "operation"
    PERSON = "person"


class Surface(StrEnum):
    """Where a command may be typed."""

    TERMINAL = "terminal"
    CHAT = "chat"


ServiceName = Annotated[str, typer.Argument(metavar="SERVICE", help="A service of the site."), Names.SERVICE]
EnvironmentName = Annotated[str, typer.Argument(metavar="ENVIRONMENT", help="Where it runs."), Names.ENVIRONMENT]
VersionName = Annotated[str, typer.Argument(metavar="VERSION", help="The version to run."), Names.VERSION]
OperationId = Annotated[str, typer.Argument(metavar="OPERATION", help="Such as op-7f3k9q."), Names.OPERATION]


class Command(ABC):
    """A typed line, parsed. Subclasses are frozen dataclasses; `name` may be two words ("audit verify")."""

    __slots__ = ()

    name: ClassVar[str]
    examples: ClassVar[tuple[str, ...]] = ()
    surfaces: ClassVar[frozenset[Surface]] = frozenset(Surface)
    needs_site: ClassVar[bool] = True
    """Whether it makes sense only where a site is published, and can be trusted to be what was published."""
    misread: ClassVar[str] = ""
    """What is said of a line that can't be read, where repeating the words of it might show a secret."""

    @property
    def place(self) -> tuple[str | None, str | None]:
        """The (service, environment) that it is about: what a change locks, and what its record is found by."""
        return getattr(self, "service", None) or None, getattr(self, "environment", None) or None

    def exit_code(self, outcome: "Finished") -> int:  # noqa: ARG002  # most commands end well whatever others' do
        """What the outcome of the operation that it was about means to a script."""
        return 0


class Change(Command):
    """A command that changes something: planned, put under a rule, carried out under a lock, announced."""

    __slots__ = ()

    def exit_code(self, outcome: "Finished") -> int:
        """Its own outcome's."""
        return outcome.exit_code

    @abstractmethod
    def plan(self, site: "Site") -> "Plan":
        """What it would do, asked from the platforms now. Raises any OpsctlError where it can't be planned."""

    @abstractmethod
    def execute(self, site: "Site", plan: "Plan", cause: "Cause") -> "Steps":
        """Carry out the plan; keeps the promises of `Deployer` about yields and errors."""

    @abstractmethod
    def holds(self, site: "Site", plan: "Plan", cause: "Cause") -> bool | None:
        """Whether what the plan wanted is true now, by that cause; None where nobody can tell.

        Raises Unreachable, and Undecided while it is still being carried out.
        """


class Question(Command):
    """A command that only reads: answered at once, recorded at its end, not announced."""

    __slots__ = ()

    @abstractmethod
    def answer(self, context: "Context", request: "Request") -> Iterator["Event"]:
        """The facts, in the order in which a person reads them. Raises any OpsctlError."""


class Decision(Command):
    """A word on somebody's operation: yes, no, stop, go on. Recorded together with what it does."""

    __slots__ = ()

    @abstractmethod
    def decide(self, context: "Context", request: "Request") -> Iterator["Event"]:
        """Do it, and yield what follows. Raises any OpsctlError where it does not count."""
