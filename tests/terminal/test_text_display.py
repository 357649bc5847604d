"""What a person reads: every event as plain lines, and nothing from outside that could move the cursor."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from opsctl.core import audit_facts, events, facts, log_facts, status_facts
from opsctl.core.errors import ActionFailed, Denied
from opsctl.core.operation import Deadline, Operation, State
from opsctl.core.plan import Change, Plan, Rule
from opsctl.core.ports import LogLine, Measured, Release
from opsctl.core.shown import span
from opsctl.core.verification import Fault, Verification
from opsctl.terminal.ink import Ink
from opsctl.terminal.text import ago, clean, cut, width
from opsctl.terminal.text_display import TextDisplay

RULE = Rule("deploy", "protected", approvals=1, roles=("lead",))
PLAN = Plan((Change("release", "v2.4.0", "v2.4.1"),), facts=(("replicas", "2"),), rule=RULE, digest="3f9a1c2e" * 8)
NOW = datetime.now(UTC)
HOSTILE = "a\x1b[2Jb\u202ec\nd"


def drawn(*shown: events.Event, is_answer: bool = False) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    display = TextDisplay(Ink(out), Ink(err), is_answer=is_answer)
    for event in shown:
        display.show(event)
    display.close()
    return out.getvalue(), err.getvalue()


def finished(state: State, **more: object) -> events.Finished:
    facts_of_it: dict[str, object] = {
        "operation": "op-7f3k9q",
        "state": state,
        "command": "/deploy order-service v2.4.1 production",
        "by": "",
        "reason": "",
        "happened": "",
        "means": "",
        "do": "",
        "left": "",
        "log_tail": (),
        "duration_seconds": 127,
        "exit_code": 0,
        "dashboard": "",
    }
    return events.Finished(**{**facts_of_it, **more})  # type: ignore[arg-type]


def test_a_plan_is_drawn_once_however_many_events_carry_it() -> None:
    until = NOW + timedelta(hours=1)
    _, err = drawn(
        events.Requested("op-7f3k9q", "/deploy order-service v2.4.1 production", "@alice", "#deployments"),
        events.AwaitingApproval("op-7f3k9q", PLAN, ("@bob", "@carol"), until),
        events.Voted("op-7f3k9q", "@bob", True, "", 1, 1),
        events.Approved("op-7f3k9q", PLAN, ("@bob",)),
        events.Started("op-7f3k9q", PLAN, "@alice", NOW),
    )
    assert err.count("v2.4.0 → v2.4.1") == 1
    assert "Needs 1 approval by a lead: @bob, @carol" in err
    assert "opsctl approve op-7f3k9q --plan 3f9a1c2e" in err
    assert "✓ @bob approved (1 of 1)." in err


def test_only_the_one_who_asked_is_told_what_others_approve_with() -> None:
    _, err = drawn(events.AwaitingApproval("op-7f3k9q", PLAN, ("@bob",), NOW))
    assert "They approve with" not in err


def test_a_step_is_drawn_as_it_begins_and_when_all_of_it_is_done() -> None:
    steps = [events.Stepped("op-7f3k9q", "starting", done, 3, f"replica {done}", NOW) for done in range(4)]
    _, err = drawn(*steps)
    assert [line.split("starting ")[1] for line in err.splitlines()] == ["0/3", "3/3"]


def test_output_that_cannot_be_counted_is_drawn_line_by_line() -> None:
    _, err = drawn(*(events.Stepped("op-7f3k9q", "migrating", 0, 0, line, NOW) for line in ("table a", "table b")))
    assert "table a" in err
    assert "table b" in err


def test_a_story_told_again_has_the_times_at_which_it_happened() -> None:
    _, err = drawn(
        events.Started("op-7f3k9q", PLAN, "@alice", NOW - timedelta(days=3)),
        events.Stepped("op-7f3k9q", "starting", 0, 2, "", NOW - timedelta(days=3)),
        events.Stepped("op-7f3k9q", "stopping", 0, 2, "", NOW - timedelta(days=3) + timedelta(seconds=67)),
        # A clock that jumped back does not make time run backwards.
        events.Stepped("op-7f3k9q", "stopped", 0, 0, "", NOW - timedelta(days=4)),
    )
    times = [line.split("  ")[-2].strip() for line in err.splitlines()[-3:]]
    assert times == ["0 s", "1 min 7 s", "0 s"]


def test_a_story_that_was_asked_for_is_a_result() -> None:
    told = (
        events.Requested("op-7f3k9q", "/deploy order-service v2.4.1 production", "@alice", "#deployments"),
        events.AwaitingApproval("op-7f3k9q", PLAN, ("@bob", "@carol"), NOW),
        events.Voted("op-7f3k9q", "@bob", True, "", 1, 1),
        events.Started("op-7f3k9q", PLAN, "@alice", NOW),
        events.Stepped("op-7f3k9q", "starting", 0, 2, "", NOW),
        finished(State.FAILED, happened="It did not become healthy."),
    )
    out, err = drawn(*told, is_answer=True)
    assert err == ""
    assert [word for word in ("v2.4.0 → v2.4.1", "@bob approved", "starting 0/2", "failed") if word not in out] == []


def test_results_go_to_stdout_and_progress_to_stderr() -> None:
    out, err = drawn(finished(State.SUCCEEDED, dashboard="https://grafana.internal/d/order-service"))
    assert "✓ op-7f3k9q succeeded after 2 min 7 s: deploy order-service v2.4.1 production" in out
    assert "Dashboard: https://grafana.internal/d/order-service" in out
    assert err == ""


def test_a_failure_says_what_happened_what_stayed_what_to_do_and_the_last_lines() -> None:
    out, _ = drawn(
        finished(
            State.FAILED,
            happened="It did not become healthy.",
            means="The old one stays.",
            do="Read its log.",
            left="one replica",
            log_tail=(HOSTILE,),
        )
    )
    lines = out.splitlines()
    assert lines[0].startswith("✗ op-7f3k9q failed")
    assert [line.strip() for line in lines[1:5]] == [
        "It did not become healthy.",
        "The old one stays.",
        "Still changed: one replica.",
        "Read its log.",
    ]
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_a_changed_plan_says_from_what_to_what() -> None:
    new = Plan((Change("release", "v2.3.9", "v2.4.1"),), rule=RULE, digest="b" * 64)
    _, err = drawn(events.PlanChanged("op-7f3k9q", PLAN, new))
    assert "was v2.4.0 → v2.4.1, is v2.3.9 → v2.4.1" in err
    _, err = drawn(events.PlanChanged("op-7f3k9q", PLAN, PLAN))
    assert "the rules it stands under changed" in err


def test_what_others_do_is_told_in_a_line_each() -> None:
    _, err = drawn(
        events.VoteRefused("op-7f3k9q", "@alice", "own_request", "You asked for it yourself."),
        events.Locked("op-7f3k9q", "op-222222", "/scale order-service 3 production", "@carol", NOW),
        events.CancelAsked("op-7f3k9q", "@bob", HOSTILE),
        events.LeftRunning("op-7f3k9q", "The platform does not answer."),
        facts.Note("op-222222 was left running.", "Its lock stays.", "opsctl run op-222222"),
    )
    assert "@alice's answer does not count: You asked for it yourself." in err
    assert "@carol runs /scale order-service 3 production since" in err
    assert "@bob asked to cancel" in err
    assert "opsctl run op-7f3k9q" in err
    assert "op-222222 was left running." in err
    assert "\x1b" not in err


def test_a_dry_run_ends_by_saying_that_nothing_was_changed() -> None:
    out, err = drawn(events.Planned(PLAN, ("@bob",), State.AWAITING_APPROVAL))
    assert "release   v2.4.0 → v2.4.1" in out, "what it would do is what was asked for"
    assert err == ""
    assert "1 approval by a lead: @bob" in out
    assert out.rstrip().endswith("nothing was changed.")


def test_what_is_measured_is_a_table_of_its_own_and_what_is_away_is_said_once() -> None:
    row = status_facts.StatusRow("order-service", "production", "v2.4.1", NOW, "@alice", 2, 2, 2, 2, 4.2, None, "")
    well = replace(row, measured=Measured(12.54, 0.004, 120.4, ("ErrorsHigh",)))
    away = replace(row, environment="staging", measured=Measured(missing="Prometheus does not answer at p:9090."))
    out, _ = drawn(status_facts.StatusPage(None, (well, away, replace(away, service="api-gateway"))))
    lines = [line.split() for line in out.splitlines()]
    assert ["MEASURED", "ENVIRONMENT", "REQUESTS", "ERRORS", "P95", "ALERTS"] in lines
    assert ["order-service", "production", "12.5/s", "0.4", "%", "120", "ms", "ErrorsHigh"] in lines
    assert ["order-service", "staging", *"————"] in lines
    assert out.count("Prometheus does not answer at p:9090.") == 1


def test_answers_are_tables_under_their_names() -> None:
    row = status_facts.StatusRow(
        "order-service", "production", "v2.4.1", NOW, "@alice", 1, 2, 1, 2, 4.2, None, "one is sick"
    )
    release = Release(7, "v2.4.1", NOW, "@alice", "op-7f3k9q", is_healthy=False, restores=3)
    operation = Operation(
        "op-7f3k9q", "/deploy order-service v2.4.1 production", "@alice", "terminal", "#deployments", "order-service",
        "production", State.AWAITING_APPROVAL, NOW, plan=PLAN, deadline=Deadline("x", NOW),
    )  # fmt: skip
    out, err = drawn(
        status_facts.StatusPage(
            "order-service",
            (row,),
            (status_facts.RecentRelease("production", release, status_facts.ReleaseOutcome.NEVER_HEALTHY),),
            "https://grafana.internal",
        ),
        facts.Operations((operation,)),
        facts.Waiting(((operation, ("@bob",), 0),)),
        audit_facts.Verified(Verification(3, 3, "ab" * 32)),
        audit_facts.Verified(Verification(3, 3, "ab" * 32, (Fault(2, "was changed"),))),
        log_facts.LogEnd(20, is_cut=True, limit=20),
    )
    assert "1/2 healthy" in out
    assert "! order-service production: one is sick" in out
    assert "never healthy" in out
    assert "awaiting approval" in out
    assert "has 0 of 1; may approve: @bob" in out
    assert "✓ 3 entries hold" in out
    assert "✗ entry 2 was changed" in out
    assert "older ones were left out" in err


def test_log_lines_keep_their_text_but_lose_what_could_move_the_cursor() -> None:
    lines = [LogLine("2026-03-04T15:23:47.000000Z", "order-service", "staging", "1", HOSTILE)]
    out, _ = drawn(log_facts.LogLines(lines, wide=True))
    assert out == "2026-03-04T15:23:47.000000Z staging/1 a�[2Jb�c�d\n"


def test_an_error_has_at_most_three_lines_and_the_last_lines_of_the_platform() -> None:
    err = io.StringIO()
    display = TextDisplay(Ink(io.StringIO()), Ink(err))
    display.fail(Denied("You may not.", means="Nothing was changed.", do="Ask @bob."))
    assert err.getvalue() == "✗ You may not.\n  Nothing was changed.\n  Ask @bob.\n"
    display.fail(ActionFailed("It failed.", log_tail=("boom",)))
    assert err.getvalue().endswith("    boom\n")


def test_texts_take_the_columns_that_a_terminal_gives_them() -> None:
    assert width("注文") == 4
    assert width("é") == 1
    assert width("e\u0301") == 1
    assert cut("注文", 3) == "注"
    assert clean("tab\there") == "tab    here"


def test_times_are_said_as_people_say_them() -> None:
    assert [span(seconds) for seconds in (0, 59, 60, 127, 3600, 3900)] == [
        "0 s", "59 s", "1 min", "2 min 7 s", "1 h 0 min", "1 h 5 min",
    ]  # fmt: skip
    now = datetime(2026, 3, 4, tzinfo=UTC)
    assert [ago(now - timedelta(seconds=seconds), now) for seconds in (5, 300, 7200, 86400, 200000)] == [
        "just now", "5 min ago", "2 h ago", "1 day ago", "2 days ago",
    ]  # fmt: skip
    assert ago(now + timedelta(seconds=30), now) == "just now"
