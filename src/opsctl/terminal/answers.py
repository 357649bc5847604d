"""What lines are answered with every day, as tables and lines."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, assert_never

from opsctl.core import facts
from opsctl.core.facts import EverydayFact
from opsctl.core.operation import Operation
from opsctl.core.shown import span
from opsctl.terminal.errors import draw_error
from opsctl.terminal.ink import Ink, Piece, Tone
from opsctl.terminal.text import ago, clean, clock

if TYPE_CHECKING:
    from opsctl.core.record import Record

NOTHING = "—"
TONES = {"success": Tone.GOOD, "succeeded": Tone.GOOD, "failure": Tone.BAD, "failed": Tone.BAD, "interrupted": Tone.BAD}
"""Results and states that should catch the eye; all others are drawn with care."""


def draw(answer: EverydayFact, out: Ink, err: Ink) -> None:
    """Draw an answer: the facts on `out`, words about them on `err`."""
    match answer:
        case facts.Operations():
            _operations(answer.rows, out, err)
        case facts.Waiting():
            _waiting(answer, out, err)
        case facts.Records():
            _records(answer, out, err)
        case facts.HelpText():
            out.write("".join(f"{clean(line)}\n" for line in answer.text.rstrip("\n").split("\n")))
        case facts.ChannelTold():
            _channel_told(answer, err)
        case facts.Note():
            draw_error(err, answer.happened, answer.means, answer.do, tone=Tone.CARE, mark="! ")
        case _ as never:
            assert_never(never)


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


def _channel_told(told: facts.ChannelTold, err: Ink) -> None:
    if told.is_all:
        err.line((Tone.QUIET, f"  Announced in {told.channel}."))
    else:
        why = f": {told.trouble}" if told.trouble else ""
        err.line((Tone.CARE, f"! {told.channel} has not seen all of this yet{why}"))
        err.line("  It waits in the outbox, and goes out with the next command or by the relay.")
