"""The form stays in reach: on a phone without scrolling, through a conversation and after a reload, with and without
JavaScript."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from noa_rag.answering.shown_again import ShownAgain
from noa_rag.domain.answer import Answer
from noa_rag.domain.question import Ask, Language
from noa_rag.web.app import create_app
from tests.browser.conftest import NOTING_VIOLATIONS, served
from tests.web.fake_service import FakeService, a_host_site, an_entry

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LEAST_LINES = 12
# The lines of an answer's own text that are wholly in sight, above the form.
LINES_IN_SIGHT = """() => {
  const foot = document.querySelector(".ask").getBoundingClientRect().top, lines = new Set();
  const exchange = [...document.querySelectorAll(".exchange")].pop();
  for (const prose of exchange.querySelectorAll(".prose")) {
    const texts = document.createTreeWalker(prose, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const range = document.createRange();
      range.selectNodeContents(texts.currentNode);
      for (const { top, bottom, width } of range.getClientRects())
        if (width && texts.currentNode.data.trim() && top >= 0 && bottom <= foot) lines.add(Math.round(top / 8));
    }
  }
  return [exchange.getBoundingClientRect().top, lines.size];
}"""
PHONES = {"small phone": (320, 568), "phone": (390, 844)}
ENTRY = an_entry(answer="\n\n".join(f"Paragraphe {number}. " + "Des mots. " * 20 for number in range(1, 15)))
FRAME = f"/widget/{a_host_site().key}"


class Remembering(FakeService):
    """Gives each question a number of its own, and shows it again by that."""

    def ask(self, ask: Ask) -> Answer:
        return replace(super().ask(ask), question_id=f"q-{len(self.asked)}")

    def shown_again(self, question_id: str, *, page: Language | None = None) -> ShownAgain:
        request = self.asked[int(question_id.removeprefix("q-")) - 1]
        return ShownAgain(request.text, replace(self.answer, question_id=question_id))


@pytest.fixture(scope="module")
def service() -> FakeService:
    return Remembering(ENTRY)


@pytest.fixture(scope="module")
def noa(service: FakeService, htmx_folder: Path) -> Iterator[str]:
    with served(create_app(service, static_dir=htmx_folder)) as address:
        yield address


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def page(browser: "Browser", request: pytest.FixtureRequest, service: FakeService) -> "Iterator[Page]":
    service.asked.clear()
    context = browser.new_context(locale="fr-FR", java_script_enabled=request.param, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def ask(page: "Page", question: str, *, count: int = 1) -> None:
    page.locator("#question").fill(question)
    page.locator(".ask .primary").click()
    page.locator(".exchange").nth(count - 1).wait_for()


def is_in_sight(page: "Page", selector: str) -> bool:
    box, size = page.locator(selector).bounding_box(), page.viewport_size
    assert size is not None
    return box is not None and box["y"] >= 0 and box["y"] + box["height"] <= size["height"]


@pytest.mark.parametrize("size", PHONES.values(), ids=PHONES)
@pytest.mark.parametrize("start", ["/", FRAME])
def test_a_phone_shows_the_button_at_the_start_and_after_each_answer(
    page: "Page", noa: str, start: str, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(noa + start)
    assert is_in_sight(page, ".ask .primary")
    assert not page.locator("#region").is_visible()

    for count, question in enumerate(("une question", "une autre"), start=1):
        ask(page, question, count=count)

        assert is_in_sight(page, ".ask .primary")
        form = page.locator(".ask").bounding_box()
        assert form is not None
        assert form["height"] <= size[1] / 2
    page.locator(".permalink a").last.focus()
    assert is_in_sight(page, ".permalink a:focus")
    link = page.locator(".permalink a:focus").bounding_box()
    assert link is not None
    assert form is not None
    assert link["y"] + link["height"] <= form["y"] + 1


@pytest.mark.parametrize("start", ["/", "/en/", FRAME])
def test_a_phone_shows_twelve_lines_of_each_answer_at_once(
    page: "Page", noa: str, service: FakeService, start: str
) -> None:
    page.set_viewport_size({"width": 360, "height": 780})
    page.goto(noa + start)
    usual = service.answer
    for count, understood in enumerate(("", "Comment déposer une marque ? et combien ça coûte ?"), start=1):
        service.answer = replace(usual, understood_as=understood)
        ask(page, "et combien ça coûte ?" if understood else "comment déposer une marque ?", count=count)
        page.wait_for_timeout(100)

        top, lines = page.evaluate(LINES_IN_SIGHT)
        assert 0 <= top <= 24
        assert lines >= LEAST_LINES
    service.answer = usual


def test_on_a_phone_the_form_is_one_line_until_somebody_writes(page: "Page", noa: str) -> None:
    page.set_viewport_size({"width": 360, "height": 780})
    page.goto(noa)
    ask(page, "une question")

    line, button = page.locator(".ask").bounding_box(), page.get_by_role("button", name="Poser la question")
    assert line is not None
    assert line["height"] <= 80
    size = button.bounding_box()
    assert size is not None
    assert min(size["width"], size["height"]) >= 44
    page.locator("#question").click()
    page.locator(".situation summary").click()
    page.locator("#region").select_option("FR-BRE")
    assert page.locator(".privacy").is_visible()
    page.locator("#question").fill("et à Brest ?")
    page.locator(".exchange .voucher").last.click()
    button.click()
    page.locator(".exchange").nth(1).wait_for()


def test_the_form_stands_aside_while_somebody_says_what_was_wrong(page: "Page", noa: str) -> None:
    page.set_viewport_size({"width": 360, "height": 780})
    page.goto(noa)
    ask(page, "une question")
    position = "(form) => getComputedStyle(form).position"
    assert page.locator(".ask").evaluate(position) == "sticky"

    page.locator(".feedback-no summary").click()
    page.locator(".feedback-no textarea").fill("Il manque le prix.")

    assert page.locator(".ask").evaluate(position) == "static"


@pytest.mark.parametrize("size", PHONES.values(), ids=PHONES)
@pytest.mark.parametrize("start", ["", FRAME])
def test_a_phone_shows_the_button_under_a_long_entry(page: "Page", noa: str, start: str, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{noa}{start}/entrees/{ENTRY.id}")

    assert is_in_sight(page, ".ask .primary")
    ask(page, "une question")
    assert is_in_sight(page, ".ask .primary")


def test_at_400_percent_nothing_is_pinned_over_the_text(page: "Page", noa: str) -> None:
    page.set_viewport_size({"width": 320, "height": 256})
    page.goto(noa)
    ask(page, "une question")

    assert (
        not is_in_sight(page, ".ask .primary")
        or page.locator(".ask").evaluate("(form) => getComputedStyle(form).position") == "static"
    )


def test_structured_data_is_no_script_to_the_content_policy(browser: "Browser", noa: str) -> None:
    context = browser.new_context(locale="fr-FR")
    context.add_init_script(NOTING_VIOLATIONS)
    page = context.new_page()
    page.goto(f"{noa}/entrees/{ENTRY.id}")

    assert page.locator("script[type='application/ld+json']").count() == 1
    assert page.evaluate("JSON.parse(document.querySelector('script[type*=json]').textContent)['@graph'].length") == 1
    assert page.evaluate("window.violations") == []
    context.close()


def test_an_answer_is_copied_with_who_vouches_for_it(browser: "Browser", noa: str, service: FakeService) -> None:
    context = browser.new_context(locale="fr-FR", permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(noa)
    ask(page, "une question")

    page.get_by_role("button", name="Copier le texte").click()
    page.get_by_role("status").filter(has_text="Texte copié").wait_for()
    assert page.get_by_role("button", name="Texte copié").is_visible()

    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Comment déposer une marque ?")
    assert "Institut national de la propriété industrielle" in copied
    assert "Paragraphe 14." in copied
    assert copied.endswith("/entrees/deposer-une-marque")
    page.get_by_role("button", name="Copier le texte").wait_for()  # it says again what it does
    assert page.get_by_role("status").filter(has_text="Texte copié").count() == 0
    context.close()


def test_one_note_tells_the_conversation_and_is_copied(browser: "Browser", noa: str, service: FakeService) -> None:
    context = browser.new_context(locale="fr-FR", permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(noa)
    ask(page, "une marque ?")
    ask(page, "et combien ?", count=2)

    page.locator(".note summary").click()
    page.get_by_role("button", name="Copier la note").click()
    page.get_by_role("status").filter(has_text="Note copiée").wait_for()

    copied = page.evaluate("navigator.clipboard.readText()")
    assert page.locator(".note").count() == 1
    assert [line for line in copied.splitlines() if line.startswith("Ma question")] == [
        "Ma question : une marque ?",
        "Ma question : et combien ?",
    ]
    page.reload()
    assert page.locator(".note textarea").input_value() == copied
    context.close()
