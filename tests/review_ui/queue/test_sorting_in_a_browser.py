"""The queue, its pile "hors champ" and a line, in a real browser: at all widths, by keyboard, without scripts."""

from typing import TYPE_CHECKING

import pytest

from noa_rag.domain.people import PersonId
from noa_rag.domain.queue import ItemId
from noa_rag.service.office import Office
from tests.chromium import NEEDS_CHROMIUM
from tests.review_ui.browsing import ENLARGED, PHONE, SCRIPTS, WIDE, findings, signed_in, tab_to
from tests.review_ui.desk_helpers import a_kept_draft, a_kept_group
from tests.review_ui.queue.test_sorting_pages import out_of_scope

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = NEEDS_CHROMIUM
LONG = "est-ce-que-la-chambre-intercommunale-de-reconciliation-anticonstitutionnellement-saisie peut écrire mon poème"
ASIDE = "/revue?etat=out_of_scope"


@pytest.fixture(autouse=True)
def group(office: Office) -> str:
    """A group that was split, spoken of and put into somebody's hands; three that are out of scope; a draft."""
    a_kept_draft(office)
    made_group = a_kept_group(
        office, ["comment déposer un brevet", "comment déposer un brevet", "brevet ou marque", LONG]
    )
    a_kept_group(office, ["brevet européen"])
    for text in ("quel temps demain", "formule excel", LONG):
        out_of_scope(office, text)
    ines, item = PersonId("ines"), ItemId(made_group.id)
    office.queue_desk.split(ines, made_group.id, [made_group.failures[2].asked.question_id])
    office.queue_desk.assign(ines, item, ines)
    office.queue_desk.comment(ines, item, "À voir avec l'INPI.")
    return made_group.id


@pytest.mark.parametrize("size", [WIDE, PHONE, ENLARGED], ids=["wide", "phone", "at 400 %"])
def test_queue_pile_and_line_have_no_violation_at_any_width(
    browser: "Browser", address: str, group: str, size: tuple[int, int]
) -> None:
    page = signed_in(browser, address, size=size)

    for path in ("/revue?agency=all", ASIDE, f"/revue/groupes/{group}", "/revue/compte", "/revue?q=zzzz"):
        page.goto(f"{address}{path}")
        assert findings(page, "light", "dark") == [], path
    page.goto(f"{address}{ASIDE}")
    page.get_by_role("button", name="Écarter la sélection").click()
    page.get_by_text("Cochez d'abord").wait_for()
    assert findings(page) == []
    page.context.close()


def test_what_is_out_of_scope_is_dismissed_and_brought_back_by_keyboard_alone(browser: "Browser", address: str) -> None:
    page = signed_in(browser, address, size=PHONE)
    page.goto(f"{address}/revue?agency=all")

    tab_to(page, "a", "Hors champ 3")
    page.keyboard.press("Enter")
    page.wait_for_url("**etat=out_of_scope**")
    tab_to(page, "input", f"Choisir : {LONG}")
    page.keyboard.press("Space")
    tab_to(page, "button", "Écarter la sélection")
    page.keyboard.press("Enter")
    page.wait_for_url("**fait=ecarte**")
    assert page.locator(".rows .row-title").count() == 2
    tab_to(page, "button", "Annuler")
    page.keyboard.press("Enter")
    page.wait_for_url("**fait=annule**")
    page.goto(f"{address}{ASIDE}")
    assert page.locator(".rows .row-title").count() == 3
    page.context.close()


@SCRIPTS
def test_filters_are_folded_on_a_phone_and_open_on_a_wide_screen(
    browser: "Browser", address: str, scripts: bool
) -> None:
    page = signed_in(browser, address, scripts=scripts, size=PHONE)
    agency = page.get_by_label("Agence", exact=True)
    assert not agency.is_visible()
    folded = page.locator(".rows > li").first.bounding_box()

    page.get_by_text("Filtres", exact=True).click()

    assert agency.is_visible()
    opened = page.locator(".rows > li").first.bounding_box()
    assert folded
    assert opened
    assert opened["y"] - folded["y"] > 400
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    page.reload()
    assert agency.is_visible()
    assert not page.get_by_text("Filtres", exact=True).is_visible()
    page.context.close()


def test_a_line_is_split_merged_and_put_to_sleep_without_javascript(
    browser: "Browser", address: str, group: str
) -> None:
    page = signed_in(browser, address, scripts=False, size=PHONE)
    page.goto(f"{address}/revue/groupes/{group}")

    page.get_by_text("Scinder le groupe").click()
    page.locator("#split-2").check()
    page.get_by_role("button", name="Scinder").click()
    page.get_by_text("Le groupe est scindé").wait_for()
    page.get_by_text("Réunir avec un autre groupe").click()
    page.locator("#merge-1").check()
    page.get_by_role("button", name="Réunir").click()
    page.get_by_text("Les deux groupes n'en font plus qu'un").wait_for()
    page.locator("#sleep-title > summary").click()
    page.get_by_role("button", name="7 jours").click()
    page.get_by_text("C'est mis en sommeil").wait_for()
    page.context.close()
