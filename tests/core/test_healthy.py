"""Success means healthy: after a deploy, the service's own address is asked, over real HTTP."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from tests.core.team import Colleagues, Platform, Told, a_site, collected, last, operation_of, publish, story, until

from opsctl.adapters.monitors.http import HttpMonitor
from opsctl.core.events import AwaitingApproval, Finished, Requested, Started, Stepped
from opsctl.core.health_check import HealthCheck
from opsctl.core.operation import State
from opsctl.core.plan import Rule
from opsctl.core.ports import Cause
from opsctl.core.published_site import Environment, PublishedSite

NO_APPROVALS = (Rule("*", "*"),)


@pytest.fixture
def address(team: Colleagues) -> Iterator[str]:
    """Where the service in staging answers: 200 while a version is in service that is none of `sick`, else 503."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            well = self.path == "/staging/healthz" and team.platform("staging").version not in ("v2.4.2", None)
            self.send_response(200 if well else 503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/{{environment}}/healthz"
        server.shutdown()
        thread.join()


def looked_at(site: PublishedSite, address: str, seconds: int = 1) -> PublishedSite:
    service = replace(site.services["order-service"], health=HealthCheck(address, seconds))
    return replace(site, services={**site.services, "order-service": service})


@pytest.fixture
def watched(team: Colleagues, address: str) -> Platform:
    """The platform in staging of a service that is looked at."""
    team.adapters.watches = HttpMonitor()
    publish(team.store, looked_at(a_site(), address))
    return team.platform("staging").has("v2.3.9", "v2.4.0")


def wait_well(steps: list[object]) -> list[str]:
    return [step.step for step in steps if isinstance(step, Stepped)]


def test_a_deploy_has_succeeded_once_the_service_answers_well(team: Colleagues, watched: Platform) -> None:
    events = team.ask("@alice", "deploy order-service v2.4.1 staging")
    assert wait_well(events)[-1] == "checking health"
    assert last(events, Finished).state is State.SUCCEEDED
    assert watched.version == "v2.4.1"


def test_a_service_that_is_not_well_has_failed_though_its_platform_is_content(
    team: Colleagues, watched: Platform
) -> None:
    outcome = last(team.ask("@alice", "deploy order-service v2.4.2 staging"), Finished)
    assert (outcome.state, outcome.reason) == (State.FAILED, "unhealthy")
    assert outcome.left == "v2.4.2 is in service"
    assert "answered 503" in outcome.happened
    assert watched.version == "v2.4.2"


def test_a_rollback_has_to_be_well_too(team: Colleagues, watched: Platform) -> None:
    watched.has("v2.4.2", "v2.4.1")
    outcome = last(team.ask("@alice", "rollback order-service staging"), Finished)
    assert (outcome.state, outcome.reason) == (State.FAILED, "unhealthy")


def test_who_cancels_while_it_is_looked_at_is_told_what_is_in_service(team: Colleagues, watched: Platform) -> None:
    publish(team.store, looked_at(a_site(), "http://127.0.0.1:1/", 60))
    deploying = team.asking("@alice", "deploy order-service v2.4.1 staging")
    until(deploying, Started)
    while until(deploying, Stepped).step != "checking health":
        pass
    team.interruption.ask("Ctrl-C")
    outcome = last(collected(deploying), Finished)
    assert (outcome.state, outcome.left) == (State.CANCELLED, "v2.4.1 is in service")
    assert watched.version == "v2.4.1"


@pytest.mark.parametrize(("version", "holds"), [("v2.4.1", True), ("v2.4.2", False)])
def test_what_a_dead_process_left_is_well_or_it_is_not(
    team: Colleagues, watched: Platform, version: str, holds: bool
) -> None:
    watched.has(version, because_of="op-234567")
    command = team.request("@alice", f"deploy order-service {version} staging").command
    site = team.context("@alice").site()
    assert command.holds(site, command.plan(site), Cause("op-234567", "@alice")) is holds  # type: ignore[attr-defined]


def test_without_an_address_of_its_own_the_platform_decides(team: Colleagues) -> None:
    assert story(team.ask("@alice", "deploy order-service v2.4.2 staging"))[-1] == "succeeded"


def rolling_back(team: Colleagues, address: str, **changes: Any) -> None:
    """Publish a site that rolls back what failed in staging."""
    site = looked_at(a_site(**changes), address)
    staging = replace(site.environments["staging"], rolls_back=True, is_protected=True)
    publish(team.store, replace(site, environments={**site.environments, "staging": staging}))


def failed_deploy(team: Colleagues, version: str = "v2.4.2") -> tuple[str, list[Told]]:
    """A deploy in staging, confirmed, as its requester's process sees it."""
    operation = operation_of(team.ask("@alice", f"deploy order-service {version} staging"))
    return operation, team.confirm("@alice", operation)


def test_what_failed_is_rolled_back_at_once_by_an_operation_of_its_own(
    team: Colleagues, watched: Platform, address: str
) -> None:
    rolling_back(team, address, rules=NO_APPROVALS)
    operation, events = failed_deploy(team)
    (asked,) = [event for event in events if isinstance(event, Requested)]
    assert (asked.command, asked.caused_by) == ("/rollback order-service staging", operation)
    assert [(event.operation, event.state) for event in events if isinstance(event, Finished)] == [
        (asked.operation, State.SUCCEEDED),
        (operation, State.FAILED),
    ]
    outcome = last(events, Finished)
    assert outcome.means == f"rollback order-service staging ({asked.operation}) put it right."
    assert (outcome.left, outcome.exit_code) == ("", 1)
    assert watched.version == "v2.4.0"
    assert team.record(asked.operation)["caused_by"] == operation
    assert team.record(asked.operation)["result"] == "success"
    assert team.record(operation)["error"].endswith("v2.4.2 is in service")
    assert team.store.locks() == []


def test_where_the_site_says_stop_what_failed_stays_in_service(team: Colleagues, watched: Platform) -> None:
    events = team.ask("@alice", "deploy order-service v2.4.2 staging")
    assert len([event for event in events if isinstance(event, Finished)]) == 1
    assert watched.version == "v2.4.2"


def test_what_never_took_over_is_not_rolled_back(team: Colleagues, watched: Platform, address: str) -> None:
    rolling_back(team, address, rules=NO_APPROVALS)
    watched.sick = frozenset({"v2.4.1"})
    _, events = failed_deploy(team, "v2.4.1")
    assert not [event for event in events if isinstance(event, Requested)]
    assert watched.version == "v2.4.0"


def test_what_was_in_service_before_is_no_reason_to_go_further_back(
    team: Colleagues, watched: Platform, address: str
) -> None:
    watched.has("v2.4.2")
    rolling_back(team, address, rules=NO_APPROVALS)
    _, events = failed_deploy(team, "v2.4.2")
    assert not [event for event in events if isinstance(event, Requested)]


def test_a_rollback_that_needs_approval_waits_for_it(team: Colleagues, watched: Platform, address: str) -> None:
    rolling_back(team, address, rules=(Rule("rollback", "*", approvals=1, roles=("lead",)), *NO_APPROVALS))
    _, events = failed_deploy(team)
    assert isinstance(events[-1], Finished)
    (waiting,) = [event for event in events if isinstance(event, AwaitingApproval)]
    assert team.state(waiting.operation) is State.AWAITING_APPROVAL
    assert watched.version == "v2.4.2"
    team.approve("@bob", waiting.operation)
    assert watched.version == "v2.4.0"


def test_a_rollback_that_is_not_allowed_is_denied_and_the_deploy_has_failed(
    team: Colleagues, watched: Platform, address: str
) -> None:
    rolling_back(team, address, rules=(Rule("rollback", "*", requesters=("dba",)), *NO_APPROVALS))
    operation, events = failed_deploy(team)
    assert [event.state for event in events if isinstance(event, Finished)] == [State.DENIED, State.FAILED]
    assert watched.version == "v2.4.2"
    assert team.state(operation) is State.FAILED


def test_the_first_release_has_nothing_to_go_back_to(team: Colleagues, address: str) -> None:
    team.adapters.watches = HttpMonitor()
    rolling_back(team, address, rules=NO_APPROVALS)
    _, events = failed_deploy(team)
    assert not [event for event in events if isinstance(event, Requested)]
    assert team.platform("staging").version == "v2.4.2"


def test_a_site_that_says_nothing_about_health_keeps_its_digest() -> None:
    assert "health" not in a_site().text
    assert "rolls_back" not in a_site().text
    site = looked_at(a_site(), "https://{service}.{environment}.example/healthz", 90)
    staging = Environment("staging", rolls_back=True)
    site = replace(site, environments={**site.environments, "staging": staging})
    assert PublishedSite.from_text(site.text) == site
    check = site.services["order-service"].health
    assert check is not None
    assert check.address("order-service", "staging") == "https://order-service.staging.example/healthz"
