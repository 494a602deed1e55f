"""The control of accounts in a real browser: seen, and confirmed by keyboard alone, with what a screen reader says."""

from typing import TYPE_CHECKING

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.people import PersonId, Role
from noa_rag.service.office import Office
from tests.chromium import NEEDS_CHROMIUM
from tests.review_ui.browsing import findings, signed_in, tab_to

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = NEEDS_CHROMIUM


def check(page: "Page") -> None:
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert findings(page) == []


def test_a_coordinator_sees_what_an_administrator_gave_herself_and_confirms_it_by_keyboard_alone(
    browser: "Browser", address: str, office: Office
) -> None:
    roles = [Role.ADMINISTRATOR, Role.REFERENT]
    office.people.set_roles(PersonId("adele"), roles, [AgencyId("inpi")], actor="adele")
    page = signed_in(browser, address, "carla")
    part = page.get_by_role("region", name="Contrôle des comptes")
    assert "1 compte attend une confirmation." in part.inner_text()
    check(page)

    page.goto(f"{address}/revue/changements")
    assert page.get_by_role("region", name="À confirmer (1)").get_by_text("son propre compte").count() == 1
    check(page)
    tab_to(page, "button", "Confirmer Adèle Faure")
    page.keyboard.press("Enter")
    page.get_by_role("region", name="À confirmer (0)").wait_for()

    said = page.get_by_text("Le changement est confirmé : ce compte peut décider.")
    assert said.evaluate("node => node.closest('[role=status]') === document.activeElement")  # a reader begins there
    adele = office.people.person(PersonId("adele"))
    assert adele is not None
    assert adele.unconfirmed == ()
    page.context.close()
