"""Nothing on the pages goes against their own content policy, through a whole conversation."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from noa_rag.web.app import create_app
from tests.browser.conftest import NOTING_VIOLATIONS, served
from tests.web.fake_service import FakeService, an_entry

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page


@pytest.fixture(scope="module")
def noa(htmx_folder: Path) -> Iterator[str]:
    with served(create_app(FakeService(an_entry()), static_dir=htmx_folder)) as address:
        yield address


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    context = browser.new_context(locale="fr-FR")
    context.add_init_script(NOTING_VIOLATIONS)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("start", ["/", "/?q=marque", "/en/"])
def test_a_conversation_of_three_questions_keeps_to_the_policy(page: "Page", noa: str, start: str) -> None:
    said: list[str] = []

    def note(message: "ConsoleMessage") -> None:
        if message.type in ("error", "warning"):
            said.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{noa}{start}")
    before = page.locator(".exchange").count()

    for number in range(1, 4):
        page.evaluate("document.querySelector('#question').style.height = '200px'")  # as dragging its corner does
        page.locator("#question").fill(f"Comment protéger ma marque {number} ?")
        page.locator(".ask .primary").click()
        page.locator(".exchange").nth(before + number - 1).wait_for()

    assert page.evaluate("window.violations") == []
    assert said == []


def test_a_field_that_was_made_larger_and_comes_again_keeps_to_the_policy(page: "Page", noa: str) -> None:
    """Dragging its corner gives it a style, which must not be written into what htmx puts in its place."""
    page.goto(noa)
    page.locator("#question").fill("Comment déposer une marque ?")
    page.locator(".ask .primary").click()
    page.locator(".feedback-no summary").click()
    page.evaluate("document.querySelector('.feedback-no textarea').style.height = '200px'")

    page.locator("#question").fill("Comment protéger ma marque ?")
    page.locator(".ask .primary").click()
    page.locator(".exchange").nth(1).wait_for()

    assert page.evaluate("window.violations") == []


def test_an_inline_style_would_be_noted(page: "Page", noa: str) -> None:
    page.goto(noa)

    page.evaluate("document.body.setAttribute('style', 'color: red')")
    while not page.evaluate("window.violations.length"):  # the policy stops what Playwright would poll with
        page.wait_for_timeout(50)

    assert "style-src" in page.evaluate("window.violations")[0]
