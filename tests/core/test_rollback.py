"""Rollback: to the last healthy release that led here, also over a deploy that still runs."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from tests.core.team import Colleagues, a_site, collected, last, operation_of, publish, story, until, wait_until

from opsctl.commands.rollback import target_of
from opsctl.core import admission
from opsctl.core.events import Approved, CancelAsked, Finished, Started
from opsctl.core.execution import run
from opsctl.core.operation import State
from opsctl.core.ports import Release

AT = datetime(2026, 3, 4, tzinfo=UTC)


def rolled_back(team: Colleagues, environment: str = "staging") -> str | None:
    team.ask("@alice", f"rollback order-service {environment}")
    return team.platform(environment).version


def history(*releases: str) -> list[Release]:
    """Newest first, from words such as "v1", "v2!" (never healthy) and "v1@1" (restores number 1), oldest first."""
    found = []
    for number, word in enumerate(releases, 1):
        version, _, restores = word.rstrip("!").partition("@")
        found.append(
            Release(number, version, AT, "@bob", f"op-{number}", word[-1] != "!", int(restores) if restores else None)
        )
    return found[::-1]


def target(*releases: str) -> int | None:
    found = history(*releases)
    current = next(one for one in found if one.is_healthy)
    goal = target_of(found, current)
    return goal.number if goal else None


def test_rollback_goes_to_the_last_healthy_release_before_the_current_one() -> None:
    assert target("v1", "v2") == 1
    assert target("v1", "v2!", "v3") == 1
    assert target("v1", "v2", "v2") == 1
    assert target("v1") is None
    assert target("v1", "v1") is None
    assert target_of(history("v1!"), None) is None


def test_a_second_rollback_goes_one_further_back_and_never_forward(team: Colleagues) -> None:
    team.platform("staging").has("v2.3.9", "v2.4.0", "v2.4.1")
    assert rolled_back(team) == "v2.4.0"
    assert rolled_back(team) == "v2.3.9"
    events = team.ask("@alice", "rollback order-service staging")
    assert story(events)[1:] == ["failed nothing_to_roll_back_to"]
    assert team.platform("staging").version == "v2.3.9"


def test_rollbacks_through_a_version_that_was_deployed_twice_go_on_backwards(team: Colleagues) -> None:
    team.platform("staging").has("v2.3.9", "v2.4.0", "v2.3.9", "v2.4.2")
    assert [rolled_back(team) for _ in range(4)] == ["v2.3.9", "v2.4.0", "v2.3.9", "v2.3.9"]
    assert [one.restores for one in team.platform("staging").history[4:]] == [3, 2, 1]


def test_a_rollback_never_goes_to_what_was_rolled_back_from() -> None:
    assert target("v1", "v2", "v1@1", "v3") == 1
    assert target("v1", "v2", "v1@1", "v3", "v1@1") is None
    assert target("v1", "v2", "v3", "v2@2", "v4", "v2@2") == 1


def test_a_rollback_in_production_asks_its_requester_and_nobody_else(team: Colleagues) -> None:
    team.platform().has("v2.4.0", "v2.4.1")
    asked = team.ask("@alice", "rollback order-service production")
    assert story(asked)[1:] == ["confirm order-service: v2.4.1 → v2.4.0"]
    assert story(team.confirm("@alice", operation_of(asked)))[-1] == "succeeded"
    assert team.platform().version == "v2.4.0"


def test_rollback_over_a_running_deploy_cancels_it_and_goes_back_to_what_was_there(team: Colleagues) -> None:
    team.platform("staging").has("v2.3.9", "v2.4.0")
    deploying = team.asking("@alice", "deploy order-service v2.4.1 staging")
    deploy = until(deploying, Started).operation
    rolling = team.elsewhere().asking("@carol", "rollback order-service staging")
    asked = until(rolling, CancelAsked)
    assert (asked.operation, asked.person) == (deploy, "@carol")
    told = story(collected(deploying))
    assert told[0] == "- starting"
    assert told[-1].startswith("cancelled by @carol overridden by op-")
    assert story(collected(rolling)) == ["@carol runs: v2.4.1 → v2.4.0", "- kept", "succeeded"]
    platform = team.platform("staging")
    assert platform.version == "v2.4.0"
    assert platform.done == [f"undone v2.4.1 {deploy}"]
    assert [one.version for one in platform.history] == ["v2.3.9", "v2.4.0"]


def test_an_overriding_rollback_in_production_is_confirmed_before_it_cancels_anything(team: Colleagues) -> None:
    team.platform().has("v2.4.0")
    operation = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
    team.ask("@bob", f"approve {operation}")
    deploying = run(team.context("@alice"), operation)
    until(deploying, Started)
    other = team.elsewhere()
    asked = other.ask("@carol", "rollback order-service production")
    assert story(asked)[1:] == ["confirm order-service: v2.4.1 → v2.4.0"]
    assert "cancel_asked" not in team.kinds(operation)
    rolling = admission.confirm(other.context("@carol"), operation_of(asked), other.caller("@carol"))
    until(rolling, CancelAsked)
    assert story(collected(deploying))[-1].startswith("cancelled by @carol")
    assert story(collected(rolling))[-2:] == ["- kept", "succeeded"]


def test_a_deploy_that_cannot_be_stopped_any_more_is_rolled_back_after_it(team: Colleagues) -> None:
    platform = team.platform("staging").has("v2.3.9", "v2.4.0")
    rolling = team.elsewhere().asking("@carol", "rollback order-service staging")

    def roll_back_meanwhile(step: str) -> None:
        if step == "switch":
            platform.on_step = lambda _: None
            until(rolling, CancelAsked)

    platform.on_step = roll_back_meanwhile
    assert story(team.ask("@alice", "deploy order-service v2.4.1 staging"))[-1] == "succeeded"
    assert platform.version == "v2.4.1"
    assert story(collected(rolling))[-1] == "succeeded"
    assert platform.version == "v2.4.0"


def test_a_deploy_that_holds_its_lock_and_has_not_started_yet_is_cancelled_all_the_same(team: Colleagues) -> None:
    platform = team.platform("staging").has("v2.4.0")
    deploying = team.asking("@alice", "deploy order-service v2.4.1 staging")
    deploy = until(deploying, Approved).operation
    with ThreadPoolExecutor() as pool:
        rolling = pool.submit(team.elsewhere().ask, "@carol", "rollback order-service staging")
        wait_until(lambda: len(team.store.operations(states=[State.APPROVED])) == 2)
        time.sleep(0.05)  # the rollback has met the lock by now, and there was nothing to cancel
        platform.on_step = lambda step: wait_until(lambda: step != "start" or "cancel_asked" in team.kinds(deploy))
        assert story(collected(deploying))[-1].startswith("cancelled by @carol")
        assert story(rolling.result())[-1] == "succeeded"
    assert platform.version == "v2.4.0"


def test_what_was_confirmed_over_one_deploy_is_asked_again_when_another_came_in_between(team: Colleagues) -> None:
    """The rollback was confirmed as v2.4.1 → v2.4.0; by then v2.4.2 is in service."""
    publish(team.store, a_site())
    team.platform().has("v2.4.0")
    operation = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
    team.ask("@bob", f"approve {operation}")
    deploying = run(team.context("@alice"), operation)
    until(deploying, Started)
    other = team.elsewhere()
    rollback = operation_of(other.ask("@carol", "rollback order-service production"))
    collected(deploying)
    team.deployed("v2.4.2")
    assert story(other.confirm("@carol", rollback)) == [
        "approved by nobody: v2.4.1 → v2.4.0",
        "no longer v2.4.1 → v2.4.0",
        "confirm order-service: v2.4.2 → v2.4.1",
    ]
    assert story(other.confirm("@carol", rollback))[-1] == "succeeded"
    assert team.platform().version == "v2.4.1"


def test_a_release_whose_version_is_gone_is_not_planned_for_and_an_older_one_is_named(team: Colleagues) -> None:
    team.platform("staging").has("v2.3.9", "v2.4.0", "v2.4.1").versions_known = ("v2.4.2", "v2.4.1", "v2.3.9")
    events = team.ask("@alice", "rollback order-service staging")
    assert story(events)[1:] == ["failed version_gone"]
    assert last(events, Finished).exit_code == 1
    assert last(events, Finished).do == "Deploy the one before it: opsctl deploy order-service v2.3.9 staging"


def test_where_every_earlier_version_is_gone_none_is_named(team: Colleagues) -> None:
    team.platform("staging").has("v2.4.0", "v2.4.1").versions_known = ("v2.4.2", "v2.4.1")
    events = team.ask("@alice", "rollback order-service staging")
    assert last(events, Finished).do == "Deploy another one: opsctl deploy order-service VERSION staging"


def test_the_first_deploy_is_cancelled_not_rolled_back(team: Colleagues) -> None:
    deploying = team.asking("@alice", "deploy order-service v2.4.1 staging")
    until(deploying, Started)
    events = team.elsewhere().ask("@carol", "rollback order-service staging")
    assert story(events)[1:] == ["failed nothing_to_roll_back_to"]
    assert "opsctl cancel op-" in last(events, Finished).do
    assert story(collected(deploying))[-1] == "succeeded"


def test_a_rollback_does_not_push_aside_what_is_not_a_deploy(team: Colleagues) -> None:
    team.platform("staging").has("v2.4.0", "v2.4.1")
    scaling = team.asking("@alice", "scale order-service 3 staging")
    until(scaling, Started)
    assert story(team.elsewhere().ask("@carol", "rollback order-service staging"))[1:] == ["denied locked"]
    assert story(collected(scaling))[-1] == "succeeded"
