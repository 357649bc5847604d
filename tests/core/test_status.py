"""`status`: what came of the releases of a service, which the platform alone can't tell."""

from dataclasses import replace

from tests.core.team import Colleagues, Mortal, a_site, collected, publish

from opsctl.core.events import Stepped
from opsctl.core.metrics import Metrics, Queries
from opsctl.core.operation import State
from opsctl.core.ports import Measured
from opsctl.core.published_site import PublishedSite
from opsctl.core.status_facts import StatusPage


def outcomes(team: Colleagues) -> list[str]:
    """Of the releases in staging, newest first."""
    (page,) = (event for event in team.ask("@erin", "status order-service") if isinstance(event, StatusPage))
    return [f"{one.release.version} {one.outcome}" for one in page.releases if one.environment == "staging"]


def begun(team: Colleagues) -> None:
    """As platforms do, remember a release as soon as it is started."""
    platform = team.platform("staging").has("v2.4.0")
    known = platform.current
    assert known is not None

    def remember(step: str) -> None:
        if step == "start":
            about = replace(known, number=9, operation=team.store.operations()[0].id, version="v2.4.1")
            platform.history.append(replace(about, is_healthy=False))

    platform.on_step = remember


def test_a_release_that_is_being_started_is_not_called_never_healthy(team: Colleagues) -> None:
    begun(team)
    deploying = team.asking("@alice", "deploy order-service v2.4.1 staging")
    next(event for event in deploying if isinstance(event, Stepped) and event.step == "waiting")
    assert outcomes(team.elsewhere())[0] == "v2.4.1 starting"
    collected(deploying)


def test_a_release_whose_deploy_was_cancelled_says_so(team: Colleagues) -> None:
    begun(team)
    deploying = team.asking("@alice", "deploy order-service v2.4.1 staging")
    next(event for event in deploying if isinstance(event, Stepped) and event.step == "waiting")
    team.interruption.ask("interrupted at the terminal")
    collected(deploying)
    assert outcomes(team.elsewhere())[0] == "v2.4.1 cancelled"


def test_a_release_whose_process_died_is_called_interrupted(team: Colleagues, mortal: Mortal) -> None:
    begun(team)
    deploying = team.elsewhere(holder=mortal.holder).asking("@alice", "deploy order-service v2.4.1 staging")
    next(event for event in deploying if isinstance(event, Stepped) and event.step == "waiting")
    mortal.die()
    team.ask("@erin", "operations")
    assert outcomes(team)[0] == "v2.4.1 interrupted"


def test_a_release_that_failed_was_never_healthy_and_one_in_service_is(team: Colleagues) -> None:
    team.platform("staging").has("v2.4.0").sick = frozenset({"v2.4.1"})
    team.ask("@alice", "deploy order-service v2.4.1 staging")
    assert sorted(outcomes(team)) == ["v2.4.0 healthy", "v2.4.1 never_healthy"]


def test_what_a_dead_process_left_is_closed_and_not_shown_as_running(team: Colleagues, mortal: Mortal) -> None:
    deploying = team.elsewhere(holder=mortal.holder).asking("@alice", "deploy order-service v2.4.1 staging")
    next(event for event in deploying if isinstance(event, Stepped))
    mortal.die()
    *_, page = team.ask("@erin", "status order-service")
    assert isinstance(page, StatusPage)
    assert [row.running for row in page.rows] == [None, None]
    assert team.store.operations()[0].state is State.INTERRUPTED


def test_status_answers_while_prometheus_is_away_and_says_what_is_missing(team: Colleagues) -> None:
    team.platform().has("v2.4.0")
    # Nobody listens at port 1.
    publish(team.store, replace(a_site(), metrics=Metrics("http://127.0.0.1:1", "http://127.0.0.1:1")))
    (page,) = (event for event in team.ask("@erin", "status order-service") if isinstance(event, StatusPage))
    (row,) = (row for row in page.rows if row.environment == "production")
    missing = "Prometheus does not answer at 127.0.0.1:1. Alertmanager does not answer at 127.0.0.1:1."
    assert (row.version, row.ready, row.measured) == ("v2.4.0", 2, Measured(missing=missing))


def test_a_site_that_measures_nothing_keeps_its_digest_and_one_that_does_is_read_back() -> None:
    assert "metrics" not in a_site().text
    site = replace(a_site(), metrics=Metrics("http://p:9090", own={"order-service": Queries(rate="up")}))
    assert PublishedSite.from_text(site.text) == site
