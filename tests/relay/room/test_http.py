"""What the room's endpoints promise, over real HTTP: who gets in, what is stored, what is told live."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.core.team import Colleagues, a_site, operation_of, publish
from tests.relay.room.served import served, signed_in

from opsctl.core.courier import Patience, bring
from opsctl.core.post import Action, Button, Post
from opsctl.core.signing_in import new_key
from opsctl.wiring import takers_of


@pytest.fixture
def base(team: Colleagues) -> Iterator[str]:
    with served(team) as address:
        yield address


@pytest.fixture
def bob(team: Colleagues, base: str) -> Iterator[httpx.Client]:
    with signed_in(team, base, "@bob") as client:
        yield client


@pytest.fixture
def stranger(base: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{base}/room/", headers={"Origin": base}, trust_env=False) as client:
        yield client


def delivered(team: Colleagues) -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in team.store.deliveries.open()]


def said(client: httpx.Client, text: str, **more: Any) -> httpx.Response:
    return client.post("messages", json={"id": "1", "channel": "#ops", "text": text, **more})


# signing in


def test_a_key_opens_the_room_once(team: Colleagues, stranger: httpx.Client) -> None:
    key = new_key(team.store, "@bob")
    assert stranger.post("session", json={"key": key}).json() == {"person": "@bob"}
    again = stranger.post("session", json={"key": key})
    assert again.status_code == 403
    assert "opsctl room open" in again.json()["do"]


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(team: Colleagues, stranger: httpx.Client) -> None:
    answer = stranger.post("session", json={"key": new_key(team.store, "@bob")})
    flags = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")}
    assert {"httponly", "samesite=strict", "path=/room"} <= flags


@pytest.mark.parametrize("path", ["state", "messages?channel=%23ops", "completion", "events?after=0"])
def test_who_is_not_signed_in_reads_nothing(stranger: httpx.Client, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code == 401
    assert "opsctl room open" in answer.json()["do"]


@pytest.mark.parametrize("path", ["messages", "reactions", "buttons"])
def test_who_is_not_signed_in_writes_nothing(team: Colleagues, stranger: httpx.Client, path: str) -> None:
    assert stranger.post(path, json={"id": "1", "channel": "#ops", "text": "x"}).status_code == 401
    assert delivered(team) == []


def test_who_signed_out_is_out(bob: httpx.Client) -> None:
    cookie = dict(bob.cookies)
    bob.delete("session")
    assert bob.get("state", headers={"Cookie": f"opsctl-room={cookie['opsctl-room']}"}).status_code == 401


def test_who_left_the_site_is_out(team: Colleagues, bob: httpx.Client) -> None:
    publish(team.store, a_site(without="@bob"))
    assert bob.get("state").status_code == 401


# doors


def test_another_site_can_make_nobody_act(team: Colleagues, bob: httpx.Client) -> None:
    for origin in ("http://evil.example", "null", ""):
        answer = bob.post("messages", json={"id": "1", "channel": "#ops", "text": "x"}, headers={"Origin": origin})
        assert answer.status_code == 403
    assert delivered(team) == []


def test_a_name_that_is_not_the_relays_is_refused(bob: httpx.Client) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", ""):
        assert bob.get("state", headers={"Host": host}).status_code == 421


def test_every_answer_says_what_its_page_may_do(stranger: httpx.Client) -> None:
    for path in ("", "room.js", "state", "nowhere"):
        headers = stranger.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_the_page_loads_nothing_from_elsewhere(stranger: httpx.Client) -> None:
    page = stranger.get("").text
    assert "http" not in page
    assert "<script>" not in page
    assert " style=" not in page


# writing


def test_what_is_said_is_in_the_room_and_delivered(team: Colleagues, bob: httpx.Client) -> None:
    message = said(bob, "/status order-service").json()["message"]
    assert [one.post.text for one in team.store.room.messages("#ops", "@alice")] == ["/status order-service"]
    assert delivered(team) == [
        {
            "kind": "message",
            "person": "@bob",
            "channel": "#ops",
            "message": message,
            "thread": 0,
            "text": "/status order-service",
        }
    ]


def test_what_is_sent_twice_is_said_once(team: Colleagues, bob: httpx.Client) -> None:
    first, again = said(bob, "/status").json(), said(bob, "/status").json()
    assert first == again
    assert len(delivered(team)) == 1
    assert len(team.store.room.messages("#ops", "@bob")) == 1


def test_two_people_may_choose_the_same_id(team: Colleagues, base: str, bob: httpx.Client) -> None:
    with signed_in(team, base, "@alice") as alice:
        said(bob, "/status")
        said(alice, "/audit")
    assert [(one["person"], one["text"]) for one in delivered(team)] == [("@bob", "/status"), ("@alice", "/audit")]


def test_an_answer_stands_in_the_thread_of_what_it_answers(team: Colleagues, bob: httpx.Client) -> None:
    top = said(bob, "why?").json()["message"]
    said(bob, "because", id="2", thread=top)
    assert [one.post.text for one in team.store.room.messages("#ops", "@bob", thread=top)] == ["because"]


@pytest.mark.parametrize(
    ("text", "status"), [("", 400), ("   ", 400), ("x" * 9000, 400), ("é" * 5000, 413), ("a\0b", 400), (7, 400)]
)
def test_what_can_not_be_said_is_refused_whole(team: Colleagues, bob: httpx.Client, text: Any, status: int) -> None:
    assert said(bob, text).status_code == status
    assert delivered(team) == []


def test_more_than_a_message_can_be_is_not_even_read(bob: httpx.Client) -> None:
    answer = bob.post("messages", content=b'{"text": "' + b"x" * 100_000)
    assert answer.status_code == 413
    assert "long" in answer.json()["happened"]


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b"[" * 50_000])
def test_what_is_no_json_object_is_refused(bob: httpx.Client, content: bytes) -> None:
    assert bob.post("messages", content=content).status_code == 400


def test_there_is_no_talking_in_a_channel_that_is_none(team: Colleagues, bob: httpx.Client) -> None:
    assert said(bob, "x", channel="#nowhere").status_code == 404
    assert "#nowhere" not in {one.name for one in team.store.room.channels()}


def test_a_reaction_is_delivered_when_it_changes_something(team: Colleagues, bob: httpx.Client) -> None:
    message = team.store.write(lambda tx: tx.room.post("#ops", "opsctl", Post("Agreed?")))
    for number, is_on in enumerate((True, True, False)):
        bob.post("reactions", json={"id": f"r{number}", "message": message, "emoji": "✅", "is_on": is_on})
    assert [(one["emoji"], one["is_on"]) for one in delivered(team)] == [("✅", True), ("✅", False)]


def test_a_button_is_pressed_as_it_stands_on_the_message(team: Colleagues, bob: httpx.Client) -> None:
    team.platform().has("v2.4.0")
    operation = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
    context = team.context("@alice")
    bring(context, takers_of(context), Patience())
    plan = team.row(operation).plan
    assert plan is not None
    request = team.store.room.messages("#deployments", "@bob")[-1]
    pressed = {"id": "1", "message": request.id, "action": "approve", "plan": plan.digest, "operation": "op-other"}
    assert bob.post("buttons", json=pressed).status_code == 200
    (body,) = delivered(team)
    assert (body["operation"], body["plan"], body["action"]) == (operation, plan.digest, "approve")


def test_a_button_that_is_not_there_can_not_be_pressed(bob: httpx.Client) -> None:
    message = said(bob, "hello").json()["message"]
    pressed = {"id": "2", "message": message, "action": "approve", "plan": ""}
    assert bob.post("buttons", json=pressed).status_code == 409


def test_a_private_word_is_nobody_elses_to_see_or_press(team: Colleagues, base: str, bob: httpx.Client) -> None:
    post = Post("Really?", buttons=(Button("Confirm", Action.CONFIRM, "op-1"),))
    message = team.store.write(lambda tx: tx.room.post("#ops", "opsctl", post, audience="@alice"))
    assert bob.get("messages", params={"channel": "#ops"}).json()["messages"] == []
    pressed = {"id": "1", "message": message, "action": "confirm", "plan": ""}
    assert bob.post("buttons", json=pressed).status_code == 404
    with signed_in(team, base, "@alice") as alice:
        assert alice.post("buttons", json=pressed).status_code == 200


# reading and hearing


def test_messages_are_read_a_page_at_a_time(team: Colleagues, bob: httpx.Client) -> None:
    for number in range(60):
        team.store.write(lambda tx, n=number: tx.room.post("#ops", "@alice", Post(str(n))))  # type: ignore[misc]
    newest = bob.get("messages", params={"channel": "#ops"}).json()
    assert (newest["messages"][0]["text"], newest["is_all"]) == ("10", False)
    before = newest["messages"][0]["id"]
    older = bob.get("messages", params={"channel": "#ops", "before": before}).json()
    assert ([one["text"] for one in older["messages"]], older["is_all"]) == ([str(n) for n in range(10)], True)


def heard(bob: httpx.Client, count: int, after: int, headers: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """The first events of a stream that begins after that change."""
    found: list[dict[str, Any]] = []
    with bob.stream("GET", "events", params={"after": after}, headers=headers, timeout=10) as stream:
        for line in stream.iter_lines():
            if line.startswith("data: "):
                found.append(json.loads(line.removeprefix("data: ")))
            if len(found) == count:
                break
    return found


def test_what_happened_while_a_page_was_away_is_told_when_it_comes_back(team: Colleagues, bob: httpx.Client) -> None:
    seen = bob.get("state").json()["change"]
    message = said(bob, "hello").json()["message"]
    team.store.write(lambda tx: tx.room.react(message, "@alice", "✅"))
    said(bob, "again", id="2")
    first, second = heard(bob, 2, seen)
    assert (first["reactions"], second["text"]) == ([{"emoji": "✅", "people": ["@alice"]}], "again")
    (only,) = heard(bob, 1, 0, {"Last-Event-ID": str(first["change"])})
    assert only["text"] == "again"


def test_nobody_hears_what_is_for_somebody_else(team: Colleagues, bob: httpx.Client) -> None:
    seen = bob.get("state").json()["change"]
    team.store.write(lambda tx: tx.room.post("#ops", "opsctl", Post("secret"), audience="@alice"))
    said(bob, "after it")
    assert [one["text"] for one in heard(bob, 1, seen)] == ["after it"]


def test_control_characters_do_not_reach_the_page(team: Colleagues, bob: httpx.Client) -> None:
    team.store.write(lambda tx: tx.room.post("#ops", "opsctl", Post("\x1b[31mred", block="a\x07\tb\nc")))
    (message,) = bob.get("messages", params={"channel": "#ops"}).json()["messages"]
    assert (message["text"], message["block"]) == ("�[31mred", "a�\tb\nc")


def test_what_may_be_typed_is_told_from_the_table_and_the_site(bob: httpx.Client) -> None:
    known = bob.get("completion").json()
    deploy = next(one for one in known["commands"] if one["name"] == "deploy")
    assert [one["names"] for one in deploy["arguments"]] == ["service", "version", "environment"]
    assert "init" not in {one["name"] for one in known["commands"]}
    assert known["names"]["environment"] == ["staging", "production"]
    assert "v2.4.1" in known["versions"]["order-service"]
