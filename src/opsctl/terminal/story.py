"""The story of an operation as a person reads it: what happens on stderr, how it ended on stdout."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import assert_never

from opsctl.core.events import (
    Approved,
    AwaitingApproval,
    AwaitingConfirmation,
    CancelAsked,
    Finished,
    Happening,
    LeftRunning,
    Locked,
    PlanChanged,
    Planned,
    Requested,
    Started,
    Stepped,
    Voted,
    VoteRefused,
    VoteWithdrawn,
)
from opsctl.core.operation import State
from opsctl.core.plan import Plan
from opsctl.core.shown import span
from opsctl.terminal.errors import draw_error
from opsctl.terminal.ink import Ink, Piece, Tone
from opsctl.terminal.progress_line import ProgressLine
from opsctl.terminal.text import clock

OUTCOMES: dict[State, tuple[Tone, str]] = {
    State.SUCCEEDED: (Tone.GOOD, "✓"),
    State.FAILED: (Tone.BAD, "✗"),
    State.DENIED: (Tone.BAD, "✗"),
    State.REJECTED: (Tone.BAD, "✗"),
    State.CANCELLED: (Tone.CARE, "■"),
    State.EXPIRED: (Tone.CARE, "■"),
    State.INTERRUPTED: (Tone.BAD, "✗"),
}
"""How the outcomes look at a glance."""

ROLES = {"any-lead": "lead of any team"}
"""Built-in roles whose names are no words."""


class Story:
    """Draws what happens on two inks, above what moves. A plan is drawn once, however many events carry it.

    Where the story is the answer to a question (`is_answer`), all of it goes to `out`, and only what moves to `err`.
    """

    def __init__(self, out: Ink, err: Ink, *, is_answer: bool = False) -> None:
        self._out = out
        self._told = out if is_answer else err
        self._progress = ProgressLine(err)
        self._drawn_plan = ""
        self._drawn_step = ""
        self._started: datetime | None = None
        self._asked_here: set[str] = set()

    def tell(self, event: Happening) -> None:
        """Draw what happened, and say below it what is waited for."""
        with self._progress.aside():
            self._draw(event)
        self._progress.follow(event)

    def aside(self) -> AbstractContextManager[None]:
        """While something else is drawn on the same terminal."""
        return self._progress.aside()

    def stop(self) -> None:
        """Take down what moves."""
        self._progress.stop()

    def _draw(self, event: Happening) -> None:
        match event:
            case Requested():
                self._asked_here.add(event.operation)
                why = f"   (since {event.caused_by} failed)" if event.caused_by else ""
                self._told.line((Tone.STRONG, event.operation), "  ", event.command.removeprefix("/"), why)
            case Planned():
                self._planned(event)
            case AwaitingConfirmation():
                self._plan(event.plan, self._told)
            case AwaitingApproval():
                self._awaiting_approval(event)
            case Voted():
                self._voted(event)
            case VoteWithdrawn():
                took = f"· {event.person} took their yes back ({event.have} of {event.need})."
                self._told.line((Tone.CARE, took))
            case VoteRefused():
                self._told.line((Tone.CARE, f"· {event.person}'s answer does not count: "), event.why)
            case PlanChanged():
                self._plan_changed(event)
            case Approved() if event.by:
                # Who approves has seen the plan already.
                self._told.line((Tone.GOOD, f"✓ Approved by {', '.join(event.by)}."))
            case Approved():
                self._plan(event.plan, self._told)
            case Locked():
                since = clock(event.since)
                self._told.line(
                    (Tone.CARE, f"· Waiting for {event.holder}: "),
                    f"{event.person} runs {event.command} since {since}.",
                )
            case Started():
                self._started = event.at
                self._plan(event.plan, self._told)
            case Stepped():
                self._stepped(event)
            case CancelAsked():
                why = f" ({event.reason})" if event.reason else ""
                self._told.line((Tone.CARE, f"■ {event.person} asked to cancel{why}; putting back what can be."))
            case LeftRunning():
                self._left_running(event)
            case Finished():
                self._finished(event)
            case _ as never:
                assert_never(never)

    def _plan_changed(self, event: PlanChanged) -> None:
        was, now = changes(event.was), changes(event.now)
        what = f"was {was}, is {now}" if was != now else "the rules it stands under changed"
        self._told.line((Tone.CARE, f"! The plan changed ({what}): earlier answers no longer count."))

    def _plan(self, plan: Plan, ink: Ink) -> None:
        if plan.digest and plan.digest == self._drawn_plan:
            return
        self._drawn_plan = plan.digest
        for change in plan.changes:
            if change.was is None and change.to is None:
                ink.line("  ", change.name)
            else:
                ink.line(
                    (Tone.QUIET, f"  {change.name:<9} "), shown(change.was), " → ", (Tone.STRONG, shown(change.to))
                )
        if plan.facts:
            ink.line((Tone.QUIET, "  now       " + ", ".join(f"{name} {value}" for name, value in plan.facts)))
        if plan.overrides:
            ink.line((Tone.CARE, f"  cancels   {plan.overrides}"))

    def _planned(self, event: Planned) -> None:
        self._plan(event.plan, self._out)
        match event.leads_to:
            case State.AWAITING_APPROVAL:
                self._out.line("  rule      ", rule_words(event.plan), f": {', '.join(event.approvers)}")
            case State.AWAITING_CONFIRMATION:
                self._out.line("  rule      no approval, but you have to confirm it")
            case _:
                self._out.line("  rule      no approval, no confirmation")
        self._out.line("Dry run: nothing was changed.")

    def _awaiting_approval(self, event: AwaitingApproval) -> None:
        self._plan(event.plan, self._told)
        command = f"opsctl approve {event.operation} --plan {event.plan.digest[:8]}"
        self._told.line(
            (Tone.CARE, f"  Needs {rule_words(event.plan)}: {', '.join(event.approvers)}"),
            (Tone.QUIET, f" (until {clock(event.until)})"),
        )
        if event.operation in self._asked_here:
            self._told.line((Tone.QUIET, "  They approve with: "), command)

    def _voted(self, event: Voted) -> None:
        if event.is_yes:
            self._told.line((Tone.GOOD, f"✓ {event.person} approved ({event.have} of {event.need})."))
        else:
            self._told.line((Tone.BAD, f"✗ {event.person} rejected"), f": {event.reason}" if event.reason else "")

    def _stepped(self, event: Stepped) -> None:
        """A step is drawn as it begins and when all of it is done; what lies between is the progress line's."""
        is_new, self._drawn_step = event.step != self._drawn_step, event.step
        is_done = 0 < event.of == event.done
        if not (is_new or is_done or event.of == 0):
            return
        count = f" {event.done}/{event.of}" if event.of else ""
        detail = f"  {event.detail}" if event.detail and not event.of else ""
        # By the journal's times, so that who looks later sees what was seen while it ran.
        elapsed = span(max(0.0, (event.at - self._started).total_seconds()) if self._started else 0)
        self._told.line((Tone.QUIET, f"  {elapsed:>6}  "), f"{event.step}{count}", (Tone.QUIET, detail))

    def _left_running(self, event: LeftRunning) -> None:
        draw_error(
            self._told,
            event.happened,
            f"What became of {event.operation} is not known; it keeps its lock, so that nothing runs into it.",
            f"When the platform answers again: opsctl run {event.operation}",
        )

    def _finished(self, event: Finished) -> None:
        tone, mark = OUTCOMES[event.state]
        took = f" after {span(event.duration_seconds)}" if event.duration_seconds else ""
        by = f" by {event.by}" if event.by else ""
        head: list[Piece] = [(tone, f"{mark} {event.operation} {event.state.replace('_', ' ')}{by}{took}"), ": "]
        self._out.line(*head, event.command.removeprefix("/"))
        if event.state is State.SUCCEEDED:
            if event.dashboard:
                self._out.line((Tone.QUIET, "  Dashboard: "), event.dashboard)
            return
        if not event.happened and event.reason:
            self._out.line("  ", event.reason.replace("_", " "))
        left = f"Still changed: {event.left}." if event.left else ""
        draw_error(
            self._out, event.happened, event.means, left, event.do, tone=Tone.PLAIN, mark="  ", log_tail=event.log_tail
        )


def changes(plan: Plan) -> str:
    """The changes of a plan on one line."""
    return ", ".join(
        change.name if change.to is None and change.was is None else f"{shown(change.was)} → {shown(change.to)}"
        for change in plan.changes
    )


def shown(value: str | int | None) -> str:
    """A changed value; "nothing" where there is none, or it is not known."""
    return "nothing" if value is None else str(value)


def rule_words(plan: Plan) -> str:
    """What the rule of a plan asks for."""
    rule = plan.rule
    if rule is None or not rule.approvals:
        return "no approval"
    who = " or ".join(ROLES.get(role, role) for role in rule.roles)
    return f"1 approval by a {who}" if rule.approvals == 1 else f"{rule.approvals} approvals by {who}"
