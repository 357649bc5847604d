"""The whole story of one command, as a person reads it."""

import io

from tests.core.team import Colleagues, last, operation_of

from opsctl.core.audit_facts import Account, Evidence
from opsctl.terminal.ink import Ink
from opsctl.terminal.text_display import TextDisplay


def drawn(account: Account) -> str:
    out = io.StringIO()
    display = TextDisplay(Ink(out), Ink(io.StringIO()))
    display.show(account)
    display.close()
    return out.getvalue()


def told(team: Colleagues, operation: str) -> str:
    return drawn(last(team.ask("@erin", f"audit show {operation}"), Account))


def test_a_change_is_told_with_plan_rule_votes_steps_outcome_and_proof(team: Colleagues) -> None:
    team.platform().has("v2.4.0").sick = frozenset({"v2.4.1"})
    operation = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
    team.ask("@alice", f"approve {operation}")
    team.approve("@bob", operation)
    text = told(team, operation)
    entries = team.store.entries(operation)
    for words in (
        f"{operation}  deploy order-service v2.4.1 production",
        "@alice in a terminal, announced in #deployments",
        "release v2.4.0 → v2.4.1",
        "1 approval by a lead",
        "@bob, @carol",
        "@alice's answer did not count: You asked for",
        "@bob approved (1 of 1)",
        "approved by     @bob",
        "running, carried out by @alice",
        "starting 0/2",
        "failed: v2.4.1 did not become healthy.",
        "    boom",
        f"✓ {len(entries)} entries hold; the last is {entries[-1].hash}",
    ):
        assert words in text
    assert all(entry.hash[:12] in text for entry in entries)


def test_a_changed_plan_a_rejection_and_a_cancellation_are_told(team: Colleagues) -> None:
    team.platform().has("v2.4.0")
    operation = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
    team.yes("@bob", operation)
    team.platform().has("v2.4.2")
    team.run(operation)
    team.ask("@carol", f'reject {operation} "not now"')
    text = told(team, operation)
    assert "the plan changed, was v2.4.0 → v2.4.1, is v2.4.2 → v2.4.1" in text
    assert "@carol rejected: not now" in text
    assert "rejected by @carol" in text


def test_what_is_confirmed_and_what_has_no_outcome_is_told(team: Colleagues) -> None:
    team.deployed("v2.4.1")
    operation = operation_of(team.ask("@alice", "scale order-service 4 production"))
    text = told(team, operation)
    assert "none yet" in text
    assert "waits for order-service to be typed" in text


def test_a_read_is_told_in_its_few_words(team: Colleagues) -> None:
    team.ask("@erin", "status order-service", "#ops")
    text = told(team, team.audit("audit --limit 1")[0]["id"])
    assert "status order-service" in text
    assert "@erin in #ops (room)" in text
    assert "1 entry holds" in text


def test_what_was_changed_is_said_and_nothing_of_it_is_told() -> None:
    entry = Evidence(7, "2026-03-04T15:23:47.000000Z\x1b[2J", "running", {}, "0" * 64, "ab" * 32, holds=False)
    text = drawn(Account("op-7f3k9q", None, (entry,)))
    assert "was changed after it was written" in text
    assert "not to be told" in text
    assert "✓" not in text
    assert "\x1b" not in text
