"""What every command is: a frozen dataclass whose fields are its grammar and whose docstring is its help.

A `Change` makes a plan and carries it out, a `Question` is answered, a `Decision` is a word on somebody's operation.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from opsctl.core.context import Context
    from opsctl.core.events import Event, Finished
    from opsctl.core.plan import Plan
    from opsctl.core.ports import Cause, Steps
    from opsctl.core.request import Request
    from opsctl.core.site import Site


class Names(StrEnum):
    """What a field names; completion and "did you mean" look it up there.

    Of operations, a command says which of them it can do anything with.
    """

    SERVICE = "service"
    ENVIRONMENT = "environment"
    VERSION = "version"
    OPERATION = "operation"
    OPEN_OPERATION = "open-operation"
    AWAITING_OPERATION = "awaiting-operation"
    PERSON = "person"
    FILE = "file"
    FOLDER = "folder"
    INCIDENT = "incident"


class Surface(StrEnum):
    """Where a command may be typed."""

    TERMINAL = "terminal"
    CHAT = "chat"


ServiceName = Annotated[str, typer.Argument(metavar="SERVICE", help="A service of the site."), Names.SERVICE]
EnvironmentName = Annotated[str, typer.Argument(metavar="ENVIRONMENT", help="Where it runs."), Names.ENVIRONMENT]
VersionName = Annotated[str, typer.Argument(metavar="VERSION", help="The version to run."), Names.VERSION]
Watch = Annotated[
    bool, typer.Option("--watch", "-w", help="Look again and again, and show what is there now, until Ctrl-C.")
]

_OPERATION = typer.Argument(metavar="OPERATION", help="Such as op-7f3k9q.")
OperationId = Annotated[str, _OPERATION, Names.OPERATION]
OpenOperation = Annotated[str, _OPERATION, Names.OPEN_OPERATION]
AwaitingOperation = Annotated[str, _OPERATION, Names.AWAITING_OPERATION]


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
    has_plan: ClassVar[bool] = False
    """Whether it may be asked for with --dry-run, which shows its plan."""
    has_rows: ClassVar[bool] = False
    """Whether its answer is rows of one shape, which may be had as CSV."""
    is_proof: ClassVar[bool] = False
    """Whether its exit code is its answer, which counts also where nobody reads the rest."""

    @property
    def place(self) -> tuple[str | None, str | None]:
        """The (service, environment) that it is about: what a change locks, and what its record is found by."""
        return getattr(self, "service", None) or None, getattr(self, "environment", None) or None

    def settled(
        self,
        now: "datetime",  # noqa: ARG002  # most commands mean the same at any time
        zone: "tzinfo | None" = None,  # noqa: ARG002  # and anywhere
    ) -> "Command":
        """The same command as it is recorded: what it means depends on when and where it was typed no more.

        `zone` is the person's, None this process's own. Raises UsageError where that can't be found out.
        """
        return self

    def exit_code(self, outcome: "Finished") -> int:  # noqa: ARG002  # most commands end well whatever others' do
        """What the outcome of the operation that it was about means to a script."""
        return 0


class Change(Command):
    """A command that changes something: planned, put under a rule, carried out under a lock, announced."""

    __slots__ = ()

    has_plan: ClassVar[bool] = True
    is_exclusive: ClassVar[bool] = True
    """Whether nothing else may change its place meanwhile. What is one transaction of the store holds nobody up."""

    def lock(self, operation: str) -> str:
        """The key of the lock that it needs to be carried out as that operation: its place's, or one of its own."""
        service, environment = self.place
        return f"{service or ''}/{environment or ''}" if self.is_exclusive else operation

    def exit_code(self, outcome: "Finished") -> int:
        """Its own outcome's."""
        return outcome.exit_code

    @abstractmethod
    def plan(self, site: "Site") -> "Plan":
        """What it would do, asked from the platforms now. Raises any OpsctlError where it can't be planned."""

    @abstractmethod
    def execute(self, site: "Site", plan: "Plan", cause: "Cause") -> "Steps":
        """Carry out the plan; keeps the promises of `Deployer` about yields and errors."""

    def remedy(
        self,
        site: "Site",  # noqa: ARG002  # most changes leave it to people
        plan: "Plan",  # noqa: ARG002
        cause: "Cause",  # noqa: ARG002
    ) -> "Change | None":
        """What the site wants asked for at once where this failed and left something changed. Raises Unreachable."""
        return None

    @abstractmethod
    def holds(self, site: "Site", plan: "Plan", cause: "Cause") -> bool | None:
        """Whether what the plan wanted is true now, by that cause; None where nobody can tell.

        Raises Unreachable, and Undecided while it is still being carried out.
        """


class Question(Command):
    """A command that only reads: answered at once, recorded at its end, not announced."""

    __slots__ = ()

    @property
    def is_repeated(self) -> bool:
        """Whether it is answered again and again, each answer in place of the one before."""
        return False

    @abstractmethod
    def answer(self, context: "Context", request: "Request") -> Iterator["Event"]:
        """The facts, in the order in which a person reads them. Raises any OpsctlError."""


class Decision(Command):
    """A word on somebody's operation: yes, no, stop, go on. Recorded together with what it does."""

    __slots__ = ()

    @abstractmethod
    def decide(self, context: "Context", request: "Request") -> Iterator["Event"]:
        """Do it, and yield what follows. Raises any OpsctlError where it does not count."""
