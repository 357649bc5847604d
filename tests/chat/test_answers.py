"""Answers for a chat: tables, cut to what a person reads, secrets masked."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.core.team import Colleagues

from opsctl.chat.answers import MOST_LINES, answer
from opsctl.chat.help import what_you_may
from opsctl.chat.refusals import refusal
from opsctl.commands.table import COMMANDS, with_own
from opsctl.core import audit_facts, facts, log_facts, status_facts
from opsctl.core.custom import CustomCommand
from opsctl.core.errors import UsageError
from opsctl.core.events import Event
from opsctl.core.plan import Rule
from opsctl.core.ports import LogLine, Release
from opsctl.core.verification import Fault, Verification

NOW = datetime.now(UTC)
ROW = status_facts.StatusRow(
    "order-service", "production", "v2.4.0", NOW, "@bob", 1, 2, 1, 2, 3.0, "/scale (op-1)", "sick"
)


def logs(count: int, wide: bool = False) -> list[Event]:
    lines = [LogLine(f"2026-03-04T15:23:{n:02}.000000Z", "s", "staging", "1-1", f"line {n}") for n in range(count)]
    return [log_facts.LogLines(lines, wide), log_facts.LogEnd(count, False, 0)]


def test_what_is_wrong_and_what_runs_stands_above_the_table() -> None:
    release = Release(1, "v2.4.0", NOW, "@bob", "op-1", is_healthy=True)
    recent_release = status_facts.RecentRelease("production", release, status_facts.ReleaseOutcome.HEALTHY)
    post = answer([status_facts.StatusPage("order-service", (ROW,), (recent_release,), "https://d")], "opsctl status")
    assert post.text.splitlines() == [
        "⚠️ order-service in production: sick",
        "⏳ order-service in production: /scale (op-1)",
        "Dashboard: https://d",
    ]
    head, row, _, recent, release_line = post.block.splitlines()
    assert head.split() == ["SERVICE", "ENVIRONMENT", "RELEASE", "READY", "HEALTH", "SINCE", "BY"]
    assert row.split()[:5] == ["order-service", "production", "v2.4.0", "1/2", "1/2"]
    assert recent.startswith("RECENT")
    assert release_line.startswith("v2.4.0  production")


def test_of_a_log_the_newest_lines_are_shown_and_the_older_ones_counted() -> None:
    post = answer(logs(MOST_LINES + 16), "opsctl logs order-service")
    assert post.text == "16 older lines were left out here. All of it, in a terminal: opsctl logs order-service"
    lines = post.block.splitlines()
    assert len(lines) == MOST_LINES
    assert lines[-1] == "15:23:39 1-1 line 39"


def test_lines_of_several_environments_say_which() -> None:
    assert answer(logs(1, wide=True), "").block == "15:23:00 staging/1-1 line 0"


def test_control_characters_of_a_service_do_nothing() -> None:
    line = LogLine("2026-03-04T15:23:00.000000Z", "s", "staging", "1-1", "a\x1b[31m\u202eb\tc")
    assert answer([log_facts.LogLines([line], False)], "").block == "15:23:00 1-1 a�[31m�b    c"


def test_a_line_that_nobody_would_read_to_its_end_is_cut() -> None:
    line = LogLine("2026-03-04T15:23:00.000000Z", "s", "staging", "1-1", "x" * 10_000)
    (shown,) = answer([log_facts.LogLines([line], False)], "").block.splitlines()
    assert len(shown) == 160
    assert shown.endswith("…")


@pytest.mark.parametrize(
    ("secret", "shown"),
    [("password=hunter22", "password=***"), ("postgres://u:hunter22@db/x", "***"), ("ghp_" + "a" * 36, "***")],
)
def test_secrets_in_an_answer_are_masked(secret: str, shown: str) -> None:
    line = LogLine("2026-03-04T15:23:00.000000Z", "s", "staging", "1-1", secret)
    block = answer([log_facts.LogLines([line], False)], "").block
    assert shown in block
    assert "hunter22" not in block
    assert "aaaaaaaa" not in block


def test_a_journal_that_does_not_hold_says_where() -> None:
    faults = tuple(Fault(n, "its hash is wrong") for n in range(1, 31))
    text = answer([audit_facts.Verified(Verification(30, 30, "ab" * 32, faults))], "").text
    assert text.splitlines()[0] == "❌ entry 1: its hash is wrong"
    assert text.splitlines()[-1] == "6 more do not hold."


def test_the_story_of_an_operation_is_one_line_each(team: Colleagues) -> None:
    team.platform().has("v2.4.0")
    operation = team.deployed("v2.4.1")
    events = [one for one in team.ask("@erin", f"operations {operation}") if not isinstance(one, UsageError)]
    block = answer(events, "").block
    assert "@alice asked: /deploy order-service v2.4.1 production" in block
    assert "@bob approved (1 of 1)" in block
    assert block.splitlines()[-1] == "succeeded"


def test_an_empty_answer_says_so() -> None:
    assert answer([], "").text == "Nothing."
    assert answer([facts.Waiting(())], "").text == "Nothing waits for approval."


def test_a_refusal_has_the_usage_in_letters_of_one_width() -> None:
    post = refusal(UsageError("VERSION is missing.", means="Nothing was done.", do="Usage: /deploy SERVICE VERSION"))
    assert post.text == "⚠️ VERSION is missing.\nNothing was done."
    assert post.block == "Usage: /deploy SERVICE VERSION"


# what one may do


def may(team: Colleagues, person: str) -> str:
    return what_you_may(team.context(person).published(), person, COMMANDS)


def test_help_tells_a_member_what_each_change_takes(team: Colleagues) -> None:
    text = may(team, "@alice")
    assert "  deploy: staging: at once; production: with 1 approval by a lead of its team" in text
    assert "  rollback: staging: at once; production: at once, after you confirm it" in text
    assert "(fewer replicas: with 1 approval by a lead of its team)" in text
    assert "  migrate: staging: at once; production: with 2 approvals by a lead of its team or dba" in text
    assert text.endswith("You may approve: nothing.")


def test_help_tells_an_approver_what_they_may_approve(team: Colleagues) -> None:
    assert "You may approve: deploy in production of order-service; scale in production" in may(team, "@bob")
    assert may(team, "@dave").endswith("You may approve: migrate in production of every service.")


def test_help_tells_a_stranger_that_they_may_look(team: Colleagues) -> None:
    assert "does not know you (mallory): you may look" in may(team, "mallory")


def test_what_no_rule_allows_is_not_allowed(team: Colleagues) -> None:
    rules = (Rule("deploy", "staging", requesters=("dba",)),)
    site = replace(team.context("@alice").published(), rules=rules)
    text = what_you_may(site, "@alice", COMMANDS)
    assert "  deploy: staging: only dba; production: not allowed" in text
    assert "  rollback: not allowed" in text
    assert "  deploy: staging: at once; production: not allowed" in what_you_may(site, "@dave", COMMANDS)


def test_a_command_of_the_sites_own_brings_its_own_rules(team: Colleagues) -> None:
    site = team.context("@alice").published()
    rules = (Rule("flush-cache", "protected", approvals=1, roles=("lead",)), Rule("flush-cache"))
    flush = CustomCommand("flush-cache", "Empty a cache.", is_change=True, vector=("true",), rules=rules)
    site = replace(site, commands={"flush-cache": flush})
    rows = tuple(with_own(COMMANDS, [flush.as_json()]))
    text = what_you_may(site, "@alice", rows)
    assert "  flush-cache: staging: at once; production: with 1 approval by a lead of its team" in text
    assert "flush-cache in production of order-service" in what_you_may(site, "@bob", rows)
