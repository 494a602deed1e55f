"""The widget on a page of another origin, in a real browser: opened, asked, closed, by mouse and by keyboard alone."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from noa_rag.domain.integrations import Origin
from noa_rag.web.app import create_app
from tests.browser.conftest import page_with_widget, served, widget_frame
from tests.web.fake_service import INPI, FakeService, a_host_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Frame, Page

QUESTION = "Comment déposer une marque ?"
OPEN, CLOSE = "Une question ? Demandez à Noa", "Fermer"


@dataclass
class Stage:
    """A Noa, a host site's page on another origin, and another page with the same script that no site names."""

    service: FakeService
    noa: str
    host: str
    stranger: str
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def visit(self, context: "BrowserContext", address: str | None = None) -> "Page":
        """Return a page at the host site, with what it asks for and complains of written down from now on."""
        page = context.new_page()
        self.requests.clear()
        self.errors.clear()
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        page.goto(address or self.host, wait_until="load")
        return page


@pytest.fixture(scope="module")
def stage(htmx_folder: Path) -> Iterator[Stage]:
    service, key = FakeService(), a_host_site().key
    with (
        served(create_app(service, static_dir=htmx_folder)) as noa,
        page_with_widget(noa, key) as host,
        page_with_widget(noa, key) as stranger,
    ):
        site = a_host_site(origins=(Origin(host.rstrip("/")),), region="FR-BRE", greeting_fr="Bonjour, artisans")
        service.hosts = {key: site}
        yield Stage(service, noa, host, stranger)


@pytest.fixture
def context(browser: "Browser") -> "Iterator[BrowserContext]":
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="fr-FR")
    yield context
    context.close()


def opened(page: "Page") -> "Frame":
    """Press the button as a mouse does, and return the frame once its question can be typed."""
    page.get_by_role("button", name=OPEN).click()
    return frame_of(page)


def frame_of(page: "Page") -> "Frame":
    frame = widget_frame(page)
    frame.locator("#question:focus").wait_for()
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.tagName") == "IFRAME"
    return frame


def test_nothing_is_asked_for_or_stored_before_the_visitor_opens_it(stage: Stage, context: "BrowserContext") -> None:
    page = stage.visit(context)
    page.get_by_role("button", name=OPEN).wait_for()
    page.wait_for_load_state("networkidle")

    assert [request for request in stage.requests if not request.startswith(stage.host)] == [f"{stage.noa}/widget.js"]
    assert context.storage_state() == {"cookies": [], "origins": []}
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert page.evaluate("indexedDB.databases().then((all) => all.length)") == 0
    assert page.get_by_role("button", name=OPEN).get_attribute("aria-expanded") == "false"
    assert stage.errors == []


def test_a_question_is_asked_and_answered_on_the_other_sites_page(stage: Stage, context: "BrowserContext") -> None:
    page = stage.visit(context)
    frame = opened(page)
    assert page.get_by_role("button", name=OPEN).get_attribute("aria-expanded") == "true"
    assert frame.get_by_role("heading", level=1).inner_text() == "Bonjour, artisans"

    frame.locator("#question").fill(QUESTION)
    frame.get_by_role("button", name="Poser la question").click()
    frame.locator(".exchange .answer").wait_for()

    assert INPI.name in frame.locator(".exchange .voucher").inner_text()
    request = stage.service.asked[-1]
    assert (request.site, request.region, request.text) == (a_host_site().key, "FR-BRE", QUESTION)
    hosts = {request.split("/")[2] for request in stage.requests}
    assert hosts == {stage.noa.split("/")[2], stage.host.split("/")[2]}
    assert context.storage_state() == {"cookies": [], "origins": []}
    assert stage.errors == []


def test_sources_open_in_a_new_tab_and_say_so(stage: Stage, context: "BrowserContext") -> None:
    frame = opened(stage.visit(context))
    frame.locator("#question").fill(QUESTION)
    frame.get_by_role("button", name="Poser la question").click()
    frame.locator(".voucher summary").click()
    source = frame.locator(".sources a").first
    source.wait_for()

    assert source.get_attribute("target") == "_blank"
    assert "nouvel onglet" in (source.text_content() or "")
    about = frame.get_by_role("link", name="À propos de Noa (nouvel onglet)")
    with context.expect_page() as opening:
        about.click()
    assert opening.value.url == f"{stage.noa}/a-propos"


def test_the_whole_journey_goes_by_keyboard_alone(stage: Stage, context: "BrowserContext") -> None:
    page = stage.visit(context)
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement?.shadowRoot?.activeElement?.className") == "open":
            break
    page.keyboard.press("Enter")
    frame = frame_of(page)

    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    frame.locator(".exchange .answer").wait_for()
    frame.locator(".asked:focus").wait_for()
    seen = []
    for _ in range(30):
        page.keyboard.press("Tab")
        if frame.locator(".voucher:not([open]) > summary:focus").count():
            page.keyboard.press("Enter")
        seen.append(
            frame.evaluate("document.activeElement?.closest('.sources') ? 'source' : document.activeElement?.value")
        )
        if seen[-1] == "yes":
            break
    page.keyboard.press("Enter")
    frame.locator(".thanks").wait_for()

    assert "source" in seen
    assert stage.service.feedback[-1] == ("q-1", True, None, "")


def test_escape_closes_and_the_focus_returns_to_the_button(stage: Stage, context: "BrowserContext") -> None:
    page = stage.visit(context)
    opened(page)

    page.keyboard.press("Escape")

    page.locator("#noa-widget dialog").wait_for(state="hidden")
    button = page.get_by_role("button", name=OPEN)
    assert button.get_attribute("aria-expanded") == "false"
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.className") == "open"


def test_a_page_that_no_site_names_is_refused_by_the_browser_and_shows_a_link(
    stage: Stage, context: "BrowserContext"
) -> None:
    page = stage.visit(context, stage.stranger)
    page.get_by_role("button", name=OPEN).click()
    link = page.get_by_role("link", name="Ouvrir Noa (nouvel onglet)")
    link.wait_for(timeout=15_000)

    assert any("frame-ancestors" in error for error in stage.errors), stage.errors
    assert page.get_by_role("alert").inner_text() == "Noa ne peut pas s'afficher ici."
    assert link.get_attribute("href") == f"{stage.noa}/widget/{a_host_site().key}"


def test_a_message_from_another_window_is_not_heeded(stage: Stage, context: "BrowserContext") -> None:
    page = stage.visit(context)
    frame = opened(page)

    page.evaluate("window.postMessage({noa: 'close'}, '*')")
    frame.evaluate("window.postMessage({noa: 'opened', focus: true}, '*')")
    page.wait_for_timeout(300)

    assert page.locator("#noa-widget dialog").is_visible()


@pytest.mark.parametrize(("width", "height"), [(320, 700), (320, 256)], ids=["phone", "zoomed to 400 %"])
def test_on_a_small_screen_the_panel_fills_it_and_nothing_sticks_out(
    stage: Stage, context: "BrowserContext", width: int, height: int
) -> None:
    page = stage.visit(context)
    page.set_viewport_size({"width": width, "height": height})
    frame = opened(page)
    frame.locator("#question").fill(QUESTION)
    frame.get_by_role("button", name="Poser la question").click()
    frame.locator(".exchange .answer").wait_for()

    box = page.locator("#noa-widget dialog").bounding_box()
    assert box == {"x": 0, "y": 0, "width": width, "height": height}
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert frame.evaluate("document.documentElement.scrollWidth") <= width
    page.keyboard.press("Escape")
    page.locator("#noa-widget dialog").wait_for(state="hidden")


def test_without_javascript_a_link_leads_to_the_whole_journey(stage: Stage, browser: "Browser") -> None:
    context = browser.new_context(java_script_enabled=False, locale="fr-FR")
    page = stage.visit(context)
    page.get_by_role("link", name="Posez votre question à Noa").click()

    page.get_by_label("Votre question").fill(QUESTION)
    page.get_by_role("button", name="Poser la question").click()
    assert page.locator(".sources a").count() >= 1
    assert stage.service.asked[-1].site == a_host_site().key
    page.get_by_role("button", name="Oui").click()

    assert page.url == f"{stage.noa}/widget/{a_host_site().key}/avis/merci"
    context.close()
