"""The workspace in a real browser: somebody signed in, what axe finds, and the way there by keyboard."""

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import NOTING_VIOLATIONS
from tests.review_ui.review_people import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDE, PHONE, ENLARGED = (1280, 900), (320, 700), (320, 256)  # the last is 1280 by 1024 pixels at 400 %
SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])


def a_page(browser: "Browser", *, scripts: bool = True, size: tuple[int, int] = WIDE) -> "Page":
    """Return a page that notes what goes against its content policy; its context is the test's to close."""
    context = browser.new_context(locale="fr-FR", java_script_enabled=scripts, reduced_motion="reduce")
    context.set_default_timeout(20_000)
    if scripts:
        context.add_init_script(NOTING_VIOLATIONS)
    page = context.new_page()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    return page


def fill_in(page: "Page", name: str = "ines") -> None:
    """Fill the form of the sign-in in, and send it."""
    page.get_by_label("Identifiant").fill(name)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()


def signed_in(
    browser: "Browser", address: str, name: str = "ines", *, scripts: bool = True, size: tuple[int, int] = WIDE
) -> "Page":
    """Return the queue's page as somebody sees it who has just signed in."""
    page = a_page(browser, scripts=scripts, size=size)
    page.goto(f"{address}/revue")
    fill_in(page, name)
    page.get_by_role("heading", name="À traiter").wait_for()
    return page


def findings(page: "Page", *schemes: str) -> list[object]:
    """Return what axe finds, what goes against the content policy, and what is too wide."""
    from axe_playwright_python.sync_playwright import Axe

    violations: list[object] = list(page.evaluate("window.violations"))
    over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    violations += [f"{over} pixels wider than the screen"] if over > 0 else []
    for scheme in schemes or ("light",):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        response = Axe().run(page).response
        assert response["passes"], "axe looked at nothing"
        violations += [
            (scheme, violation["id"], [node["html"][:140] for node in violation["nodes"]])
            for violation in response["violations"]
        ]
    return violations


def tab_to(page: "Page", tag: str, name: str) -> None:
    """Press Tab until what has this name has the focus, which must be to be seen then."""
    label = "(e) => (e.labels?.[0] ?? e).textContent.replace(/\\s+/g, ' ').trim()"
    size = page.viewport_size
    assert size is not None
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate_handle("document.activeElement").as_element()
        assert focused is not None
        if focused.evaluate("(e) => e.localName") == tag and focused.evaluate(label).startswith(name):
            box = focused.bounding_box()
            assert box is not None
            assert 0 <= box["y"] <= size["height"] - box["height"], f"{name} has the focus out of sight"
            return
    raise AssertionError(f"no {tag} called {name} is reached by Tab")
