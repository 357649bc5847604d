"""The payloads of Slack's documentation and its SDKs' tests: each is stored, known again, understood or left alone."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.core.team import Colleagues
from tests.relay.slack.office import Office, office

from opsctl.relay.heard import Said
from opsctl.relay.slack.arrival import Kind, read
from opsctl.relay.slack.reason import Reason, rejection_in, window
from opsctl.relay.slack.translator import SlackTranslator

CONTRACTS = os.environ.get("OPSCTL_CONTRACTS", "")
needed = pytest.mark.skipif(not CONTRACTS, reason="OPSCTL_CONTRACTS is not set: the payload vectors are not there")


def vectors(name: str) -> Any:
    if not CONTRACTS:
        return {"cases": [], "envelopes": []}
    return json.loads((Path(CONTRACTS) / "vectors" / f"slack_{name}.json").read_text())


COMMANDS = vectors("slash_command")["cases"]
EVENTS = vectors("events")["cases"]
INTERACTIONS = vectors("interactivity")["cases"]
ENVELOPES = vectors("socket_mode")["envelopes"]


def name(case: dict[str, Any]) -> str:
    return str(case.get("name") or case.get("type"))


@pytest.fixture
def at(team: Colleagues) -> Iterator[Office]:
    with office(team, is_socket=False) as one:
        yield one


def translate(at: Office, body: str) -> object:
    platform = at.platform
    hear = SlackTranslator(platform.directory, platform.reactions, lambda name: f":{name}:")
    return hear(at.team.context("relay"), body)


@needed
@pytest.mark.parametrize("case", COMMANDS, ids=name)
def test_a_command_is_what_was_typed(at: Office, case: dict[str, Any]) -> None:
    found = read(case["raw"])
    assert found.kind is Kind.COMMAND
    if case["parsed"]:
        assert found.payload == case["parsed"]
    said = translate(at, case["raw"])
    assert isinstance(said, Said)
    assert said.caller.person is None  # of a workspace that is not the site's
    typed = found.payload["command"].removeprefix("/")
    assert said.line == f"{typed} {found.payload['text']}".strip()
    answer = at.posting.raw("/slack/commands", case["raw"])
    assert answer.status_code == 200
    assert at.team.store.write(lambda tx: tx.deliveries.receive("slack", found.id, "")) is False  # it is there


@needed
@pytest.mark.parametrize("case", EVENTS, ids=name)
def test_an_event_is_stored_or_answered_or_refused(at: Office, case: dict[str, Any]) -> None:
    body = json.dumps(case["body"])
    answer = at.posting.raw("/slack/events", body)
    if "expect" in case:
        assert answer.status_code == case["expect"]["status"]
        assert case["expect"]["body_contains"] in answer.text
    elif not case["body"]["event_id"]:
        assert answer.status_code == 400  # the catalogue of fields, all of them empty
    else:
        assert answer.status_code == 200
        assert read(body).id == f"event/{case['body']['event_id']}"
        heard = translate(at, body)
        assert isinstance(heard, Said) == (case["name"] == "app_mention")
        assert not isinstance(heard, Said) or heard.line == "Hi there!"


@needed
@pytest.mark.parametrize("case", INTERACTIONS, ids=name)
def test_a_foreign_button_or_window_is_left_alone(at: Office, case: dict[str, Any]) -> None:
    payload = case["payload"]
    if not payload.get("trigger_id"):
        with pytest.raises(ValueError, match="trigger_id"):
            read(json.dumps({"envelope_id": "", "type": "interactive", "payload": payload}))
        return
    assert at.posting.raw("/slack/interactivity", case["raw_form"]).status_code == 200
    assert read(case["raw_form"]).payload == payload
    assert rejection_in(payload) is None
    assert translate(at, case["raw_form"]) is None


@needed
@pytest.mark.parametrize("case", ENVELOPES, ids=name)
def test_an_envelope_is_the_same_delivery_as_over_http(at: Office, case: dict[str, Any]) -> None:
    found = read(json.dumps(case))
    own = case["payload"].get("event_id") or case["payload"]["trigger_id"]
    assert found.id == f"{found.kind}/{own}"
    assert found.payload == case["payload"]
    translate(at, json.dumps(case))


@needed
def test_the_window_that_is_sent_off_has_the_form_of_the_documentations() -> None:
    ours = window(Reason("op-1", "digest", "C1")).to_dict()
    case = next(one for one in INTERACTIONS if one["name"] == "view_submission")
    assert ours["type"] == case["payload"]["view"]["type"]
    assert set(ours["blocks"][0]) - {"hint"} <= set(case["payload"]["view"]["blocks"][0])
    assert len(ours["title"]["text"]) <= 24
    assert len(ours["private_metadata"]) <= 3000
