"""A real browser for tests: Debian's Chromium, driven by Playwright. What a page complains about fails the test."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser, where there is one."""
    if not CHROMIUM.exists():
        pytest.skip("there is no Chromium here (apt-get install chromium)")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@contextmanager
def window(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """A window of its own, signed in by a link; errors on its page are this test's."""
    context = browser.new_context(**({"viewport": {"width": 1100, "height": 760}} | options))
    context.set_default_timeout(10_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    page.goto(address)
    page.locator("main:not([hidden])").wait_for()
    yield page
    context.close()
    assert complaints == []


def go_to(page: Page, channel: str) -> None:
    """Show a channel."""
    page.get_by_role("navigation").get_by_role("button", name=channel).click()
    page.get_by_role("heading", name=channel).wait_for()


def texts(page: Page) -> list[str]:
    """What the messages that are shown say, as a person reads them."""
    return [one.inner_text() for one in page.locator("#messages .message .text").all()]
