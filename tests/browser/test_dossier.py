"""« Mon dossier » in a browser: what is ticked stays there, and nowhere else."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from noa_rag.domain.entry import EntryId, JourneyStep
from noa_rag.web.app import create_app
from tests.browser.conftest import served
from tests.web.fake_service import FakeService, an_entry

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

STEPS = tuple(JourneyStep(f"Étape {letter}.") for letter in "abc")
BAR, VTC = "entrees/bar", "entrees/vtc"
TICKS = "[data-tick]"


@pytest.fixture(scope="module")
def service() -> FakeService:
    return FakeService(
        an_entry("bar", question="Ouvrir un bar ?", steps=STEPS), an_entry("vtc", question="Devenir VTC ?", steps=STEPS)
    )


@pytest.fixture(scope="module")
def noa(service: FakeService, htmx_folder: Path) -> Iterator[str]:
    with served(create_app(service, static_dir=htmx_folder)) as address:
        yield address


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    context = browser.new_context(locale="fr-FR")
    yield context.new_page()
    context.close()


def tick(page: "Page", address: str, *numbers: int) -> None:
    page.goto(address)
    for number in numbers:
        page.locator(TICKS).nth(number).press("Space")


def done(page: "Page") -> list[bool]:
    return [box.is_checked() for box in page.locator(TICKS).all()]


def test_what_was_ticked_by_keyboard_is_there_again_and_was_sent_nowhere(page: "Page", noa: str) -> None:
    sent: list[str] = []
    tick(page, f"{noa}/{BAR}", 0, 2)
    page.on("request", lambda request: sent.append(f"{request.method} {request.url} {request.post_data}"))
    page.locator(TICKS).nth(1).press("Space")
    page.locator(TICKS).nth(0).press("Space")
    assert sent == []
    page.reload()

    assert done(page) == [False, True, True]
    assert page.locator("[data-done]").inner_text() == "2/3"
    assert page.context.cookies() == []


def test_the_page_gathers_the_lists_begun_until_they_are_forgotten(page: "Page", noa: str) -> None:
    tick(page, f"{noa}/{BAR}", 0)
    tick(page, f"{noa}/{VTC}", 1)
    page.goto(f"{noa}/dossier")
    page.locator(".dossier-list").nth(1).wait_for()
    assert page.locator(".dossier-list h2").all_inner_texts() == ["Ouvrir un bar ?", "Devenir VTC ?"]
    assert done(page) == [True, False, False, False, True, False]

    page.locator("[data-forget=bar]").click()
    page.locator(".dossier-list").nth(1).wait_for(state="detached")
    assert page.locator(".dossier-list h2").all_inner_texts() == ["Devenir VTC ?"]

    page.locator("[data-forget='']").click()
    page.locator(".dossier-list").wait_for(state="detached")
    assert page.locator("#dossier-empty").is_visible()
    assert page.evaluate("localStorage.length") == 0


def test_a_step_that_says_something_else_since_is_no_longer_done(
    page: "Page", noa: str, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick(page, f"{noa}/{BAR}", 0, 1)
    changed = (JourneyStep("Autre chose."), *STEPS[1:])
    monkeypatch.setitem(service.entries, EntryId("bar"), an_entry("bar", question="Ouvrir un bar ?", steps=changed))
    page.goto(f"{noa}/dossier")
    page.locator(".dossier-list").wait_for()

    assert done(page) == [False, True, False]


@pytest.mark.parametrize("kept", ["{", "[1]", '{"bar": "x"}', "null"])
def test_storage_that_holds_something_else_is_an_empty_file(page: "Page", noa: str, kept: str) -> None:
    page.goto(f"{noa}/dossier")
    page.evaluate("(kept) => localStorage.setItem('noa-dossier', kept)", kept)
    page.reload()

    page.locator("#dossier-empty").wait_for()
    tick(page, f"{noa}/{BAR}", 1)
    assert done(page) == [False, True, False]


def test_without_javascript_a_list_is_a_plain_one_and_the_page_says_what_it_needs(browser: "Browser", noa: str) -> None:
    context = browser.new_context(locale="fr-FR", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{noa}/{BAR}")
    assert page.locator(".steps > li").count() == 3
    assert page.locator(".tick >> visible=true").count() == 0
    page.goto(f"{noa}/dossier")

    assert "a besoin de JavaScript" in page.inner_text("main")
    assert page.locator("#dossier-empty").is_hidden()
    context.close()
