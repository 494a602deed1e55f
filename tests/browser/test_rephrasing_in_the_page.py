"""The official answer is there at once; a verified rephrasing takes its place, said once, and the focus stays."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from noa_rag.domain.answer import Answer
from noa_rag.domain.rephrasing import CheckedSentence, Rephrasing, RephrasingOutcome
from noa_rag.rephrasing.steps import rephrased
from noa_rag.web.app import create_app
from tests.browser.conftest import served
from tests.web.fake_service import FakeService, an_answer, an_entry

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OFFICIAL = "Le dépôt se fait **en ligne**, sur [le site de l'INPI](https://www.inpi.fr). Il coûte 190 €."
SENTENCE = CheckedSentence("Vous déposez votre marque en ligne.", "Le dépôt se fait **en ligne**")
SHOWN = Rephrasing("model", "rephrase-chat-1", RephrasingOutcome.SHOWN, (SENTENCE,))


class SlowService(FakeService):
    """Rephrases when it is let, as a model takes its time; tells whether the visitor left meanwhile."""

    def __init__(self) -> None:
        super().__init__(an_entry(answer=OFFICIAL))
        self.let = threading.Event()
        self.has_left = threading.Event()
        self.is_asked = threading.Event()

    def rephrase(
        self, question_id: str, *, is_cancelled: Callable[[], bool], show: Callable[[Answer], None] | None = None
    ) -> Answer | None:
        self.is_asked.set()
        for sentence in self.rephrased_so_far if show else ():
            show(sentence)
        until = time.monotonic() + 20
        while not self.let.is_set() and time.monotonic() < until:
            if is_cancelled():
                self.has_left.set()
                return None
            time.sleep(0.02)
        return self.rephrased


@pytest.fixture
def service() -> SlowService:
    service = SlowService()
    service.rephrased = rephrased(an_answer(an_entry(answer=OFFICIAL)), SHOWN)
    return service


@pytest.fixture
def address(service: SlowService, htmx_folder: Path) -> Iterator[str]:
    with served(create_app(service, static_dir=htmx_folder)) as address:
        yield address


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    context = browser.new_context(locale="fr-FR", viewport={"width": 320, "height": 800})
    yield context.new_page()
    context.close()


def ask(page: "Page", address: str) -> None:
    page.goto(address)
    page.locator("#question").fill("comment déposer une marque ?")
    page.locator("form.ask button.primary").click()
    page.wait_for_selector(".card.answer")


def test_the_official_text_is_read_first_and_the_rephrasing_then_stands_above_it(
    page: "Page", address: str, service: SlowService
) -> None:
    ask(page, address)
    assert "Il coûte 190\u00a0€" in page.locator(".answer-body").inner_text()
    focused = page.evaluate("document.activeElement.className")

    service.let.set()
    page.wait_for_selector(".rephrased")

    body = page.locator(".answer-body").inner_text()
    assert "Vous déposez votre marque en ligne." in body
    assert body.index("Vous déposez votre marque") < body.index("Texte officiel") < body.index("Il coûte 190")
    assert page.locator("[data-status]").first.inner_text().startswith("Réponse reformulée")
    assert page.evaluate("document.activeElement.className") == focused
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_each_sentence_appears_as_soon_as_it_is_verified(page: "Page", address: str, service: SlowService) -> None:
    second = CheckedSentence("Il coûte 190 euros.", "Il coûte 190 €")
    service.rephrased_so_far = [service.rephrased] if service.rephrased else []
    service.rephrased = rephrased(an_answer(an_entry(answer=OFFICIAL)), replace(SHOWN, sentences=(SENTENCE, second)))
    ask(page, address)

    page.wait_for_selector(".rephrased")
    first = page.locator(".answer-body").inner_text()
    said = page.locator("[data-status]").first.inner_text()
    service.let.set()
    page.wait_for_selector("text=Il coûte 190 euros.")

    assert "Vous déposez votre marque en ligne." in first
    assert "190 euros" not in first
    assert said == ""
    assert page.locator(".cited").count() == 2
    assert page.locator("[data-status]").first.inner_text().startswith("Réponse reformulée")
    assert page.locator("form.rephrase").count() == 0


def test_whoever_leaves_is_not_written_for(address: str, service: SlowService) -> None:
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{address}/reformuler/q-1", headers={"HX-Request": "true"}, timeout=0.5)

    assert service.is_asked.is_set()
    assert service.has_left.wait(5)
