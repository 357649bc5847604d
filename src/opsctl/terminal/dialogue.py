"""A request from the terminal, from its first event to its last: what is asked of the person, what is waited for."""

import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

from opsctl.core import admission, engine
from opsctl.core.command import Command, Decision
from opsctl.core.context import Context
from opsctl.core.errors import Abandoned, NotConfirmed
from opsctl.core.events import (
    Approved,
    AwaitingApproval,
    AwaitingConfirmation,
    Event,
    Finished,
    LeftRunning,
    Started,
    events_of,
)
from opsctl.core.execution import run
from opsctl.core.facts import Note
from opsctl.core.holder import Holder
from opsctl.core.line import Line, chat_form
from opsctl.core.operation import FINAL, State
from opsctl.core.request import Request
from opsctl.core.watching import left_alone, newest_question, question_of, see_through
from opsctl.terminal.display import Display
from opsctl.terminal.streams import OutputLostError, let_go

SEEN_DIGEST = 16
"""Characters of the digest of a plan that was seen on this screen, in the record of the yes to it."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Asks through `question`, which returns what the person typed; None where there is nobody to ask.

    `learn` is called where an operation has come to a state in which it may stay for long, as others want to know.
    """

    context: Context
    display: Display
    question: Callable[[str], str] | None
    says_yes: bool
    learn: Callable[[], None] = lambda: None

    def having_seen(self, request: Request) -> Request:
        """A yes is to a plan: who names none is shown the one that counts, and asked whether they mean it.

        Raises NotConfirmed where they do not, Abandoned where they leave; then nothing was recorded.
        """
        command = request.command
        if not isinstance(command, Decision) or self.question is None or self.says_yes:
            return request
        from opsctl.commands.approve import Approve  # which a change is not

        if not isinstance(command, Approve) or command.plan:
            return request
        asked = tuple(question_of(self.context, command.operation))
        question = asked[-1] if asked else None
        if not isinstance(question, AwaitingApproval) or request.caller.handle not in question.approvers:
            return request  # it will be told why it can't count
        for event in asked:
            self._draw(event)
        if not self._agrees("  Approve this? [y/N] "):
            left = Abandoned if self.context.interruption.is_asked else NotConfirmed
            raise left(
                f"You did not approve {command.operation}.",
                means="It still waits; nothing was recorded.",
                do=f'Say no: opsctl reject {command.operation} "why"',
            )
        command = replace(command, plan=question.plan.digest[:SEEN_DIGEST])
        return replace(request, command=command, text=chat_form(Line(command)))

    def carry_through(self, request: Request) -> int:
        """Carry out a request as far as this terminal can; returns the exit code. Raises what the engine raises."""
        try:
            return self._carried_through(request)
        except KeyboardInterrupt:
            return self._left(request)

    def _left(self, request: Request) -> int:
        """Nobody leaves without a word on what becomes of what they asked for."""
        row = self.context.store.operation(request.id)
        if row is not None and not row.state.is_final:
            raise left_alone(row)
        for entry in self.context.store.entries(request.id):
            for event in events_of(entry) if entry.kind in FINAL else ():
                self._draw(event)
        return 130

    def _carried_through(self, request: Request) -> int:
        last = self._show(engine.ask(self.context, request))
        while True:
            match last:
                case AwaitingConfirmation():
                    last = self._confirm(last, request)
                case AwaitingApproval() if last.operation == request.id:
                    seen = newest_question(self.context, last.operation)
                    last = self._show(see_through(self.context, last.operation, after=seen))
                case Approved() if last.operation != request.id:
                    return self._run_here(last)
                case _:
                    return self._exit_code(last, request.command)

    def _show(self, events: Iterator[Event]) -> Event | None:
        """Show events; returns the last one that tells how things stand."""
        last: Event | None = None
        with closing(events):  # type: ignore[type-var]  # they are generators
            for event in events:
                self._draw(event)
                if isinstance(event, AwaitingConfirmation | AwaitingApproval | Started):
                    self.learn()
                if isinstance(event, AwaitingConfirmation | AwaitingApproval | Approved | Finished | LeftRunning):
                    last = event
        return last

    def _draw(self, event: Event) -> None:
        try:
            self.display.show(event)
        except (OSError, OutputLostError):
            # Nobody reads any more; it goes on to its end all the same.
            let_go(sys.stdout, sys.stderr)

    def _confirm(self, asked: AwaitingConfirmation, request: Request) -> Event | None:
        if self.says_yes or self._types(asked.subject):
            return self._show(admission.confirm(self.context, asked.operation, request.caller))
        last = self._show(admission.decline(self.context, asked.operation, request.caller))
        if self.question is None:
            raise NotConfirmed(
                f"{asked.operation} needs to be confirmed, and there is no terminal to ask at.",
                means="It was cancelled; nothing was changed.",
                do="Run it again with --yes to confirm it.",
            )
        return last

    def _types(self, subject: str) -> bool:
        return self._answer(f"  Type {subject} to confirm, anything else to leave it: ") == subject

    def _answer(self, question: str) -> str:
        """What the person typed; empty where there is nobody to ask, or they would rather leave."""
        if self.question is None:
            return ""
        self.display.close()
        try:
            return self.question(question).strip()
        except KeyboardInterrupt:
            self.context.interruption.ask("interrupted at the terminal")
            return ""

    def _agrees(self, question: str) -> bool:
        return self._answer(question).lower() in ("y", "yes")

    def _run_here(self, approved: Approved) -> int:
        """The deciding approver's terminal runs what its requester's process no longer can."""
        row = self.context.store.operation(approved.operation)
        if row is None or row.state is not State.APPROVED:
            return 0
        holder = Holder.parse(row.holder)
        if holder is not None and not holder.is_dead():
            return 0
        if not (self.says_yes or self._agrees("  Nobody is left to run it. Run it here? [y/N] ")):
            self.display.show(
                Note(f"Nobody is left to run {approved.operation}.", do=f"opsctl run {approved.operation}")
            )
            return 0
        last = self._show(run(self.context, approved.operation))
        return last.exit_code if isinstance(last, Finished) else 0

    def _exit_code(self, last: Event | None, command: Command) -> int:
        match last:
            case Finished(state=State.CANCELLED) if self.context.interruption.is_asked:
                return 130
            case Finished():
                return command.exit_code(last)
            case LeftRunning():
                return 5
            case _:
                return 130 if self.context.interruption.is_asked else 0
