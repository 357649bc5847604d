"""The manifest is what Slack takes, says what opsctl can do, and the page that walks through it says the same."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.core.team import a_site
from tests.core.test_custom import FLUSH
from tests.doubles.slack.methods import METHODS

from opsctl.chat.slack_manifest import EVENTS, SCOPES, SLACKS_OWN, manifest
from opsctl.commands.reading import chat_grammar
from opsctl.relay.slack.routes import PATHS
from opsctl.settings.slack_secrets import BEGINS, SIGNING_SECRET, SOCKET_TOKEN, TOKEN

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "slack.md").read_text()
SLACK_DOCTOR = "".join(one.read_text() for one in (ROOT / "src/opsctl/doctor").glob("slack*.py"))
STEPS = re.findall(r"^(\d+)\. \*\*", PAGE, re.MULTILINE)


def made(prefix: str = "", posted_to: str = "") -> dict[str, Any]:
    site = replace(a_site(), commands={FLUSH.name: FLUSH})
    return manifest(chat_grammar(site), "/ops", prefix, posted_to)


def commands(**how: str) -> dict[str, Any]:
    return {one["command"]: one for one in made(**how)["features"]["slash_commands"]}


def test_every_command_of_the_table_and_of_the_site_can_be_typed() -> None:
    firsts = {row.name.partition(" ")[0] for row in chat_grammar(a_site())} | {FLUSH.name, "help"}
    assert {f"/ops-{name}" for name in firsts} | {"/ops"} == set(commands(prefix="ops-"))


def test_without_a_prefix_what_slack_has_itself_is_left_out_and_reached_by_the_one_command() -> None:
    typed = commands()
    assert "/ops" in typed
    assert "/deploy" in typed
    assert "/status" not in typed
    assert not {name.removeprefix("/") for name in typed} & SLACKS_OWN


@pytest.mark.parametrize("prefix", ["", "ops-"])
def test_it_keeps_slacks_limits(prefix: str) -> None:
    typed = commands(prefix=prefix)
    assert len(typed) <= 50
    for name, one in typed.items():
        assert re.fullmatch(r"/[a-z0-9_-]{1,31}", name), name
        assert 0 < len(one["description"]) <= 2000
        assert len(one.get("usage_hint", "")) <= 1000
        assert one["should_escape"] is True


def test_the_usage_that_slack_hints_at_is_the_grammars() -> None:
    typed = commands()
    assert typed["/deploy"]["usage_hint"] == "SERVICE VERSION ENVIRONMENT [--dry-run]"
    assert typed["/incident"]["usage_hint"] == "create|update|assign|resolve|list|show …"


def test_over_socket_mode_it_names_no_address() -> None:
    assert made()["settings"]["socket_mode_enabled"] is True
    assert "http" not in str(made()["features"]) + str(made()["settings"])


def test_over_http_it_names_the_addresses_that_the_relay_has() -> None:
    found = made(posted_to="https://ops.example.com")
    assert found["settings"]["socket_mode_enabled"] is False
    named = {
        found["features"]["slash_commands"][0]["url"],
        found["settings"]["event_subscriptions"]["request_url"],
        found["settings"]["interactivity"]["request_url"],
    }
    assert named == {f"https://ops.example.com{path}" for path in PATHS}


def test_every_method_that_is_called_has_its_scope() -> None:
    source = "\n".join(one.read_text() for one in (ROOT / "src").rglob("*slack*/*.py")) + SLACK_DOCTOR
    spelled = {name: re.sub(r"(?=[A-Z])|\.", "_", name).lower() for name in METHODS}  # as slack-sdk spells them
    called = {name for name in METHODS if f'"{name}"' in source or f".{spelled[name]}(" in source}
    assert called >= {"chat.postMessage", "views.open", "reactions.add", "conversations.list"}
    assert {METHODS[name][1] for name in called} - {""} <= set(SCOPES)
    assert made()["oauth_config"]["scopes"]["bot"] == list(SCOPES)


def test_every_event_that_it_hears_has_its_scope() -> None:
    of_events = {"app_mention": "app_mentions:read", "message.im": "im:history", "reaction": "reactions:read"}
    assert made()["settings"]["event_subscriptions"]["bot_events"] == list(EVENTS)
    for event in EVENTS:
        assert next(scope for begins, scope in of_events.items() if event.startswith(begins)) in SCOPES


def test_the_page_walks_through_in_ten_steps() -> None:
    assert [str(number) for number in range(1, 11)] == STEPS


def test_the_page_says_of_scopes_and_events_what_the_manifest_says() -> None:
    assert dict(re.findall(r"^\| `([a-z_.:]+)` \| (.+) \|$", PAGE, re.MULTILINE)) == dict(SCOPES)
    assert f"It hears these events, and no other: {', '.join(f'`{one}`' for one in EVENTS)}." in PAGE


def test_the_page_names_the_tokens_as_they_are_kept() -> None:
    for name in (TOKEN, SOCKET_TOKEN, SIGNING_SECRET):
        assert f"opsctl secrets set {name}" in PAGE
        assert BEGINS[name] in PAGE


def test_what_the_page_types_is_offered_by_the_manifest() -> None:
    without, with_prefix = commands(), commands(prefix="ops-")
    typed = {word for word in re.findall(r"`(/[a-z-]+)[ `…]", PAGE) if word.startswith("/") and "slack" not in word}
    not_offered = {word for word in typed if word not in without and word not in with_prefix}
    assert not_offered == {"/invite", "/status", "/help", "/readyz"}  # Slack's own, and the relay's page


def test_the_page_names_the_addresses_that_are_posted_to() -> None:
    assert all(f"`{path}`" in PAGE for path in PATHS)
    assert all(PAGE.index(f"opsctl slack {word}") for word in ("manifest", "check"))
