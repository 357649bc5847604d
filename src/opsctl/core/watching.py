"""Seeing an operation through: what others do with it, and carrying it out once nothing stands in its way."""

from collections.abc import Iterator

from opsctl.core.context import Context
from opsctl.core.errors import Abandoned, Undecided
from opsctl.core.events import AwaitingConfirmation, Event, Finished, LeftRunning, events_of
from opsctl.core.execution import run
from opsctl.core.journal import Entry
from opsctl.core.news import News
from opsctl.core.operation import FINAL, STANDING, Operation, State, unknown
from opsctl.core.recovery import take_up_one


def see_through(context: Context, operation: str, after: int) -> Iterator[Event]:
    """Wait for a standing operation, carry it out when it is approved, and go on until it is over.

    Yields what happens from the journal entry `after` on. Ends early where the requester has to confirm, and where
    its platform is out of reach. Raises Undecided where this process is told to stop waiting; the operation stands.
    """
    told: list[Event] = []
    news = News(context.store)
    while True:
        now = _row(context, operation)
        for entry in context.store.entries(operation, after=after):
            after = entry.seq
            yield from _untold(entry, told)
            if entry.kind in FINAL:
                return  # what is said about it afterwards is no part of its story
        if now.state.is_final or now.state is State.AWAITING_CONFIRMATION:
            return
        if now.state is State.APPROVED:
            for event in run(context, operation):
                told.append(event)
                yield event
            if told and isinstance(told[-1], Finished | AwaitingConfirmation | LeftRunning):
                return
        _wait(context, news, operation)
        yield from (notes := tuple(take_up_one(context, now)))
        if notes and _row(context, operation).state is State.RUNNING:
            yield LeftRunning(operation, notes[-1].means)
            return


def _wait(context: Context, news: News, operation: str) -> None:
    while True:
        if context.interruption.wait(context.poll_seconds):
            raise left_standing(_row(context, operation))
        if news.is_due():
            return


def newest_question(context: Context, operation: str) -> int:
    """The seq of the journal entry that last asked for confirmation or approval; 0 where none did."""
    asks = (State.AWAITING_CONFIRMATION, State.AWAITING_APPROVAL)
    entries = context.store.entries(operation)
    return next((entry.seq for entry in reversed(entries) if entry.kind in asks), 0)


def question_of(context: Context, operation: str) -> Iterator[Event]:
    """What an operation last asked, as it asked it; nothing where it does not wait for approval."""
    row = context.store.operation(operation)
    if row is not None and row.state is State.AWAITING_APPROVAL:
        (asked,) = context.store.entries(operation, after=newest_question(context, operation) - 1)[:1]
        yield from events_of(asked)


def _untold(entry: Entry, told: list[Event]) -> Iterator[Event]:
    """The events of an entry, without those that carrying it out here has told already."""
    for event in events_of(entry):
        if event in told:
            told.remove(event)
        else:
            yield event


def _row(context: Context, operation: str) -> Operation:
    now = context.store.operation(operation)
    if now is None:
        raise unknown(operation)
    return now


def left_standing(operation: Operation) -> Undecided:
    """What a person is told who stops waiting."""
    if operation.state is State.RUNNING:
        return Undecided(
            f"{operation.id} is running; you stopped waiting for it.",
            means="It goes on without you.",
            do=f"See what becomes of it: opsctl run {operation.id}   Stop it: opsctl cancel {operation.id}",
        )
    until = f" until {operation.deadline.at.astimezone():%H:%M %Z}" if operation.deadline else ""
    return Undecided(
        f"{operation.id} is {operation.state.replace('_', ' ')}; you stopped waiting for it.",
        means=f"It stands{until}: nothing was changed, nothing is lost.",
        do=f"Go on: opsctl run {operation.id}   Give it up: opsctl cancel {operation.id}",
    )


def left_alone(operation: Operation) -> Abandoned | Undecided:
    """What a person is told who ends the process that serves an operation, without waiting for it to stop."""
    if operation.state in STANDING:
        return left_standing(operation)
    is_running = operation.state is State.RUNNING
    return Abandoned(
        f"{operation.id} was left {'while it ran' if is_running else 'before it had a plan'}.",
        means="What it did so far stays. The next command looks what became of it, and closes it."
        if is_running
        else "Nothing was changed. The next command closes it.",
        do=f"See what it came to: opsctl operations {operation.id}",
    )
