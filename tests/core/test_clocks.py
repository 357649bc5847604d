"""A clock that jumps: what happened later is told later, and nothing is hidden."""

from datetime import UTC, datetime, timedelta

from tests.core.team import Colleagues, operation_of

from opsctl.adapters.stores.sqlite.clock import SystemClock
from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.core import engine
from opsctl.core.facts import Operations
from opsctl.core.ports import Release
from opsctl.core.request import Request, new_id
from opsctl.core.status_facts import StatusPage


class WrongClock(SystemClock):
    def __init__(self, wrong_by: timedelta) -> None:
        super().__init__()
        self._wrong_by = wrong_by

    def now(self) -> datetime:
        return super().now() + self._wrong_by


def asked(team: Colleagues, line: str, wrong_by: timedelta) -> str:
    """A request at a time when the clock was wrong by so much."""
    assert isinstance(team.store, SqliteStore)
    then = team.elsewhere(store=SqliteStore.open(team.store.path, clock=WrongClock(wrong_by)))
    right = then.request("@alice", line)
    request = Request(new_id(team.store), right.command, right.text, right.caller, right.at + wrong_by)
    return operation_of(list(engine.ask(then.context("@alice"), request)))


def test_an_operation_is_not_hidden_by_a_clock_that_was_set_back(team: Colleagues) -> None:
    for _ in range(3):
        team.ask("@alice", "deploy order-service v2.4.1 production")
    late = asked(team, "deploy order-service v2.4.1 production", timedelta(days=-2))
    (shown,) = (one for one in team.ask("@alice", "operations --limit 2") if isinstance(one, Operations))
    assert shown.rows[0].id == late


def test_a_clock_that_was_years_ahead_does_not_head_the_audit_for_good(team: Colleagues) -> None:
    asked(team, "deploy order-service v9 staging", timedelta(days=5 * 365))
    later = operation_of(team.ask("@alice", "deploy order-service v9 staging"))
    assert team.audit()[0]["id"] == later


def test_releases_of_one_environment_are_in_the_order_in_which_they_were_made(team: Colleagues) -> None:
    noon = datetime(2026, 3, 4, 12, tzinfo=UTC)
    times = {
        "production": (noon, noon + timedelta(days=1000), noon + timedelta(hours=2)),
        "staging": (noon + timedelta(hours=1), noon - timedelta(days=2), noon + timedelta(hours=3)),
    }
    for environment, moments in times.items():
        platform = team.platform(environment)
        for number, at in enumerate(moments, 1):
            platform.current = Release(number, f"v{number}", at, "@bob", f"op-{number}", is_healthy=True)
            platform.history.append(platform.current)
    (page,) = (one for one in team.ask("@alice", "status order-service") if isinstance(one, StatusPage))
    assert [(one.environment, one.release.number) for one in page.releases] == [
        ("staging", 3),
        ("production", 3),
        ("production", 2),
        ("production", 1),
        ("staging", 2),
        ("staging", 1),
    ]
