"""The control of accounts in a real browser: seen, and confirmed by keyboard alone, with what a screen reader says."""

import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from litestar import Litestar

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.people import PersonId, Role
from noa_rag.service.office import Office
from tests.chromium import NEEDS_CHROMIUM, opened_chromium
from tests.review_ui.review_people import PASSWORD

sync_api = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")
TABS_AT_MOST = 60
WIDTHS = (320, 1280)
pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def address(app: Litestar) -> Iterator[str]:
    """The address of the application, served until the test is over."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(30)


@pytest.fixture
def page() -> "Iterator[sync_api.Page]":
    with opened_chromium() as browser:
        yield browser.new_page(locale="fr-FR")


def press(page: "sync_api.Page", name: str) -> None:
    """Go to a button with the keyboard, and press it."""
    button = page.get_by_role("button", name=name, exact=True)
    for _ in range(TABS_AT_MOST):
        page.keyboard.press("Tab")
        if button.evaluate("node => node === document.activeElement"):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"{name} cannot be reached with the keyboard")


def check(page: "sync_api.Page") -> None:
    """Nothing is wider than the screen, and axe finds nothing wrong."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = axe.Axe().run(page).response["violations"]
    assert not found, [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found]


def test_a_coordinator_sees_what_an_administrator_gave_herself_and_confirms_it_by_keyboard_alone(
    address: str, page: "sync_api.Page", office: Office
) -> None:
    roles = [Role.ADMINISTRATOR, Role.REFERENT]
    office.people.set_roles(PersonId("adele"), roles, [AgencyId("inpi")], actor="adele")
    page.goto(f"{address}/revue")
    page.get_by_label("Identifiant").fill("carla")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.keyboard.press("Enter")
    part = page.get_by_role("region", name="Contrôle des comptes")
    part.wait_for()
    assert "1 compte attend une confirmation." in part.inner_text()
    check(page)

    page.goto(f"{address}/revue/changements")
    assert page.get_by_role("region", name="À confirmer (1)").get_by_text("son propre compte").count() == 1
    check(page)
    press(page, "Confirmer Adèle Faure")
    page.get_by_role("region", name="À confirmer (0)").wait_for()

    said = page.get_by_text("Le changement est confirmé : ce compte peut décider.")
    assert said.evaluate("node => node.closest('[role=status]') === document.activeElement")  # a reader begins there
    adele = office.people.person(PersonId("adele"))
    assert adele is not None
    assert adele.unconfirmed == ()
    page.goto(f"{address}/en/revue/changements")
    assert page.get_by_role("region", name="To confirm (0)").count() == 1
    check(page)
