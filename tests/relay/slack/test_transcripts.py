"""Two people in Slack, the relay between them: from the first word to the last, over both ways on which it is heard."""

from collections.abc import Iterator

import pytest
from tests.core.team import Colleagues, wait_until
from tests.doubles.slack.sockets import Unruly
from tests.doubles.slack.workspace import words_of
from tests.relay.slack.office import Office, office

from opsctl.core.operation import State


@pytest.fixture(params=["socket", "http"])
def at(team: Colleagues, request: pytest.FixtureRequest) -> Iterator[Office]:
    with office(team, is_socket=request.param == "socket") as one:
        yield one


def test_a_deploy_is_asked_for_by_one_and_approved_by_the_reaction_of_another(at: Office) -> None:
    operation = at.asked("@alice", "/deploy order-service v2.4.1 production", State.AWAITING_APPROVAL)
    request = at.request()
    assert "Deploy order-service v2.4.1 to production" in words_of(request.blocks)
    assert "Requires approval from a team lead." in words_of(request.blocks)
    at.react("@bob", request, "white_check_mark")
    at.until(operation, State.SUCCEEDED)
    at.settle()
    told = words_of(at.message("Deploy complete.").blocks)
    assert "✅ Approved by @bob." in told
    record = at.team.record(operation.id)
    assert (record["user"], record["approved_by"], record["result"]) == ("@alice", "@bob", "success")
    assert (record["origin"], record["channel"]) == ("slack", "#deployments")


def test_an_incident_from_its_creation_to_its_end(at: Office) -> None:
    at.say("@alice", "/incident create “Order processing failures” —severity sev1")
    opened = words_of(at.message("Incident Created").blocks)
    assert "🚨 SEV-1 Incident Created: Order processing failures" in opened
    assert "Incident commander: @alice" in opened
    at.say("@alice", 'incident update "Root cause identified: API key expired"')
    at.message("Update posted to status page")
    at.say("@alice", 'incident resolve "API key rotated, orders flowing"')
    at.message("Status page: Resolved")
    assert "Incident resolved after" in words_of(at.message("Status page: Resolved").blocks)
    at.settle()
    names = [one.name for one in at.slack.workspace.channels.values()]
    assert any(name.startswith("inc-") and "order-processing-failures"[:5] in name for name in names), names


def test_a_slip_of_the_finger_is_told_to_who_typed_alone(at: Office) -> None:
    at.say("@alice", "deplyo order-service v2.4.1 staging")
    assert "Did you mean deploy?" in at.word("@alice")
    assert at.words("@bob") == []
    wait_until(lambda: not at.team.store.deliveries.open())


def test_slack_in_disorder_changes_nothing(team: Colleagues) -> None:
    """What people do comes twice, under other envelopes, late, and in another order than it was done in."""
    with office(team, is_socket=True) as at:
        unruly = Unruly(at.deliver.__self__)  # type: ignore[attr-defined]  # the socket server's own method
        at.deliver = lambda payload: unruly.twice(payload, same_envelope=False)
        operation = at.asked("@alice", "/deploy order-service v2.4.1 production", State.AWAITING_APPROVAL)
        request = at.request()
        at.deliver = unruly.hold
        at.react("@bob", request, "white_check_mark")
        at.react("@bob", request, "tada")
        at.say("@alice", "approvals")
        unruly.release_backwards()
        at.until(operation, State.SUCCEEDED)
        at.settle()
        assert at.team.record(operation.id)["approved_by"] == "@bob"
        assert len(at.team.store.operations()) == 1
        assert at.team.platform().done == [f"v2.4.1 {operation.id}"]
        keys = [one.metadata["event_payload"]["key"] for one in at.all() if one.metadata]
        assert len(keys) == len(set(keys))
