"""What the most used commands tell, as facts that are the same in every run: `python -m tests.terminal.scenes NAME`.

They are drawn by the display that `opsctl` draws with; what a snapshot shows is what a person sees.
"""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from opsctl.core import audit_facts, events, facts, log_facts, status_facts
from opsctl.core.errors import OpsctlError, UsageError
from opsctl.core.events import Event
from opsctl.core.operation import Deadline, Operation, State
from opsctl.core.plan import Change, Plan, Rule
from opsctl.core.ports import LogLine, Release
from opsctl.core.verification import Verification
from opsctl.terminal.ink import colour_in, standard_inks
from opsctl.terminal.live import LiveDisplay
from opsctl.terminal.stand_ins import fit_to_locale
from opsctl.terminal.text_display import TextDisplay

ID = "op-7f3k9q"
DEPLOY = "/deploy order-service v2.4.1 production"
UNTIL = datetime(2026, 3, 4, 16, 23, tzinfo=UTC)
NOW = datetime.now(UTC)
LEADS = ("@bob", "@carol")
RULE = Rule("deploy", "protected", approvals=1, roles=("lead",))
PLAN = Plan(
    (Change("release", "v2.4.0", "v2.4.1"),),
    facts=(("replicas", "2"), ("ready", "2")),
    rule=RULE,
    digest="3f9a1c2e" * 8,
)
DASHBOARD = "https://grafana.internal/d/order-service"


def _ago(**span: int) -> datetime:
    return NOW - timedelta(**span)


def _row(service: str, environment: str, **more: object) -> status_facts.StatusRow:
    well = status_facts.StatusRow(service, environment, "v2.4.0", _ago(days=3), "@alice", 2, 2, 2, 2, 4.2, None, "")
    return replace(well, **more)  # type: ignore[arg-type]


def _finished(state: State, command: str = DEPLOY, **more: object) -> events.Finished:
    told: dict[str, object] = dict.fromkeys(("by", "reason", "happened", "means", "do", "left", "dashboard"), "")
    told |= {"log_tail": (), "duration_seconds": 127, "exit_code": 0}
    return events.Finished(operation=ID, state=state, command=command, **{**told, **more})  # type: ignore[arg-type]


def _operation(operation: str, command: str, state: State, **more: object) -> Operation:
    row = Operation(
        operation, command, "@alice", "terminal", "#ops", "order-service", "staging", state, _ago(hours=2)
    )  # fmt: skip
    return replace(row, **more)  # type: ignore[arg-type]


WAITING = _operation(ID, DEPLOY, State.AWAITING_APPROVAL, plan=PLAN, deadline=Deadline("x", UNTIL))


def status() -> Iterator[Event]:
    yield status_facts.StatusPage(
        None,
        (
            _row("order-service", "staging", version="v2.4.1", since=_ago(minutes=5), running="deploy v2.5.0"),
            _row("order-service", "production", ready=1, healthy=1, problem="1 of 2 replicas does not answer."),
            _row("payment-service", "production", since=_ago(days=40), latency_ms=1204.0),
            _row(
                "api-gateway", "production", ready=0, wanted=None, healthy=0, checked=0, problem="It does not answer."
            ),
            _row("api-gateway", "development", version=None, since=None, by=None, checked=0, latency_ms=None),
        ),
    )


def status_of_a_service() -> Iterator[Event]:
    running = Release(10, "v2.4.2", _ago(seconds=4), "@alice", "op-3kq8vd", is_healthy=False)
    sick = Release(7, "v2.4.1", _ago(hours=3), "@alice", ID, is_healthy=False)
    restored = Release(6, "v2.4.0", _ago(days=3), "@bob", "op-2gxx79", is_healthy=True, restores=3)
    usual = Release(9, "v2.4.1", _ago(days=4), "@alice", "op-dr4dmr", is_healthy=True)
    releases = (
        status_facts.RecentRelease("staging", running, status_facts.ReleaseOutcome.STARTING),
        status_facts.RecentRelease("production", sick, status_facts.ReleaseOutcome.NEVER_HEALTHY),
        status_facts.RecentRelease("production", restored, status_facts.ReleaseOutcome.HEALTHY),
        status_facts.RecentRelease("staging", usual, status_facts.ReleaseOutcome.HEALTHY),
    )
    rows = (_row("order-service", "staging"), _row("order-service", "production"))
    yield status_facts.StatusPage("order-service", rows, releases, DASHBOARD)


def deploy_asked() -> Iterator[Event]:
    yield events.Requested(ID, DEPLOY, "@alice", "#deployments")
    yield events.AwaitingApproval(ID, PLAN, LEADS, UNTIL)


def deploy_done() -> Iterator[Event]:
    yield events.Voted(ID, "@bob", True, "", 1, 1)
    yield events.Approved(ID, PLAN, ("@bob",))
    yield events.Started(ID, PLAN, "@alice", NOW)
    seconds = 0
    for step, of in (("starting", 2), ("waiting until healthy", 2), ("listing", 2), ("stopping", 2)):
        for done in range(of + 1):
            yield events.Stepped(ID, step, done, of, "", NOW + timedelta(seconds=seconds))
            seconds += 5
    yield _finished(State.SUCCEEDED, dashboard=DASHBOARD)


def deploy() -> Iterator[Event]:
    yield from deploy_asked()
    yield from deploy_done()


def deploy_that_fails() -> Iterator[Event]:
    yield events.Requested(ID, DEPLOY, "@alice", "#deployments")
    yield events.Started(ID, PLAN, "@alice", NOW)
    yield events.Stepped(ID, "waiting until healthy", 0, 2, "", NOW + timedelta(seconds=1))
    yield _finished(
        State.FAILED,
        happened="order-service in production: 1 of 2 did not become healthy in 60 s.",
        means="It was stopped; what was in service before still is.",
        do="Read its last lines: opsctl logs order-service --environment production",
        log_tail=("ERROR not ready: the database schema is older than this release needs: found 41, wanted 42",),
    )


def rollback() -> Iterator[Event]:
    command = "/rollback order-service production"
    plan = Plan((Change("release", "v2.4.1", "v2.4.0"),), overrides="op-2gxx79", rule=Rule("rollback"), digest="a" * 64)
    yield events.Requested(ID, command, "@alice", "#deployments")
    yield events.Started(ID, plan, "@alice", NOW)
    yield events.Stepped(ID, "switching", 2, 2, "", NOW)
    yield _finished(State.SUCCEEDED, command, duration_seconds=4)


def scale_dry_run() -> Iterator[Event]:
    rule = Rule("scale", "protected", "shrinks", approvals=1, roles=("lead",))
    yield events.Planned(replace(PLAN, changes=(Change("replicas", 4, 2),), rule=rule), LEADS, State.AWAITING_APPROVAL)


def approvals() -> Iterator[Event]:
    yield facts.Waiting(((WAITING, LEADS, 0),))


def approve() -> Iterator[Event]:
    yield events.Voted(ID, "@bob", True, "", 1, 1)
    yield events.Approved(ID, PLAN, ("@bob",))


def operations() -> Iterator[Event]:
    yield facts.Operations(
        (
            WAITING,
            _operation("op-2gxx79", "/scale api-gateway 10 production", State.RUNNING),
            _operation("op-dr4dmr", "/deploy payment-service v2.4.0 staging", State.FAILED, person="@carol"),
            _operation("op-zwf3tu", f"/site publish {'0070bb48' * 8}", State.SUCCEEDED, requested_at=_ago(days=9)),
        )
    )


def audit() -> Iterator[Event]:
    yield facts.Records(
        (
            _record(ID, DEPLOY, approved_by="@bob", duration_seconds=127, channel="#deployments"),
            _record("op-2gxx79", f"/approve {ID} --plan 3f9a1c2e", user="@bob"),
            _record("op-dr4dmr", '/reject op-fp7k2u "not on a Friday, please"', user="@carol", result="failure"),
            _record("op-qpd3wa", "/status"),
        ),
        more=True,
    )


def _record(operation: str, command: str, **more: str | int | None) -> dict[str, str | int | None]:
    row: dict[str, str | int | None] = {
        "timestamp": "2026-03-04T15:23:47Z", "user": "@alice", "command": command, "approved_by": None,
        "result": "success", "duration_seconds": 0, "channel": "terminal", "id": operation,
    }  # fmt: skip
    return {**row, **more}


def audit_verify() -> Iterator[Event]:
    yield audit_facts.Verified(Verification(1204, 1204, "ab12" * 16))


def logs() -> Iterator[Event]:
    texts = ("INFO order 94606 placed: 5 items, 3 warehouses asked, 62 ms", "WARN slow answer: 1204 ms")
    lines = [
        LogLine(f"2026-03-04T15:23:4{at}.000000Z", "order-service", "production", f"3-{at % 2 + 1}", text)
        for at, text in enumerate(texts)
    ]
    yield log_facts.LogLines(lines, wide=True)
    yield log_facts.LogEnd(2, is_cut=True, limit=2)


def wrong() -> Iterator[Event]:
    yield from ()
    raise UsageError(
        "There is no service 'order-servce'. Did you mean order-service?",
        means="Nothing was done.",
        do="All services: opsctl status",
    )


def foreign() -> Iterator[Event]:
    """What others named and wrote, in scripts that terminals find hard."""
    words = (
        "注文-サービス",
        "👨\u200d👩\u200d👧 ❤\ufe0f",
        "e\u0301te\u0301",
        "שלום 12 עולם",
        "طلب-٣",
        "a\x1b[2J\u202eb\tc",
        "x" * 63,
        "Größe",
    )
    yield facts.Operations(
        tuple(_operation(f"op-22222{at}", f"/run {word} now", State.RUNNING) for at, word in enumerate(words, 2))
    )
    yield log_facts.LogLines(
        [
            LogLine(f"2026-03-04T15:23:4{at}.000000Z", "s", "e", "1", f"got {word}, 3 left")
            for at, word in enumerate(words)
        ],
        wide=False,
    )
    yield _finished(State.REJECTED, happened="بسبب الخطأ 42: try again.", log_tail=words)


def watched() -> Iterator[Event]:
    """What foreigners asked for, until somebody presses Enter."""
    yield next(foreign())
    sys.stdin.readline()


def waiting() -> Iterator[Event]:
    """A deploy that goes on when somebody presses Enter."""
    yield from deploy_asked()
    sys.stdin.readline()
    yield from deploy_done()


SCENES: dict[str, Callable[[], Iterator[Event]]] = {
    "status": status,
    "status-of-a-service": status_of_a_service,
    "deploy": deploy,
    "deploy-that-fails": deploy_that_fails,
    "rollback": rollback,
    "scale-dry-run": scale_dry_run,
    "approvals": approvals,
    "approve": approve,
    "operations": operations,
    "audit": audit,
    "audit-verify": audit_verify,
    "logs": logs,
    "wrong": wrong,
}
"""The scenes that there are snapshots of."""


def draw(told: Iterator[Event], *, is_live: bool) -> None:
    fit_to_locale(sys.stdout, sys.stderr)
    colour = colour_in(os.environ)
    out, err = standard_inks(colour)
    display = LiveDisplay(sys.stdout, err, colour) if is_live else TextDisplay(out, err)
    try:
        for event in told:
            display.show(event)
    except OpsctlError as error:
        display.fail(error)
    finally:
        display.close()


if __name__ == "__main__":
    others = {"foreign": foreign, "waiting": waiting, "watched": watched}
    draw({**SCENES, **others}[sys.argv[1]](), is_live=sys.argv[1] == "watched")
