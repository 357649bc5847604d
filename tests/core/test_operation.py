"""The states of an operation: every arrow is one that the engine takes, and there are no others."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from tests.core.team import Colleagues, Mortal, a_site, collected, operation_of, publish, until

from opsctl.core.errors import Conflict
from opsctl.core.events import Requested, Started
from opsctl.core.operation import ARROWS, FINAL, STANDING, State, check_arrow
from opsctl.core.plan import Rule

Way = Callable[[Colleagues], str]


def asked(line: str) -> Way:
    return lambda team: operation_of(team.ask("@alice", line))


def after(first: Way, *acts: Callable[[Colleagues, str], object]) -> Way:
    def way(team: Colleagues) -> str:
        operation = first(team)
        for act in acts:
            act(team, operation)
        return operation

    return way


def died_at(kind: type[object]) -> Way:
    def way(team: Colleagues) -> str:
        mortal = Mortal()
        dying = team.elsewhere(holder=mortal.holder)
        events = dying.asking("@alice", "deploy order-service v2.4.1 staging")
        until(events, kind)
        mortal.die()
        events.close()  # type: ignore[attr-defined]
        team.ask("@erin", "operations")
        return team.store.operations()[0].id

    return way


def cancelled_while_running(team: Colleagues) -> str:
    events = team.asking("@alice", "deploy order-service v2.4.1 staging")
    operation = until(events, Started).operation
    team.interruption.ask("Ctrl-C")
    collected(events)
    return operation


def sick(team: Colleagues) -> str:
    team.platform("staging").sick = frozenset({"v2.4.1"})
    return asked("deploy order-service v2.4.1 staging")(team)


def expire(team: Colleagues, operation: str) -> None:
    assert not team.row(operation).state.is_final
    team.tomorrow().ask("@erin", "operations")


def yes(team: Colleagues, operation: str) -> None:
    team.ask("@bob", f"approve {operation}")


def run(team: Colleagues, operation: str) -> None:
    team.run(operation)


def cancel(team: Colleagues, operation: str) -> None:
    team.ask("@alice", f"cancel {operation}")


def under(*rules: Rule) -> Callable[[Colleagues, str], object]:
    return lambda team, _: publish(team.store, a_site(rules))


def outside(team: Colleagues, _operation: str) -> None:
    team.platform().has("v2.4.2")


def forget_versions(team: Colleagues, _operation: str) -> None:
    team.platform().versions_known = ("v2.4.0",)


def unprotect(team: Colleagues, _operation: str) -> None:
    site = a_site((Rule("deploy"),))
    free = {name: replace(one, is_protected=False) for name, one in site.environments.items()}
    publish(team.store, replace(site, environments=free))


STAGING = asked("deploy order-service v2.4.1 staging")
PRODUCTION = asked("deploy order-service v2.4.1 production")
SCALE = asked("scale order-service 3 production")
APPROVED = after(PRODUCTION, yes)

WAYS: dict[tuple[str, str], Way] = {
    ("requested", "denied"): asked("deploy api-gateway v2.4.1 production"),
    ("requested", "failed"): asked("deploy order-service v9 staging"),
    ("requested", "interrupted"): died_at(Requested),
    ("requested", "approved"): STAGING,
    ("requested", "awaiting_approval"): PRODUCTION,
    ("requested", "awaiting_confirmation"): SCALE,
    ("awaiting_confirmation", "approved"): after(SCALE, lambda team, operation: team.confirm("@alice", operation)),
    ("awaiting_confirmation", "cancelled"): after(SCALE, lambda team, operation: team.decline("@alice", operation)),
    ("awaiting_confirmation", "expired"): after(SCALE, expire),
    ("awaiting_approval", "approved"): APPROVED,
    ("awaiting_approval", "rejected"): after(PRODUCTION, lambda team, it: team.ask("@bob", f'reject {it} "no"')),
    ("awaiting_approval", "cancelled"): after(PRODUCTION, cancel),
    ("awaiting_approval", "expired"): after(PRODUCTION, expire),
    ("approved", "running"): after(APPROVED, run),
    ("approved", "approved"): after(APPROVED, unprotect, run),
    ("approved", "awaiting_approval"): after(APPROVED, outside, run),
    ("approved", "awaiting_confirmation"): after(APPROVED, under(Rule("deploy")), run),
    ("approved", "cancelled"): after(APPROVED, cancel),
    ("approved", "expired"): after(APPROVED, expire),
    ("approved", "denied"): after(APPROVED, under(Rule("scale")), run),
    ("approved", "failed"): after(APPROVED, forget_versions, run),
    ("running", "succeeded"): STAGING,
    ("running", "failed"): sick,
    ("running", "cancelled"): cancelled_while_running,
    ("running", "interrupted"): died_at(Started),
}


@pytest.mark.parametrize(("was", "to"), WAYS)
def test_the_engine_takes_every_arrow(team: Colleagues, was: str, to: str) -> None:
    team.platform().has("v2.4.0")
    operation = WAYS[was, to](team)
    states = [kind for kind in team.kinds(operation) if kind in frozenset(State)]
    assert (was, to) in pairwise(states)
    assert team.state(operation) == states[-1]
    assert team.store.locks() == []


def test_there_are_no_arrows_that_the_engine_does_not_take() -> None:
    assert set(WAYS) == {(was, to) for was, leads_to in ARROWS.items() for to in leads_to}


def test_whatever_is_no_arrow_is_refused() -> None:
    for was in State:
        for to in set(State) - ARROWS[was]:
            with pytest.raises(Conflict):
                check_arrow("op-222222", was, to)


def test_nothing_leads_out_of_a_final_state_and_everything_else_leads_to_one() -> None:
    assert {state for state in State if not ARROWS[state]} == FINAL
    assert {State.REQUESTED, State.RUNNING, *STANDING, *FINAL} == set(State)
    assert all(ARROWS[state] & FINAL for state in set(State) - FINAL)
