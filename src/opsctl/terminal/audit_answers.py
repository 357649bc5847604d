"""The journal as evidence. Of one command: who, what, under which rule, when, how it ended, and what proves it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, assert_never

from opsctl.core import events
from opsctl.core.audit_facts import Account, AuditFact, Evidence, Verified
from opsctl.core.identity import TERMINAL
from opsctl.core.operation import State
from opsctl.core.plan import Plan
from opsctl.core.shown import span
from opsctl.terminal.ink import Ink, Piece, Tone
from opsctl.terminal.story import OUTCOMES, changes, rule_words, shown
from opsctl.terminal.text import clean, clock

_LABEL = 16


def draw(answer: AuditFact, out: Ink, err: Ink) -> None:  # noqa: ARG001  # as all drawers have it
    """Draw an answer on `out`."""
    match answer:
        case Account():
            _account(answer, out)
        case Verified():
            _verified(answer, out)
        case _ as never:
            assert_never(never)


def _account(account: Account, out: Ink) -> None:
    """What it was, then entry by entry how it went, then whether all of it holds."""
    bodies: list[Mapping[str, Any]] = [one.facts for one in account.entries if one.holds]
    first = bodies[0] if bodies else {}
    out.line((Tone.STRONG, account.operation), "  ", clean(str(first.get("command", "")).removeprefix("/")))
    for label, text in (*_request(first), *_plan(account), *_outcome(account)):
        out.line((Tone.QUIET, f"  {label:<{_LABEL}}"), clean(text))
    out.line()
    out.table(("TIME", "ENTRY", "WHAT", "HASH"), [_row(account.operation, one) for one in account.entries])
    for line in bodies[-1].get("log_tail", ()) if bodies else ():
        out.line((Tone.QUIET, f"    {clean(line)}"))
    out.line()
    _proof(account, out)


def _request(first: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if first:
        is_local = first["origin"] == TERMINAL
        announced = f", announced in {first['channel']}" if first["channel"] != TERMINAL else ""
        where = f"in a terminal{announced}" if is_local else f"in {first['channel']} ({first['origin']})"
        yield "asked by", f"{first['person']} {where}"
        yield "asked at", _time(datetime.fromisoformat(first["at"]))


def _plan(account: Account) -> Iterator[tuple[str, str]]:
    """The plan that counts in the end, and who could agree to it."""
    planned = [one.facts for one in account.entries if "plan" in one.facts]
    if not planned:
        return
    plan = Plan.from_json(planned[-1]["plan"])
    asked: list[Any] = [facts["approvers"] for facts in planned if "approvers" in facts]
    for at, change in enumerate(plan.changes):
        to = "" if change.was is None and change.to is None else f" {shown(change.was)} → {shown(change.to)}"
        yield "" if at else "plan", change.name + to
    if plan.facts:
        yield "then", ", ".join(f"{name} {value}" for name, value in plan.facts)
    if plan.overrides:
        yield "cancels", plan.overrides
    yield "rule", rule_words(plan)
    if asked and plan.rule and plan.rule.approvals:
        yield "may approve", ", ".join(asked[-1])
    yield "digest", plan.digest


def _outcome(account: Account) -> Iterator[tuple[str, str]]:
    record = account.record
    if record is None:
        yield "result", "none yet" if all(one.holds for one in account.entries) else "not to be told: see below"
        return
    took = f" after {span(record['duration_seconds'])}" if record["duration_seconds"] else ""
    yield "result", record["result"] + took
    told = (
        ("approved by", record["approved_by"]),
        ("carried out by", record["executed_by"]),
        ("caused by", record["caused_by"]),
        ("reason", record["reason"].replace("_", " ")),
        ("error", record["error"]),
    )
    yield from ((label, text) for label, text in told if text)


def _row(operation: str, one: Evidence) -> tuple[Piece, ...]:
    if not one.holds:
        return clean(one.at), str(one.seq), (Tone.BAD, "was changed after it was written"), clean(one.hash[:12])
    words = "; ".join(_words(event) for event in events.told(operation, one.kind, one.at, one.facts))
    state = next((state for state in OUTCOMES if state == one.kind), None)
    tone = OUTCOMES[state][0] if state else Tone.PLAIN
    what = (tone, clean(words or one.kind.replace("_", " ")))
    return _time(datetime.fromisoformat(one.at)), str(one.seq), what, (Tone.QUIET, one.hash[:12])


def _words(event: events.Event) -> str:
    """What happened, in one clause."""
    match event:
        case events.Requested():
            return f"{event.person} asked for it"
        case events.AwaitingConfirmation():
            return f"waits for {event.subject} to be typed, until {clock(event.until)}"
        case events.AwaitingApproval():
            return f"waits for {rule_words(event.plan)}, until {clock(event.until)}"
        case events.Voted(is_yes=True):
            return f"{event.person} approved ({event.have} of {event.need})"
        case events.Voted():
            return f"{event.person} rejected" + (f": {event.reason}" if event.reason else "")
        case events.VoteRefused():
            return f"{event.person}'s answer did not count: {event.why}"
        case events.PlanChanged():
            return f"the plan changed, was {changes(event.was)}, is {changes(event.now)}"
        case events.Approved():
            return f"approved by {', '.join(event.by)}" if event.by else "nothing stands in its way"
        case events.Started():
            return f"running, carried out by {event.executed_by}"
        case events.Stepped():
            return f"{event.step} {event.done}/{event.of}" if event.of else f"{event.step} {event.detail}".rstrip()
        case events.CancelAsked():
            return f"{event.person} asked to cancel it" + (f": {event.reason}" if event.reason else "")
        case events.Finished():
            by = f" by {event.by}" if event.by else ""
            why = event.happened or ("" if event.state is State.SUCCEEDED else event.reason.replace("_", " "))
            return event.state.replace("_", " ") + by + (f": {why}" if why else "")
        case _:
            return ""  # nothing else is told by an entry


def _proof(account: Account, out: Ink) -> None:
    count, last = len(account.entries), account.entries[-1]
    if all(one.holds for one in account.entries):
        entries = "1 entry holds" if count == 1 else f"{count} entries hold"
        out.line((Tone.GOOD, f"✓ {entries}"), f"; the last is {last.hash}.")
        out.line((Tone.QUIET, "  That none is missing, and that they follow each other: opsctl audit verify"))


def _time(at: datetime) -> str:
    """To the millisecond, in the person's zone."""
    here = at.astimezone()
    return f"{here:%Y-%m-%d %H:%M:%S}.{here.microsecond // 1000:03}{here:%z}"


def _verified(answer: Verified, out: Ink) -> None:
    found = answer.verification
    for fault in found.faults:
        out.line((Tone.BAD, "✗ "), str(fault))
    if not found.faults:
        out.line((Tone.GOOD, f"✓ {found.entries} entries hold"), f"; head {found.head_seq} {found.head_hash[:16]}…")
