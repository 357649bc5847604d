"""Slack's own ids: what comes again is known, and what was said again is not mistaken for it."""

import json
from urllib.parse import urlencode

import pytest
from tests.doubles.slack.payloads import Payload, button, mention, slash
from tests.doubles.slack.posting import body_of

from opsctl.relay.slack.arrival import Kind, read


def envelope(payload: Payload, id_: str = "e-1") -> str:
    return json.dumps({"envelope_id": id_, "type": payload.kind, "payload": payload.body})


@pytest.mark.parametrize("payload", [slash("U1", "status"), mention("U1", "<@U0BOT> status"), button(*"UROPCT")])
def test_the_same_delivery_has_one_id_whichever_way_it_comes(payload: Payload) -> None:
    assert read(body_of(payload)).id == read(envelope(payload)).id == read(envelope(payload, "e-2")).id


def test_two_equal_commands_are_two() -> None:
    first, second = (read(body_of(slash("U1", "status"))) for _ in range(2))
    assert first.id != second.id


def test_what_has_no_id_of_its_own_is_known_by_its_envelope() -> None:
    body = {key: value for key, value in slash("U1", "status").body.items() if key != "trigger_id"}
    assert read(envelope(Payload("slash_commands", body))).id == "envelope/e-1"


def test_empty_text_is_kept() -> None:
    found = read(body_of(slash("U1", "")))
    assert (found.kind, found.payload["text"]) == (Kind.COMMAND, "")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "{}",
        "text=hello",
        "payload=%7B",
        "payload=1",
        "command=/ops&text=x",
        '{"type": "event_callback"}',
        '{"type": "event_callback", "event_id": ""}',
        '{"type": "event_callback", "event_id": {"a": 1}}',
        '{"envelope_id": "e", "type": "hello"}',
        '{"envelope_id": "e", "type": "events_api", "payload": []}',
        "{" + '"a":' + "[" * 100_000,
        urlencode({"payload": '{"type": "block_actions"}'}),
    ],
)
def test_what_slack_would_not_send_is_refused(body: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # whatever it says, it is refused
        read(body)
