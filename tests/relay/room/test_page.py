"""What a person sees and can do on the room's page, in a real browser."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from tests.core.team import Colleagues, operation_of, wait_until
from tests.relay.room.browsing import browser, go_to, texts, window
from tests.relay.room.served import link, served

from opsctl.core.courier import Patience, bring
from opsctl.core.post import Post
from opsctl.wiring import takers_of

HOSTILE = (
    '<img src=x onerror="document.title=1"><script>document.title=2</script>',
    "\u202eevil\u202c and \u2067isolated",
    "\x1b[31mred\x1b[0m\x07",
    "](javascript:alert(1)) [x](javascript:alert(1)) javascript:alert(1)",
    "a" * 65_536,
    "🏳️‍🌈" * 300,
    "مرحبا (hello) 123",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture
def base(team: Colleagues) -> Iterator[str]:
    team.platform().has("v2.4.0")
    with served(team) as address:
        yield address


@pytest.fixture
def bob(team: Colleagues, base: str, chromium: Browser) -> Iterator[Page]:
    with window(chromium, link(team, base, "@bob")) as page:
        yield page


def told(team: Colleagues) -> None:
    context = team.context("@alice")
    bring(context, takers_of(context), Patience())


def delivered(team: Colleagues) -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in team.store.deliveries.open()]


def asked(team: Colleagues, line: str = "deploy order-service v2.4.1 production") -> str:
    operation = operation_of(team.ask("@alice", line))
    told(team)
    return operation


def test_the_key_does_not_stay_in_the_address(bob: Page) -> None:
    assert "key" not in bob.url


def test_a_link_that_was_used_says_how_to_get_another(team: Colleagues, base: str, chromium: Browser) -> None:
    used = link(team, base, "@bob")
    with window(chromium, used):
        pass
    page = chromium.new_page()
    page.goto(used)
    expect(page.locator("#door")).to_contain_text("This link does not work any more.")
    expect(page.locator("#door")).to_contain_text("opsctl room open")
    page.close()


def test_what_one_says_another_sees_within_a_moment(team: Colleagues, base: str, bob: Page, chromium: Browser) -> None:
    with window(chromium, link(team, base, "@alice")) as alice:
        alice.get_by_role("combobox", name="Message #ops").fill("Good morning")
        alice.keyboard.press("Enter")
        expect(bob.locator("#messages")).to_contain_text("Good morning", timeout=1000)
        expect(alice.locator("#line")).to_have_value("")


def test_one_message_changes_as_its_operation_goes(team: Colleagues, bob: Page) -> None:
    go_to(bob, "#deployments")
    operation = asked(team)
    first = bob.locator("#messages .message").first
    expect(first).to_contain_text("Requires approval from a team lead.")
    team.approve("@bob", operation)
    told(team)
    expect(first).to_contain_text("Deploy complete. Health check passed.")
    expect(first).to_contain_text("3 answers")
    assert bob.locator("#messages .message").count() == 2


def test_a_request_for_approval_calls_those_who_may_give_it(team: Colleagues, bob: Page) -> None:
    asked(team)
    expect(bob.get_by_role("navigation").get_by_role("button", name="#deployments")).to_have_class("is-new is-called")
    assert bob.title().startswith("(@)")
    go_to(bob, "#deployments")
    expect(bob.locator(".message.calls-me")).to_have_count(1)


def test_approving_by_reaction_and_by_button_is_delivered(team: Colleagues, bob: Page) -> None:
    operation = asked(team)
    go_to(bob, "#deployments")
    request = bob.locator(".message.is-asked")
    request.get_by_role("button", name="✅").click()
    expect(request.get_by_role("button", name="✅ by @bob")).to_have_attribute("aria-pressed", "true")
    request.get_by_role("button", name="Approve").click()
    expect(request.get_by_role("button", name="Approve")).to_be_disabled()
    wait_until(lambda: len(delivered(team)) == 2)
    reaction, button = delivered(team)
    assert (reaction["emoji"], reaction["is_on"]) == ("✅", True)
    assert (button["action"], button["operation"]) == ("approve", operation)


def test_rejecting_asks_why(team: Colleagues, bob: Page) -> None:
    asked(team)
    go_to(bob, "#deployments")
    bob.get_by_role("button", name="Reject").click()
    bob.get_by_label("Everybody will see this").fill("not on a Friday")
    bob.get_by_role("dialog").get_by_role("button", name="Reject").click()
    expect(bob.get_by_role("dialog")).to_be_hidden()
    expect(bob.locator(".message.is-asked").get_by_role("button", name="Reject")).to_be_disabled()
    wait_until(lambda: len(delivered(team)) == 1)
    (body,) = delivered(team)
    assert (body["action"], body["reason"]) == ("reject", "not on a Friday")


def test_leaving_the_question_why_rejects_nothing(team: Colleagues, bob: Page) -> None:
    asked(team)
    go_to(bob, "#deployments")
    bob.get_by_role("button", name="Reject").click()
    bob.keyboard.press("Escape")
    expect(bob.get_by_role("dialog")).to_be_hidden()
    assert delivered(team) == []


def test_a_line_is_completed_word_by_word_with_the_keyboard_alone(team: Colleagues, bob: Page) -> None:
    line = bob.get_by_role("combobox", name="Message #ops")
    line.focus()
    for typed in ("/dep", "ord", "v2.4.1", " prod"):
        bob.keyboard.type(typed)
        if typed != "v2.4.1":
            expect(bob.get_by_role("listbox")).to_be_visible()
            bob.keyboard.press("Tab")
    expect(line).to_have_value("/deploy order-service v2.4.1 production ")
    bob.keyboard.press("Enter")
    expect(bob.locator("#messages")).to_contain_text("/deploy order-service v2.4.1 production")
    wait_until(lambda: len(delivered(team)) == 1)
    assert delivered(team)[0]["text"] == "/deploy order-service v2.4.1 production"


def test_what_may_follow_is_chosen_with_the_arrows_and_left_with_escape(bob: Page) -> None:
    bob.get_by_role("combobox").focus()
    bob.keyboard.type("/a")
    expect(bob.get_by_role("listbox")).to_be_visible()
    chosen = bob.locator("#choices [aria-selected=true]")
    bob.keyboard.press("ArrowDown")
    bob.keyboard.press("ArrowDown")
    expect(chosen).to_have_count(1)
    second = chosen.locator("span").inner_text()
    bob.keyboard.press("Enter")
    expect(bob.get_by_role("combobox")).to_have_value(f"/{second} ")
    bob.keyboard.press("Escape")
    expect(bob.get_by_role("listbox")).to_be_hidden()


def test_a_thread_opens_takes_an_answer_and_closes_with_the_keyboard(team: Colleagues, bob: Page) -> None:
    asked(team)
    go_to(bob, "#deployments")
    bob.locator(".message").first.get_by_role("button", name="Answer").focus()
    bob.keyboard.press("Enter")
    bob.get_by_label("Answer in this thread").fill("Looks right")
    bob.keyboard.press("Enter")
    expect(bob.locator("#answers")).to_contain_text("Looks right")
    expect(bob.locator("#messages")).to_contain_text("1 answer")
    bob.keyboard.press("Escape")
    expect(bob.get_by_role("complementary", name="Thread")).to_be_hidden()


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_anybody_wrote_is_text_in_every_place(team: Colleagues, bob: Page, text: str) -> None:
    def work(tx: Any) -> None:
        tx.room.open_channel("#ops", text[:200])
        tx.room.post("#ops", "opsctl", Post(text, block=text, calls=("@bob",)))

    team.store.write(work)
    bob.reload()
    expect(bob.locator("#messages .message")).to_have_count(1)
    assert bob.title().endswith("#ops · opsctl")
    assert bob.locator("main img, main script").count() == 0
    assert all(href.startswith("http") for href in bob.eval_on_selector_all("main a", "all => all.map(a => a.href)"))
    wide, seen = bob.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= seen
    assert bob.locator("#line").bounding_box() is not None


def test_who_is_at_the_newest_message_stays_there_while_the_page_changes_its_shape(team: Colleagues, bob: Page) -> None:
    def work(tx: Any) -> None:
        for number in range(40):
            tx.room.post(
                "#ops", "@alice", Post(f"message {number}, in as many words as it takes to fill a line or two")
            )

    team.store.write(work)
    newest = bob.get_by_text("message 39,")
    expect(newest).to_be_in_viewport(ratio=1)
    bob.set_viewport_size({"width": 420, "height": 420})
    expect(newest).to_be_in_viewport(ratio=1)
    bob.evaluate("document.getElementById('messages').style.fontSize = '150%'")
    expect(newest).to_be_in_viewport(ratio=1)
    bob.get_by_text("message 20,").scroll_into_view_if_needed()
    bob.set_viewport_size({"width": 400, "height": 420})
    expect(newest).not_to_be_in_viewport()


def test_ten_thousand_messages_open_at_the_newest_and_go_back(team: Colleagues, bob: Page) -> None:
    def work(tx: Any) -> None:
        for number in range(10_000):
            tx.room.post("#ops", "@alice", Post(f"message {number}"))

    team.store.write(work)
    bob.reload()
    expect(bob.locator("#messages")).to_contain_text("message 9999")
    assert bob.locator("#messages .message").count() <= 60
    bob.get_by_role("button", name="Earlier messages").click()
    expect(bob.locator("#messages")).to_contain_text("message 9900")
    assert texts(bob)[0] == "message 9900"


def test_a_page_goes_on_where_it_was_when_the_relay_comes_back(team: Colleagues, chromium: Browser) -> None:
    with served(team) as address:
        port = int(address.rpartition(":")[2])
        context = chromium.new_context()
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.goto(link(team, address, "@bob"))
        page.locator("main:not([hidden])").wait_for()
    expect(page.locator("#line-state")).to_contain_text("connection lost")
    team.store.write(lambda tx: tx.room.post("#ops", "@alice", Post("while you were away")))
    page.locator("#line").fill("said while it was away")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("The relay does not answer.")
    expect(page.locator("#line")).to_have_value("said while it was away")
    with served(team, port):
        expect(page.locator("#messages")).to_contain_text("while you were away", timeout=15_000)
        page.locator("#line").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#messages")).to_contain_text("said while it was away")
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1100, 360])
def test_nothing_stands_in_the_way_of_anybody(
    team: Colleagues, base: str, chromium: Browser, scheme: Any, width: int
) -> None:
    asked(team)
    team.deployed("v2.4.2", "staging")
    told(team)
    shape = {"viewport": {"width": width, "height": 700}, "color_scheme": scheme}
    with window(chromium, link(team, base, "@bob"), **shape) as page:
        if width < 500:
            page.get_by_label("Channel", exact=True).select_option("#deployments")
        else:
            go_to(page, "#deployments")
        page.locator(".message.is-asked").wait_for()
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
