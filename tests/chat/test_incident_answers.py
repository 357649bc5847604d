"""What a chat answers to questions about incidents."""

from pathlib import Path

from tests.core.payments import MORNING, SetClock, brought, newest, payments_at

from opsctl.chat.incident_answers import rows, shown


def test_one_incident_is_told_with_what_is_left_for_somebodys_hands(tmp_path: Path) -> None:
    clock = SetClock(MORNING)
    team = payments_at(tmp_path, clock=clock)
    team.ask("@oncall", 'incident create "API gateway: 502" --severity sev2')
    brought(team)
    clock.go_on(minutes=5)
    team.ask("@oncall", "incident assign @bob")
    team.ask("@bob", 'incident resolve "restarted"')
    now = clock.wall
    assert shown(newest(team), now) == [
        "inc-1  SEV-2  API gateway: 502",
        "status resolved, commander @bob, channel #inc-20260304-api-gateway",
        "service api-gateway, team empty",
        "postmortem 2026-03-05 14:00 +0000",
        "09:12 UTC  Investigating, @oncall: API gateway: 502",
        "09:17 UTC  Investigating, @oncall",
        "09:17 UTC  Resolved, @bob: restarted",
        "✓ post in the incident's channel",
        "✋ to be done by hand: page the team (There is nobody in empty.)",
        "✓ update the status page",
        "· not yet: post in the incident's channel",
        "· not yet: post in the incident's channel",
        "· not yet: update the status page",
        "· not yet: schedule the postmortem",
    ]
    assert rows([newest(team)], now) == [
        ("inc-1", "sev2", "resolved", "@bob", "09:12 UTC", "#inc-20260304-api-gateway", "API gateway: 502")
    ]
    team.store.close()
