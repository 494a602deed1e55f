"""Searching while typing: nothing moves the focus, a key empties the field, and the address keeps the words."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from noa_rag.answering.search import Found
from noa_rag.web.app import create_app
from noa_rag.web.limits import Saturated
from tests.browser.conftest import served
from tests.web.fake_service import FakeService, an_entry

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FIELD = "#search-words"
COUNT = "#search-count"
HAS_FOCUS = "() => document.activeElement.id"
# Letter by letter in one go: between key presses a busy machine may pause for longer than the search waits.
TYPE_AT_ONCE = """(field, text) => {
    for (const letter of text) {
        field.value += letter;
        field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }
}"""


@pytest.fixture(scope="module")
def service() -> FakeService:
    aides = [an_entry(f"aide-{number}", question=f"Ai-je droit à l'aide {number} ?") for number in range(1, 13)]
    return FakeService(an_entry(), *aides)


@pytest.fixture(scope="module")
def noa(service: FakeService, htmx_folder: Path) -> Iterator[str]:
    with served(create_app(service, static_dir=htmx_folder)) as address:
        yield address


@pytest.fixture(autouse=True)
def _as_new(service: FakeService) -> None:
    service.searched.clear()
    service.asked.clear()
    service.error = None


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    context = browser.new_context(locale="fr-FR")
    yield context.new_page()
    context.close()


@pytest.fixture
def plain_page(browser: "Browser") -> "Iterator[Page]":
    context = browser.new_context(locale="fr-FR", java_script_enabled=False)
    yield context.new_page()
    context.close()


def said(page: "Page", text: str) -> None:
    page.locator(COUNT, has_text=re.compile(f"^{re.escape(text)}$")).wait_for()


def test_results_follow_what_is_typed_and_the_focus_stays(page: "Page", noa: str, service: FakeService) -> None:
    page.goto(f"{noa}/recherche")
    page.locator(FIELD).press_sequentially("marque")
    said(page, "1 fiche")

    assert page.locator(".found mark").all_inner_texts()[0] == "marque"
    assert page.evaluate(HAS_FOCUS) == "search-words"
    assert page.url == f"{noa}/recherche?q=marque"
    assert page.locator(COUNT).get_attribute("role") == "status"
    assert service.asked == []


def test_a_fresh_load_keeps_the_words_and_what_they_found(page: "Page", noa: str) -> None:
    page.goto(f"{noa}/recherche")
    page.locator(FIELD).press_sequentially("marque")
    said(page, "1 fiche")
    page.reload()

    assert page.locator(FIELD).input_value() == "marque"
    assert page.locator(".found > li").count() == 1


def test_the_one_field_of_the_start_page_searches_too(page: "Page", noa: str, service: FakeService) -> None:
    page.goto(noa)
    page.locator("#question").fill("marque")
    page.locator(".search-instead button").click()
    page.locator(".found").wait_for()

    assert page.url == f"{noa}/recherche?q=marque"
    assert service.asked == []


def test_the_filter_of_a_theme_follows_what_is_typed(page: "Page", noa: str) -> None:
    page.goto(f"{noa}/themes/propriete-intellectuelle")
    page.locator(FIELD).press_sequentially("aide 12")
    said(page, "1 question sur 13")

    assert page.locator("#search-results a").all_inner_texts() == ["Ai-je droit à l'aide 12 ?"]
    assert page.evaluate(HAS_FOCUS) == "search-words"
    assert page.url == f"{noa}/themes/propriete-intellectuelle?q=aide+12"


def test_only_the_last_of_several_letters_typed_fast_is_searched_for(
    page: "Page", noa: str, service: FakeService
) -> None:
    page.goto(f"{noa}/recherche")
    page.locator(FIELD).evaluate(TYPE_AT_ONCE, "marque")
    said(page, "1 fiche")

    assert [search[0] for search in service.searched] == ["marque"]


def test_an_older_search_that_comes_late_is_not_shown(
    page: "Page", noa: str, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick, is_over = service.search, threading.Event()

    def slow_for_aide(typed: str, **options: Any) -> Found:
        if typed == "aide":
            is_over.wait(2)
        return quick(typed, **options)

    monkeypatch.setattr(service, "search", slow_for_aide)
    page.goto(f"{noa}/recherche")
    page.locator(FIELD).fill("aide")
    page.wait_for_timeout(400)
    page.locator(FIELD).fill("marque")
    said(page, "1 fiche")
    is_over.set()
    page.wait_for_timeout(400)

    assert page.locator(COUNT).inner_text() == "1 fiche"


def test_escape_empties_the_field_and_the_results(page: "Page", noa: str) -> None:
    page.goto(f"{noa}/recherche")
    page.locator(FIELD).press_sequentially("marque")
    page.locator(".found").wait_for()
    page.keyboard.press("Escape")
    page.locator(".found").wait_for(state="detached")

    assert page.locator(FIELD).input_value() == ""
    assert page.locator(COUNT).inner_text() == ""
    assert page.evaluate(HAS_FOCUS) == "search-words"


def test_a_problem_is_told_without_taking_the_focus(page: "Page", noa: str, service: FakeService) -> None:
    page.goto(f"{noa}/recherche")
    service.error = Saturated()
    page.locator(FIELD).press_sequentially("marque")
    said(page, "Noa reçoit trop de questions à la fois")

    assert page.evaluate(HAS_FOCUS) == "search-words"
    assert page.locator(FIELD).input_value() == "marque"


def test_a_lost_connection_is_told(page: "Page", noa: str) -> None:
    page.goto(f"{noa}/recherche")
    page.context.set_offline(True)
    page.locator(FIELD).press_sequentially("marque")

    said(page, "La connexion semble coupée. Vos mots sont toujours dans le champ.")


def test_the_next_page_takes_the_focus_to_its_heading(page: "Page", noa: str) -> None:
    page.goto(f"{noa}/recherche")
    page.locator(FIELD).press_sequentially("aide")
    page.locator(".found-pages button").click()
    page.locator("[data-focus]:focus").wait_for()

    assert page.locator("[data-focus]").inner_text() == "Fiches trouvées, page 2 sur 2"
    assert page.locator(".found > li").count() == 2
    assert page.url == f"{noa}/recherche?q=aide&page=2"


def test_without_javascript_a_page_is_found_turned_left_and_come_back_to(
    plain_page: "Page", noa: str, service: FakeService
) -> None:
    page = plain_page
    page.goto(f"{noa}/recherche")
    page.locator(FIELD).fill("aide")
    page.locator(".entry-search .primary").click()
    assert page.locator(COUNT).inner_text() == "12 fiches"
    page.locator(".found-pages button").click()
    assert page.locator(".found > li").count() == 2
    page.locator(".found a").first.click()
    assert page.url == f"{noa}/entrees/aide-11"
    page.go_back()

    assert page.locator(".found > li").count() == 2
    assert page.locator(FIELD).input_value() == "aide"
