"""What happened to an operation, each event as one line."""

from datetime import datetime
from typing import TypeAlias, assert_never

from opsctl.chat.table import one_line
from opsctl.chat.times import clock
from opsctl.chat.wording import changes, rule_words
from opsctl.core import events
from opsctl.core.journal import timestamp
from opsctl.core.shown import listed, span

Happening: TypeAlias = (
    events.Requested
    | events.Planned
    | events.AwaitingConfirmation
    | events.AwaitingApproval
    | events.Voted
    | events.VoteWithdrawn
    | events.VoteRefused
    | events.PlanChanged
    | events.Approved
    | events.Locked
    | events.Started
    | events.Stepped
    | events.CancelAsked
    | events.LeftRunning
    | events.Finished
)


def line_of(event: Happening, now: datetime) -> str:
    """The event in words."""
    return one_line(_words(event, now))


def _words(event: Happening, now: datetime) -> str:
    match event:
        case events.Requested():
            return f"{event.person} asked: {event.command}"
        case events.Planned():
            who = f" of {', '.join(event.approvers)}" if event.approvers else ""
            return f"It would change {changes(event.plan)}, with {rule_words(event.plan)}{who}. Nothing was changed."
        case events.AwaitingConfirmation():
            return f"waits for confirmation until {clock(timestamp(event.until), now)}: {changes(event.plan)}"
        case events.AwaitingApproval():
            who, until = ", ".join(event.approvers), clock(timestamp(event.until), now)
            return f"waits for {rule_words(event.plan)} ({who}) until {until}: {changes(event.plan)}"
        case events.Voted() if event.is_yes:
            return f"{event.person} approved ({event.have} of {event.need})"
        case events.Voted():
            return f"{event.person} rejected" + (f": {event.reason}" if event.reason else "")
        case events.VoteWithdrawn():
            return f"{event.person} took their approval back ({event.have} of {event.need})"
        case events.VoteRefused():
            return f"{event.person}'s answer does not count: {event.why}"
        case events.PlanChanged():
            return f"the plan changed: was {changes(event.was)}, is {changes(event.now)}"
        case events.Approved():
            return f"approved by {listed(event.by)}" if event.by else "approved"
        case events.Locked():
            return f"waits for {event.holder}: {event.person}, {event.command}"
        case _:
            return _running(event)


def _running(
    event: events.Started | events.Stepped | events.CancelAsked | events.LeftRunning | events.Finished,
) -> str:
    match event:
        case events.Started():
            return f"carried out by {event.executed_by}"
        case events.Stepped():
            return event.step + (f" {event.done}/{event.of}" if event.of else "")
        case events.CancelAsked():
            return f"{event.person} asked to cancel it" + (f": {event.reason}" if event.reason else "")
        case events.LeftRunning():
            return f"left running: {event.happened}"
        case events.Finished():
            took = f" after {span(event.duration_seconds)}" if event.duration_seconds else ""
            why = event.happened or event.reason.replace("_", " ")
            return f"{event.state.replace('_', ' ')}{took}" + (f": {why}" if why else "")
        case _ as never:
            assert_never(never)
