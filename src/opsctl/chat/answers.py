"""The answer to a question, as one post to who asked: facts as tables, cut to what a person reads in a chat."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from opsctl.chat import incident, incident_answers
from opsctl.chat.story import line_of
from opsctl.chat.table import NOTHING, log_line, one_line, table
from opsctl.chat.times import clock
from opsctl.core import audit_facts, facts, incident_facts, log_facts, room_facts, status_facts
from opsctl.core.context import utc_now
from opsctl.core.events import Event, Happening, told
from opsctl.core.journal import timestamp
from opsctl.core.masking import masked
from opsctl.core.operation import Operation
from opsctl.core.post import Post
from opsctl.core.record import Record
from opsctl.core.setup_facts import SetupFact
from opsctl.core.shown import figures, span

MOST_LINES = 24
"""Lines of an answer that are shown; more are counted."""


def answer(events: Iterable[Event], whole: str) -> Post:
    """What was asked for, in one post; `whole` is the line of a terminal that shows all of it. Secrets are masked."""
    drawn = _Drawn(utc_now())
    for event in events:
        drawn.add(event)
    return drawn.post(whole)


@dataclass
class _Drawn:
    """What an answer comes to. Of log lines the newest are kept, of everything else the first."""

    now: datetime
    words: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    left_out: int = 0
    logs: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_LINES))
    log_count: int = 0

    def add(self, event: Event) -> None:
        if isinstance(event, log_facts.LogLines):
            self._log(event)
            return
        words, rows = _drawn(event, self.now)
        self.words += words
        room = max(0, MOST_LINES - len(self.rows))
        self.rows += rows[:room]
        self.left_out += len(rows[room:])

    def post(self, whole: str) -> Post:
        lines = [*self.words]
        left_out = self.left_out + self.log_count - len(self.logs)
        if left_out:
            which = "older lines were" if self.log_count else "more lines were"
            lines.append(f"{left_out} {which} left out here. All of it, in a terminal: {whole}")
        block = "\n".join((*self.rows, *self.logs))
        return Post(str(masked("\n".join(lines) or ("" if block else "Nothing."))), block=str(masked(block)))

    def _log(self, answer: log_facts.LogLines) -> None:
        self.log_count += len(answer.lines)
        for line in answer.lines[-MOST_LINES:]:
            where = f"{line.environment}/{line.replica}" if answer.wide else line.replica
            self.logs.append(log_line(f"{line.at[11:19]} {where} {line.text}"))


def _drawn(event: Event, now: datetime) -> tuple[list[str], list[str]]:
    """The words about it, and the rows of its table."""
    match event:
        case status_facts.StatusPage():
            return list(_about_status(event)), _status(event.rows, now) + _releases(event, now)
        case status_facts.StatusRow():
            return [], _status((event,), now)
        case log_facts.LogEnd():
            return list(_about_logs(event)), []
        case log_facts.LogLines():
            return [], []
        case facts.Operations():
            return ([] if event.rows else ["No operations."]), _operations(event.rows, now)
        case facts.Waiting():
            return ([] if event.rows else ["Nothing waits for approval."]), list(_waiting(event, now))
        case facts.Records():
            about = ["There are older ones."] if event.more else [] if event.rows else ["No records match."]
            return about, table(_RECORD, [_record(row, now) for row in event.rows])
        case incident_facts.Incidents():
            return ([] if event.rows else ["No incidents."]), table(_INCIDENT, incident_answers.rows(event.rows, now))
        case incident_facts.IncidentShown():
            return [], incident_answers.shown(event.incident, now)
        case incident_facts.IncidentTold():
            return list(incident.lines(event.report)), []
        case audit_facts.Verified():
            return list(_verified(event)), []
        case facts.HelpText():
            return [], event.text.splitlines()
        case log_facts.OutputLines():
            return [], [one_line(line) for line in event.lines]
        case audit_facts.Account():
            return list(_about_account(event)), list(_account(event, now))
        case facts.ChannelTold():
            return [f"Announced in {event.channel}." if event.is_all else f"Waits for {event.channel}."], []
        case room_facts.RoomMessages():
            return [], [f"{one.author}: {one_line(one.post.text)}" for one in event.rows]
        case room_facts.RoomLink():
            return ["A link to the room is for its person alone: opsctl room open"], []
        case facts.Note():
            return [f"⚠️ {' '.join(part for part in (event.happened, event.means, event.do) if part)}"], []
        case _ if isinstance(event, SetupFact):
            return ["Setting up is the terminal's own."], []
        case _:
            return [], [line_of(event, now)]


def _about_status(page: status_facts.StatusPage) -> Iterator[str]:
    for row in page.rows:
        if row.problem:
            yield f"⚠️ {row.service} in {row.environment}: {one_line(row.problem)}"
        if row.measured and row.measured.alerts:
            yield f"🔥 {row.service} in {row.environment}: {one_line(', '.join(row.measured.alerts))}"
        if row.measured and any(figures(row.measured)):
            rate, errors, p95 = (one or NOTHING for one in figures(row.measured))
            yield f"📈 {row.service} in {row.environment}: requests {rate}, errors {errors}, p95 {p95}"
        if row.running:
            yield f"⏳ {row.service} in {row.environment}: {row.running}"
    for missing in dict.fromkeys(row.measured.missing for row in page.rows if row.measured and row.measured.missing):
        yield f"⚠️ Not all could be measured: {one_line(missing)}"
    if page.dashboard:
        yield f"Dashboard: {page.dashboard}"


def _status(rows: Sequence[status_facts.StatusRow], now: datetime) -> list[str]:
    columns = ("SERVICE", "ENVIRONMENT", "RELEASE", "READY", "HEALTH", "SINCE", "BY")
    return table(columns, [_status_row(row, now) for row in rows])


def _status_row(row: status_facts.StatusRow, now: datetime) -> tuple[str, ...]:
    wanted = "?" if row.wanted is None else str(row.wanted)
    health = NOTHING if not row.checked else "healthy" if row.healthy == row.checked else f"{row.healthy}/{row.checked}"
    return (
        row.service,
        row.environment,
        row.version or NOTHING,
        f"{row.ready}/{wanted}" if row.version else NOTHING,
        "unknown" if row.problem and not row.checked else health,
        clock(timestamp(row.since), now) if row.since else NOTHING,
        row.by or NOTHING,
    )


def _releases(page: status_facts.StatusPage, now: datetime) -> list[str]:
    rows = [
        (
            one.release.version,
            one.environment,
            clock(timestamp(one.release.at), now),
            one.release.by,
            one.outcome.replace("_", " "),
        )
        for one in page.releases
    ]
    return ["", *table(("RECENT", "ENVIRONMENT", "WHEN", "BY", "OUTCOME"), rows)] if rows else []


def _about_logs(end: log_facts.LogEnd) -> Iterator[str]:
    if end.is_cut:
        yield f"The newest {end.shown} lines were asked for; there are older ones."
    elif not end.shown:
        yield "No lines in that time."


def _operations(rows: Sequence[Operation], now: datetime) -> list[str]:
    cells = [
        (one.id, one.state.replace("_", " "), one.person, one.command, clock(timestamp(one.requested_at), now))
        for one in rows
    ]
    return table(("OPERATION", "STATE", "BY", "COMMAND", "ASKED"), cells)


def _waiting(answer: facts.Waiting, now: datetime) -> Iterator[str]:
    for operation, approvers, have in answer.rows:
        plan = operation.plan
        need = plan.rule.approvals if plan and plan.rule else 0
        until = f", until {clock(timestamp(operation.deadline.at), now)}" if operation.deadline else ""
        yield one_line(f"{operation.id}  {operation.command}  asked by {operation.person}")
        yield f"  has {have} of {need}; may approve: {', '.join(approvers)}{until}"


_INCIDENT = ("INCIDENT", "SEVERITY", "STATUS", "COMMANDER", "OPENED", "CHANNEL", "TITLE")
_RECORD = ("WHEN", "WHO", "COMMAND", "RESULT", "APPROVED BY", "TOOK", "WHERE")


def _record(row: Record, now: datetime) -> tuple[str, ...]:
    took = row["duration_seconds"]
    return (
        clock(str(row["timestamp"]), now),
        str(row["user"]),
        str(row["command"]),
        str(row["result"]),
        str(row["approved_by"] or ""),
        span(took) if took else "",
        str(row["channel"]),
    )


def _about_account(account: audit_facts.Account) -> Iterator[str]:
    broken = [one.seq for one in account.entries if not one.holds]
    yield f"❌ entries that do not hold: {broken}" if broken else f"✅ all {len(account.entries)} entries hold"


def _account(account: audit_facts.Account, now: datetime) -> Iterator[str]:
    if account.record:
        yield from table(_RECORD, [_record(account.record, now)])
    for one in account.entries:
        for event in told(account.operation, one.kind, one.at, one.facts) if one.facts else ():
            if isinstance(event, Happening):
                yield f"{clock(one.at, now)}  {line_of(event, now)}"


def _verified(answer: audit_facts.Verified) -> Iterator[str]:
    found = answer.verification
    for fault in found.faults[:MOST_LINES]:
        yield f"❌ entry {fault.seq}: {one_line(fault.what)}"
    if len(found.faults) > MOST_LINES:
        yield f"{len(found.faults) - MOST_LINES} more do not hold."
    if not found.faults:
        yield f"✅ {found.entries} entries hold; head {found.head_seq} {found.head_hash[:16]}…"
