"""What has to be done outside because of an incident is done, done later, or shown as left for somebody's hands."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.core.payments import (
    MemoryPager,
    SetClock,
    a_payment_site,
    brought,
    newest,
    payments_at,
    seen,
    steps,
    takers,
)
from tests.core.team import Colleagues, operation_of

from opsctl.core.courier import Courier, Patience, bring
from opsctl.core.errors import ActionFailed, Unreachable
from opsctl.core.incident import Outcome, Step
from opsctl.core.incident_report import report_from, undone
from opsctl.core.incident_steps import PATIENCE

CREATE = 'incident create "Payment processing failures" --severity sev1'
AWAY = Unreachable("The pager does not answer.")


@pytest.fixture
def clock() -> SetClock:
    return SetClock(datetime.now(UTC))


@pytest.fixture
def team(tmp_path: Path, clock: SetClock) -> Iterator[Colleagues]:
    colleagues = payments_at(tmp_path, clock=clock)
    yield colleagues
    colleagues.store.close()


def main(team: Colleagues) -> list[str]:
    return seen(team, "#ops", "🚨")[0].post.text.splitlines()


def pager_of(team: Colleagues) -> tuple[Outcome, str]:
    """How the newest incident's page stands, as `undone` or `show` tell it."""
    report = report_from(team.store, newest(team).updates[0].operation)
    assert report is not None
    step = report.step(Step.PAGER)
    assert step is not None
    return step.outcome, step.why


def test_a_pager_that_is_away_is_asked_again_when_it_is_back(team: Colleagues) -> None:
    pager = MemoryPager(AWAY)
    team.ask("@oncall", CREATE)
    brought(team, pager)
    assert pager_of(team) == (Outcome.WAITING, "The pager does not answer.")
    assert "Not paged: payment-team (payment-service stands in the title) yet; it goes out later" in main(team)
    assert [(one.step, one.why) for _, one in undone(team.store)] == [(Step.PAGER, "The pager does not answer.")]
    pager.error = None
    brought(team, pager)
    assert pager_of(team) == (Outcome.DONE, "")
    assert main(team)[4] == "Paged: payment-team (payment-service stands in the title)"
    assert [page.people for page in pager.pages.values()] == [("@alice", "@bob")]
    assert undone(team.store) == []


def test_what_keeps_the_page_waiting_keeps_nothing_else_waiting(team: Colleagues) -> None:
    team.ask("@oncall", CREATE)
    brought(team, MemoryPager(AWAY))
    assert steps(newest(team)) == [("incident_channel", "done"), ("pager", "waiting"), ("status_page", "done")]
    assert [item.target for item in team.store.outbox()] == ["pager"]


def test_a_pager_that_refuses_is_not_asked_again_and_somebody_is_told(team: Colleagues) -> None:
    pager = MemoryPager(ActionFailed("There is no such routing key."))
    team.ask("@oncall", f"{CREATE} --commander @bob")
    brought(team, pager)
    assert pager_of(team) == (Outcome.BY_HAND, "There is no such routing key.")
    pager.error = None
    brought(team, pager)
    assert pager.pages == {}
    (told,) = seen(team, "#ops", "✋")
    assert told.post.text == "✋ To be done by hand for inc-1: page payment-team.\nThere is no such routing key."
    assert told.post.calls == ("@bob",)
    assert [one.outcome for _, one in undone(team.store)] == [Outcome.BY_HAND]
    assert team.store.outbox() == []


def test_a_pager_that_stays_away_is_left_for_somebodys_hands(team: Colleagues, clock: SetClock) -> None:
    pager = MemoryPager(AWAY)
    clock.wall -= PATIENCE + timedelta(seconds=1)
    team.ask("@oncall", CREATE)
    clock.wall = datetime.now(UTC)
    brought(team, pager)
    assert pager_of(team) == (Outcome.BY_HAND, "The pager does not answer.")


def test_nobody_is_woken_for_what_is_over(team: Colleagues) -> None:
    pager = MemoryPager(AWAY)
    team.ask("@oncall", CREATE)
    brought(team, pager)
    team.ask("@oncall", 'incident resolve "a false alarm"')
    pager.error = None
    brought(team, pager)
    assert pager.pages == {}
    assert pager_of(team) == (Outcome.DROPPED, "The incident was resolved before.")


def test_a_team_without_people_can_not_be_paged(team: Colleagues) -> None:
    team.ask("@oncall", 'incident create "API gateway: 502" --severity sev2')
    brought(team)
    assert newest(team).team == "empty"
    assert pager_of(team) == (Outcome.BY_HAND, "There is nobody in empty.")


def test_a_step_that_was_done_and_not_marked_is_not_done_twice(team: Colleagues) -> None:
    operation = operation_of(team.ask("@oncall", CREATE))
    pager = MemoryPager()
    (item,) = (item for item in team.store.outbox(operation) if item.target == "pager")
    for _ in range(2):
        takers(team, pager)["pager"].take(operation, [item])
        pager.pages.clear()
    assert pager.pages == {}
    kinds = team.kinds(operation)
    assert kinds.count("incident_step") == 1


def test_a_status_page_that_can_not_be_written_is_written_when_it_can(team: Colleagues, tmp_path: Path) -> None:
    blocked = tmp_path / "store" / "status"
    blocked.write_text("a file where a folder should be")
    team.ask("@oncall", CREATE)
    brought(team)
    assert main(team)[3].startswith("Status page not updated yet")
    blocked.unlink()
    brought(team)
    assert main(team)[3] == "Status page updated: Investigating"
    assert "Payment processing failures" in (blocked / "index.html").read_text()


def test_publishing_a_site_brings_its_services_to_the_status_page(team: Colleagues, tmp_path: Path) -> None:
    document = team.store.write(lambda tx: tx.keep(a_payment_site(timezone="Europe/Rome").text))
    operation = operation_of(team.ask("@alice", f"site publish {document}"))
    team.approve("@bob", operation)
    brought(team)
    assert "Europe/Rome" in (tmp_path / "store" / "status" / "api" / "v2" / "status.json").read_text()
    assert "incident_step" not in team.kinds(operation)


def test_two_couriers_at_once_page_once(team: Colleagues) -> None:
    other = team.elsewhere()
    pager = MemoryPager()
    with (
        Courier(team.context("@oncall"), lambda: takers(team, pager), 0.001),
        Courier(other.context("@oncall"), lambda: takers(other, pager), 0.001),
    ):
        threads = [threading.Thread(target=team.ask, args=("@oncall", CREATE)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    bring(team.context("@oncall"), takers(team, pager), Patience())
    assert len(pager.pages) == 4
    entries = [entry for entry in team.store.journal() if entry.kind == "incident_step"]
    assert len(entries) == len({(entry.operation, entry.facts["step"]) for entry in entries}) == 12


def test_a_courier_that_is_left_has_told_how_the_steps_went(team: Colleagues) -> None:
    with Courier(team.context("@oncall"), lambda: takers(team), 60.0):
        team.ask("@oncall", CREATE)
    assert team.store.outbox() == []
    assert main(team)[3:5] == [
        "Status page updated: Investigating",
        "Paged: payment-team (payment-service stands in the title)",
    ]
