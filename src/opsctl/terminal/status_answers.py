"""What `status` tells, as tables."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, assert_never

from opsctl.core import status_facts
from opsctl.core.shown import figures
from opsctl.core.status_facts import StatusFact
from opsctl.terminal.answers import NOTHING
from opsctl.terminal.ink import Ink, Piece, Tone
from opsctl.terminal.text import ago

if TYPE_CHECKING:
    from opsctl.core.ports import Measured


def draw(answer: StatusFact, out: Ink, err: Ink) -> None:  # noqa: ARG001  # as all drawers have it
    """Draw an answer on `out`."""
    match answer:
        case status_facts.StatusPage():
            _status(answer, out)
        case status_facts.StatusRow():
            out.table(STATUS_COLUMNS, [_status_row(answer)])
        case _ as never:
            assert_never(never)


RELEASE_TONES = {
    status_facts.ReleaseOutcome.HEALTHY: Tone.GOOD,
    status_facts.ReleaseOutcome.NEVER_HEALTHY: Tone.BAD,
    status_facts.ReleaseOutcome.INTERRUPTED: Tone.BAD,
}
"""Outcomes of a release that should catch the eye; all others are drawn with care."""

STATUS_COLUMNS = ("SERVICE", "ENVIRONMENT", "RELEASE", "READY", "HEALTH", "LATENCY", "SINCE", "BY", "NOW")


def _status(page: status_facts.StatusPage, out: Ink) -> None:
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


def _measured(rows: Sequence[status_facts.StatusRow], out: Ink) -> None:
    measured = [(row, row.measured) for row in rows if row.measured is not None]
    if not measured:
        return
    out.line()
    columns = ("MEASURED", "ENVIRONMENT", "REQUESTS", "ERRORS", "P95", "ALERTS")
    out.table(columns, [_measured_row(row, one) for row, one in measured])
    for missing in dict.fromkeys(one.missing for _, one in measured if one.missing):
        out.line((Tone.BAD, "! Not all could be measured: "), missing)


def _measured_row(row: status_facts.StatusRow, measured: "Measured") -> tuple[Piece, ...]:
    rate, errors, p95 = figures(measured)
    return (
        row.service,
        row.environment,
        rate or (Tone.QUIET, NOTHING),
        errors or (Tone.QUIET, NOTHING),
        p95 or (Tone.QUIET, NOTHING),
        (Tone.BAD, ", ".join(measured.alerts)) if measured.alerts else (Tone.QUIET, NOTHING),
    )


def _status_row(row: status_facts.StatusRow) -> tuple[Piece, ...]:
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


def _health(row: status_facts.StatusRow) -> Piece:
    if row.problem and not row.checked:
        return Tone.BAD, "unknown"
    if not row.checked:
        return Tone.QUIET, NOTHING
    return (Tone.GOOD, "healthy") if row.healthy == row.checked else (Tone.BAD, f"{row.healthy}/{row.checked} healthy")


def _release(recent: status_facts.RecentRelease) -> tuple[Piece, ...]:
    release, outcome = recent.release, recent.outcome
    return (
        (Tone.STRONG, release.version),
        recent.environment,
        ago(release.at, datetime.now(UTC)),
        release.by,
        (RELEASE_TONES.get(outcome, Tone.CARE), outcome.replace("_", " ")),
        release.operation + (" (rollback)" if release.restores is not None else ""),
    )
