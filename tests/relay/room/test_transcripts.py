"""Two people in two browsers, the relay between them: what the team sees from the first word to the last."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.core.team import Colleagues
from tests.relay.at_work import at_work
from tests.relay.room.browsing import browser, go_to, window
from tests.relay.room.served import link, served

PICTURE = Path(__file__).parents[3] / "docs" / "room.png"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture
def base(team: Colleagues) -> Iterator[str]:
    team.platform().has("v2.4.0")
    with at_work(team), served(team) as address:
        yield address


def say(page: Page, line: str) -> None:
    page.locator("#line").fill(line)
    page.keyboard.press("Enter")


def words(page: Page, first: str) -> list[str]:
    """The lines of the first message of opsctl's in which those words stand."""
    said = page.locator("#messages .message:not(.is-talk):not(.is-private)").filter(has_text=first).first
    return said.locator(".text > span").all_inner_texts()


def test_a_deploy_is_asked_for_by_one_and_approved_by_the_reaction_of_another(
    team: Colleagues, base: str, chromium: Browser
) -> None:
    with window(chromium, link(team, base, "@alice")) as dev, window(chromium, link(team, base, "@bob")) as lead:
        for page in (dev, lead):
            go_to(page, "#deployments")
        say(dev, "/deploy order-service v2.4.1 production")
        request = lead.locator(".message.is-asked")
        expect(request).to_contain_text("React with ✅ to approve or ❌ to reject")
        assert words(lead, "🚀")[0] == "🚀 Deploy order-service v2.4.1 to production   (v2.4.0 → v2.4.1, 2 replicas)"
        assert words(lead, "🚀")[-1] == "Requires approval from a team lead."
        request.get_by_role("button", name="✅").click()
        expect(dev.locator("#messages")).to_contain_text("Deploy complete.")
        assert words(dev, "🚀")[-2:] == ["✅ Approved by @bob.", "✅ Deploy complete. Health check passed."]
        if os.environ.get("OPSCTL_PICTURES") == "1":
            lead.screenshot(path=PICTURE)


def test_an_incident_from_its_creation_to_its_end(team: Colleagues, base: str, chromium: Browser) -> None:
    with window(chromium, link(team, base, "@alice")) as oncall:
        say(oncall, '/incident create "Order processing failures" --severity sev1')
        expect(oncall.locator("#messages")).to_contain_text("Paged: orders")
        expect(oncall.locator("#messages")).not_to_contain_text("goes out later")
        opened = words(oncall, "Incident Created")
        assert opened[0] == "🚨 SEV-1 Incident Created: Order processing failures"
        assert opened[1].startswith("Incident channel: #inc-")
        assert opened[2:4] == ["Incident commander: @alice", "Status page updated: Investigating"]
        say(oncall, '/incident update "Root cause identified: API key expired"')
        expect(oncall.locator("#messages")).to_contain_text("Update posted to status page")
        expect(oncall.locator("#messages")).not_to_contain_text("goes out later")
        assert words(oncall, "Update posted")[:2] == [
            "📝 Update posted to status page",
            "Status: Identified (as the text begins)",
        ]
        say(oncall, '/incident resolve "API key rotated, orders flowing"')
        expect(oncall.locator("#messages")).to_contain_text("Postmortem scheduled")
        expect(oncall.locator("#messages")).not_to_contain_text("goes out later")
        ended = words(oncall, "Incident resolved")
        assert ended[0].startswith("✅ Incident resolved after ")
        assert ended[1].startswith("Duration: ")
        assert ended[2] == "Status page: Resolved"


def test_a_slip_of_the_finger_is_told_to_who_typed_alone(team: Colleagues, base: str, chromium: Browser) -> None:
    with window(chromium, link(team, base, "@alice")) as dev, window(chromium, link(team, base, "@bob")) as lead:
        say(dev, "/deplyo order-service v2.4.1 staging")
        expect(dev.locator(".message.is-private")).to_contain_text("Did you mean deploy?")
        expect(lead.locator("#messages")).to_contain_text("/deplyo")
        assert lead.locator(".message.is-private").count() == 0
