"""The answers to questions, as tables and lines."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, assert_never

from opsctl.core import facts
from opsctl.core.facts import Fact
from opsctl.core.operation import Operation
from opsctl.core.shown import figures, span
from opsctl.terminal.errors import draw_error
from opsctl.terminal.ink import Ink, Piece, Tone
from opsctl.terminal.text import ago, clean, clock, isolated

if TYPE_CHECKING:
    from opsctl.core.ports import Measured
    from opsctl.core.record import Record

NOTHING = "—"
TONES = {"success": Tone.GOOD, "succeeded": Tone.GOOD, "failure": Tone.BAD, "failed": Tone.BAD, "interrupted": Tone.BAD}
"""Results and states that should catch the eye; all others are drawn with care."""


def draw(answer: Fact, out: Ink, err: Ink) -> None:
    """Draw an answer: the facts on `out`, words about them on `err`."""
    match answer:
        case facts.StatusPage():
            _status(answer, out)
        case facts.StatusRow():
            out.table(STATUS_COLUMNS, [_status_row(answer)])
        case facts.LogLines():
            lines = "".join(_log_lines(answer))
            out.write(isolated(lines) if out.is_terminal else lines)
            out.flush()
        case facts.LogEnd():
            _log_end(answer, err)
        case facts.OutputLines():
            out.write("".join(f"{clean(line)}\n" for line in answer.lines))
            out.flush()
        case facts.Operations():
            _operations(answer.rows, out, err)
        case facts.Waiting():
            _waiting(answer, out, err)
        case facts.Records():
            _records(answer, out, err)
        case facts.Account():
            from opsctl.terminal.account import draw_account  # a question asked seldom

            draw_account(answer, out)
        case facts.Incidents() | facts.IncidentShown() | facts.IncidentTold():
            from opsctl.terminal import incidents  # as is this

            incidents.draw(answer, out, err)
        case facts.Verified():
            _verified(answer, out)
        case facts.HelpText():
            out.write("".join(f"{clean(line)}\n" for line in answer.text.rstrip("\n").split("\n")))
        case facts.ChannelTold():
            _channel_told(answer, err)
        case facts.RoomMessages():
            from opsctl.terminal.room_messages import draw_messages  # and this

            draw_messages(answer, out)
        case facts.RoomLink():
            out.line(answer.address)
            err.line((Tone.QUIET, f"Opens the room as {answer.person}: once, within {span(answer.seconds)}."))
        case facts.Note():
            draw_error(err, answer.happened, answer.means, answer.do, tone=Tone.CARE, mark="! ")
        case _ as never:
            assert_never(never)


RELEASE_TONES = {
    facts.ReleaseOutcome.HEALTHY: Tone.GOOD,
    facts.ReleaseOutcome.NEVER_HEALTHY: Tone.BAD,
    facts.ReleaseOutcome.INTERRUPTED: Tone.BAD,
}
"""Outcomes of a release that should catch the eye; all others are drawn with care."""

STATUS_COLUMNS = ("SERVICE", "ENVIRONMENT", "RELEASE", "READY", "HEALTH", "LATENCY", "SINCE", "BY", "NOW")


def _status(page: facts.StatusPage, out: Ink) -> None:
    out.table(STATUS_COLUMNS, [_status_row(row) for row in page.rows])
    for row in page.rows:
        if row.problem:
            out.line((Tone.BAD, f"! {row.service} {row.environment}: "), row.problem)
    _measured(page.rows, out)
    if page.releases:
        out.line()
        out.table(
            ("RECENT", "ENVIRONMENT", "WHEN", "BY", "OUTCOME", "OPERATION"), [_release(one) for one in page.releases]
        )
    if page.dashboard:
        out.line()
        out.line((Tone.QUIET, "Dashboard: "), page.dashboard)


def _measured(rows: Sequence[facts.StatusRow], out: Ink) -> None:
    measured = [(row, row.measured) for row in rows if row.measured is not None]
    if not measured:
        return
    out.line()
    columns = ("MEASURED", "ENVIRONMENT", "REQUESTS", "ERRORS", "P95", "ALERTS")
    out.table(columns, [_measured_row(row, one) for row, one in measured])
    for missing in dict.fromkeys(one.missing for _, one in measured if one.missing):
        out.line((Tone.BAD, "! Not all could be measured: "), missing)


def _measured_row(row: facts.StatusRow, measured: "Measured") -> tuple[Piece, ...]:
    rate, errors, p95 = figures(measured)
    return (
        row.service,
        row.environment,
        rate or (Tone.QUIET, NOTHING),
        errors or (Tone.QUIET, NOTHING),
        p95 or (Tone.QUIET, NOTHING),
        (Tone.BAD, ", ".join(measured.alerts)) if measured.alerts else (Tone.QUIET, NOTHING),
    )


def _status_row(row: facts.StatusRow) -> tuple[Piece, ...]:
    wanted = "?" if row.wanted is None else str(row.wanted)
    is_whole = row.wanted is not None and row.ready >= row.wanted
    return (
        row.service,
        row.environment,
        (Tone.STRONG, row.version) if row.version else (Tone.QUIET, NOTHING),
        (Tone.PLAIN if is_whole else Tone.BAD, f"{row.ready}/{wanted}") if row.version else (Tone.QUIET, NOTHING),
        _health(row),
        f"{row.latency_ms:.0f} ms" if row.latency_ms is not None else (Tone.QUIET, NOTHING),
        ago(row.since, datetime.now(UTC)) if row.since else (Tone.QUIET, NOTHING),
        row.by or (Tone.QUIET, NOTHING),
        (Tone.CARE, row.running) if row.running else "",
    )


def _health(row: facts.StatusRow) -> Piece:
    if row.problem and not row.checked:
        return Tone.BAD, "unknown"
    if not row.checked:
        return Tone.QUIET, NOTHING
    return (Tone.GOOD, "healthy") if row.healthy == row.checked else (Tone.BAD, f"{row.healthy}/{row.checked} healthy")


def _release(recent: facts.RecentRelease) -> tuple[Piece, ...]:
    release, outcome = recent.release, recent.outcome
    return (
        (Tone.STRONG, release.version),
        recent.environment,
        ago(release.at, datetime.now(UTC)),
        release.by,
        (RELEASE_TONES.get(outcome, Tone.CARE), outcome.replace("_", " ")),
        release.operation + (" (rollback)" if release.restores is not None else ""),
    )


def _log_lines(answer: facts.LogLines) -> list[str]:
    lines = answer.lines
    # Nearly all lines are printable as they are; asking that of many at once is much cheaper than of each.
    if not "".join([line.text for line in lines]).isprintable():
        lines = [line._replace(text=clean(line.text)) for line in lines]
    if answer.wide:
        return [f"{at} {environment}/{replica} {text}\n" for at, _, environment, replica, text in lines]
    return [f"{at} {replica} {text}\n" for at, _, _, replica, text in lines]


def _log_end(end: facts.LogEnd, err: Ink) -> None:
    if end.is_cut:
        err.line((Tone.QUIET, f"The newest {end.shown} lines; older ones were left out (--limit {end.limit})."))
    elif not end.shown:
        err.line((Tone.QUIET, "No lines in that time."))


def _operations(rows: tuple[Operation, ...], out: Ink, err: Ink) -> None:
    if not rows:
        err.line((Tone.QUIET, "No operations."))
        return
    table = [
        (
            (Tone.STRONG, row.id),
            _state(row.state.value),
            row.person,
            ago(row.requested_at, datetime.now(UTC)),
            clock(row.deadline.at) if row.deadline else "",
            row.command.removeprefix("/"),
        )
        for row in rows
    ]
    out.table(("OPERATION", "STATE", "BY", "ASKED", "UNTIL", "COMMAND"), table)


def _state(word: str) -> Piece:
    return TONES.get(word, Tone.CARE), word.replace("_", " ")


def _waiting(answer: facts.Waiting, out: Ink, err: Ink) -> None:
    if not answer.rows:
        err.line((Tone.QUIET, "Nothing waits for approval."))
        return
    for operation, approvers, have in answer.rows:
        plan = operation.plan
        assert plan is not None
        assert plan.rule is not None
        out.line((Tone.STRONG, operation.id), f"  {operation.command.removeprefix('/')}  asked by {operation.person}")
        for change in plan.changes:
            arrow = "" if change.was is None and change.to is None else f"  {change.was or 'nothing'} → {change.to}"
            out.line(f"  {change.name}{arrow}")
        until = f", until {clock(operation.deadline.at)}" if operation.deadline else ""
        out.line((Tone.CARE, f"  has {have} of {plan.rule.approvals}; may approve: {', '.join(approvers)}{until}"))
        out.line((Tone.QUIET, "  opsctl approve "), f"{operation.id} --plan {plan.digest[:8]}")


RECORD_COLUMNS = ("WHEN", "WHO", "RESULT", "APPROVED BY", "TOOK", "WHERE", "ID", "COMMAND")


def _records(answer: facts.Records, out: Ink, err: Ink) -> None:
    if answer.rows:
        out.table(RECORD_COLUMNS, [_record(row) for row in answer.rows])
    about_records(answer, err)


def about_records(answer: facts.Records, err: Ink) -> None:
    """Between which times was looked, and whether that is all."""
    between = (("since", answer.since), ("until", answer.until))
    times = " ".join(f"{word} {moment(one)}" for word, one in between if one)
    if not answer.rows:
        err.line((Tone.QUIET, " ".join(("No records match", times)).rstrip() + "."))
    elif answer.more:
        err.line((Tone.QUIET, f"The newest {len(answer.rows)}; there are older ones (--limit)."))
    elif times:
        err.line((Tone.QUIET, f"All {times}."))


def _record(row: "Record") -> tuple[Piece, ...]:
    return (
        moment(datetime.fromisoformat(row["timestamp"])),
        row["user"],
        (TONES.get(row["result"], Tone.CARE), row["result"]),
        row["approved_by"] or "",
        span(row["duration_seconds"]) if row["duration_seconds"] else "",
        row["channel"],
        (Tone.QUIET, row["id"]),
        row["command"],
    )


def moment(at: datetime) -> str:
    """A moment in the person's zone, with its offset; `--since` reads it back."""
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S%z}"


def _verified(answer: facts.Verified, out: Ink) -> None:
    found = answer.verification
    for fault in found.faults:
        out.line((Tone.BAD, "✗ "), str(fault))
    if not found.faults:
        out.line((Tone.GOOD, f"✓ {found.entries} entries hold"), f"; head {found.head_seq} {found.head_hash[:16]}…")


def _channel_told(told: facts.ChannelTold, err: Ink) -> None:
    if told.is_all:
        err.line((Tone.QUIET, f"  Announced in {told.channel}."))
    else:
        why = f": {told.trouble}" if told.trouble else ""
        err.line((Tone.CARE, f"! {told.channel} has not seen all of this yet{why}"))
        err.line("  It waits in the outbox, and goes out with the next command or by the relay.")
