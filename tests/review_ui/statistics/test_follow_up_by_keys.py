"""The keys of the follow-up, in a real browser: periods, parts, and the list of keys."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from litestar import Litestar

from noa_rag.service.office import Office
from tests.browser.conftest import served
from tests.chromium import NEEDS_CHROMIUM
from tests.review_ui.desk_helpers import a_kept_draft, a_kept_group
from tests.review_ui.review_people import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

axe = pytest.importorskip("axe_playwright_python.sync_playwright")
pytestmark = NEEDS_CHROMIUM
FOCUSED = "document.activeElement.textContent.trim()"


@pytest.fixture
def address(app: Litestar, office: Office) -> Iterator[str]:
    group = a_kept_group(office, ["renouveler une marque", "prolonger une marque"])
    a_kept_draft(office, group_id=group.id, created_at=datetime.now(UTC) - timedelta(hours=1))
    with served(app) as address:
        yield address


def follow_up(browser: "Browser", address: str, *, scripts: bool = True) -> "Page":
    """Return today's follow-up, as a coordinator sees it on a narrow screen."""
    context = browser.new_context(locale="fr-FR", java_script_enabled=scripts)
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(f"{address}/revue")
    page.get_by_label("Identifiant").fill("carla")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_role("heading", name="À traiter").wait_for()
    page.goto(f"{address}/revue/suivi")
    return page


def test_keys_lead_from_period_to_period(browser: "Browser", address: str) -> None:
    page = follow_up(browser, address)

    today = page.url

    page.keyboard.press("p")
    page.wait_for_url(lambda url: url != today)
    page.keyboard.press("s")
    page.wait_for_url(today)
    page.context.close()


def test_keys_lead_through_periods_and_parts_and_open_the_list_of_keys(browser: "Browser", address: str) -> None:
    page = follow_up(browser, address)
    today = page.url
    page.keyboard.press("p")
    page.wait_for_url(lambda url: url != today)
    page.keyboard.press("s")
    page.wait_for_url(today)

    parts = page.locator(".part-fold > summary").all_inner_texts()
    assert parts[-1] == "La base"
    for expected in (*parts, parts[-1]):  # the last has none after it
        page.keyboard.press("j")
        assert page.evaluate(FOCUSED) == expected
    body = page.locator("#base")
    assert not body.is_visible()
    page.keyboard.press("o")
    body.wait_for(state="visible")
    page.keyboard.press("Tab")  # into the part, from where it is closed too
    page.keyboard.press("o")
    body.wait_for(state="hidden")
    assert page.evaluate(FOCUSED) == parts[-1]
    page.keyboard.press("k")
    assert page.evaluate(FOCUSED) == parts[-2]

    page.locator("#agence").focus()
    page.keyboard.press("p")
    assert page.url == today  # what is typed in a field is no key
    page.locator("h1").click()
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Touches du clavier").wait_for()
    assert page.locator("#keys kbd").all_inner_texts() == ["s", "p", "j", "k", "o", "?"]
    violations = axe.Axe().run(page).response["violations"]
    assert not violations, [
        (violation["id"], [node["html"][:120] for node in violation["nodes"]]) for violation in violations
    ]
    page.keyboard.press("Escape")
    page.locator("#keys").wait_for(state="hidden")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.context.close()


def test_without_javascript_the_list_is_a_page(browser: "Browser", address: str) -> None:
    page = follow_up(browser, address, scripts=False)

    page.get_by_role("link", name="Touches du clavier").click()

    page.get_by_role("heading", name="Sur la page du suivi").wait_for()
    assert page.locator("kbd").count() == 11
    page.context.close()
