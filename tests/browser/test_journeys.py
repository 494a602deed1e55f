"""The whole journey on Noa's own pages: by keyboard alone, and without JavaScript."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from noa_rag.web.app import create_app
from tests.browser.conftest import served
from tests.web.fake_service import FakeService, a_clarification, an_entry

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OTHER = an_entry("acre", question="Ai-je droit à l'ACRE ?")
MOST_STOPS = 60


@pytest.fixture(scope="module")
def service() -> FakeService:
    return FakeService(an_entry(), OTHER)


@pytest.fixture(scope="module")
def noa(service: FakeService, htmx_folder: Path) -> Iterator[str]:
    with served(create_app(service, static_dir=htmx_folder)) as address:
        yield address


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def page(browser: "Browser", request: pytest.FixtureRequest) -> "Iterator[Page]":
    context = browser.new_context(locale="fr-FR", java_script_enabled=request.param)
    yield context.new_page()
    context.close()


def tab_to(page: "Page", selector: str) -> int:
    """Press Tab until that element has the focus, and return how often; a mouse is never used."""
    wanted = page.locator(f":is({selector}):focus")
    for stop in range(1, MOST_STOPS):
        page.keyboard.press("Tab")
        if wanted.count():
            return stop
    raise AssertionError(f"{selector} cannot be reached with the keyboard")


def test_a_question_is_asked_read_and_judged_by_keyboard_alone(page: "Page", noa: str, service: FakeService) -> None:
    service.feedback.clear()
    page.goto(noa)

    assert tab_to(page, ".skip") == 1
    tab_to(page, "#question")
    page.keyboard.type("Comment protéger ma marque ?")
    tab_to(page, ".ask .primary")
    page.keyboard.press("Enter")
    page.locator(".exchange .answer").wait_for()
    assert service.asked[-1].text == "Comment protéger ma marque ?"
    tab_to(page, ".voucher summary")
    page.keyboard.press("Enter")
    tab_to(page, ".sources a")
    tab_to(page, ".feedback-yes button")
    page.keyboard.press("Enter")
    page.get_by_text("Merci pour votre avis").first.wait_for()

    assert service.feedback == [("q-1", True, None, "")]


def test_a_no_is_explained_by_keyboard_alone(page: "Page", noa: str, service: FakeService) -> None:
    service.feedback.clear()
    page.goto(f"{noa}/reponse/q-1")

    tab_to(page, ".feedback-no summary")
    page.keyboard.press("Enter")
    tab_to(page, ".feedback-no input[type=radio]")
    page.keyboard.press("ArrowDown")
    tab_to(page, ".feedback-no textarea")
    page.keyboard.type("Il manque le prix.")
    tab_to(page, ".feedback-no button")
    page.keyboard.press("Enter")
    page.get_by_text("Merci pour votre avis").first.wait_for()

    assert service.feedback == [("q-1", False, "incomplete", "Il manque le prix.")]


def test_one_of_several_entries_is_chosen_by_keyboard_alone(page: "Page", noa: str, service: FakeService) -> None:
    usual, service.answer = service.answer, a_clarification(an_entry(), OTHER)
    service.taken.clear()  # what was chosen before is shown again, below the choice
    page.goto(f"{noa}/reponse/q-2")

    tab_to(page, ".choices li:nth-child(2) button")
    page.keyboard.press("Enter")
    page.locator(".entry-question", has_text="ACRE").wait_for()
    service.answer = usual

    assert service.taken[-1] == ("q-2", "acre")


def test_the_focus_goes_to_the_answer_and_a_second_question_follows(browser: "Browser", noa: str) -> None:
    page = browser.new_context(locale="fr-FR").new_page()
    page.goto(noa)
    for count in (1, 2):
        page.locator("#question").focus()
        page.keyboard.type("Comment protéger ma marque ?")
        page.keyboard.press("Enter")
        page.locator(".exchange").nth(count - 1).locator(".asked:focus").wait_for()

    assert page.locator(".exchange").count() == 2
    page.context.close()


def ask(page: "Page", question: str) -> None:
    page.locator("#question").fill(question)
    page.locator(".ask .primary").click()
    page.locator(".exchange .answer").last.wait_for()


def test_reloading_and_going_back_ask_nothing_again(page: "Page", noa: str, service: FakeService) -> None:
    service.asked.clear()
    page.goto(noa)
    ask(page, "Comment protéger ma marque, au 06 12 34 56 78 ?")
    assert page.url.removesuffix("#reponse") == f"{noa}/reponse/q-1"

    page.reload()
    page.locator(".exchange .answer").wait_for()
    page.goto(f"{noa}/a-propos")
    page.go_back()
    page.locator(".exchange .answer").wait_for()
    page.go_forward()
    page.go_back()
    page.locator(".exchange .answer").wait_for()

    assert len(service.asked) == 1
    assert "06 12" not in page.content()


def test_a_verdict_may_be_given_after_a_reload(page: "Page", noa: str, service: FakeService) -> None:
    service.feedback.clear()
    page.goto(noa)
    ask(page, "Comment protéger ma marque ?")
    page.reload()

    page.locator(".feedback-yes button").click()
    page.get_by_text("Merci pour votre avis").first.wait_for()

    assert service.feedback == [("q-1", True, None, "")]


def test_a_link_that_holds_a_question_asks_it_with_one_press(page: "Page", noa: str, service: FakeService) -> None:
    service.asked.clear()
    page.goto(f"{noa}/?q=Comment+prot%C3%A9ger+ma+marque+%3F")
    assert service.asked == []
    page.locator("#question:focus").wait_for()

    tab_to(page, ".ask .primary")
    page.keyboard.press("Enter")
    page.locator(".exchange .answer").wait_for()

    assert [question.text for question in service.asked] == ["Comment protéger ma marque ?"]
    assert page.url.removesuffix("#reponse") == f"{noa}/reponse/q-1"
