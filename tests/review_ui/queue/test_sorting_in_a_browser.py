"""The queue, its pile "hors champ" and a line, in a real browser: at all widths, by keyboard, without scripts."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from litestar import Litestar

from noa_rag.domain.people import PersonId
from noa_rag.domain.queue import ItemId
from noa_rag.service.noa import Noa
from noa_rag.service.office import Office
from noa_rag.web.app import create_app
from review_ui.part import part_of
from tests.browser.conftest import NOTING_VIOLATIONS, served
from tests.chromium import NEEDS_CHROMIUM
from tests.review_ui.desk_helpers import a_kept_draft, a_kept_group
from tests.review_ui.queue.test_sorting_pages import out_of_scope
from tests.review_ui.review_people import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

axe = pytest.importorskip("axe_playwright_python.sync_playwright")
pytestmark = NEEDS_CHROMIUM
WIDE, PHONE, ENLARGED = (1280, 900), (320, 700), (320, 256)  # the last is 1280 by 1024 pixels at 400 %
PICTURES = Path(__file__).parents[3] / "build" / "pictures"
LONG = "est-ce-que-la-chambre-intercommunale-de-reconciliation-anticonstitutionnellement-saisie peut écrire mon poème"
ASIDE = "/revue?etat=out_of_scope"


@pytest.fixture
def app(noa: Noa, office: Office, htmx_folder: Path) -> Litestar:
    """The application with htmx itself."""
    return create_app(noa, static_dir=htmx_folder, parts=[part_of(office)])


@pytest.fixture
def group(office: Office) -> str:
    """A group that was split, spoken of and put into somebody's hands; three that are out of scope; a draft."""
    a_kept_draft(office)
    kept = a_kept_group(office, ["comment déposer un brevet", "comment déposer un brevet", "brevet ou marque", LONG])
    a_kept_group(office, ["brevet européen"])
    for text in ("quel temps demain", "formule excel", LONG):
        out_of_scope(office, text)
    ines, item = PersonId("ines"), ItemId(kept.id)
    office.queue_desk.split(ines, kept.id, [kept.failures[2].asked.question_id])
    office.queue_desk.assign(ines, item, ines)
    office.queue_desk.comment(ines, item, "À voir avec l'INPI.")
    return kept.id


@pytest.fixture
def address(app: Litestar, group: str) -> Iterator[str]:
    with served(app) as address:
        yield address


def signed_in(browser: "Browser", address: str, *, scripts: bool = True, size: tuple[int, int] = WIDE) -> "Page":
    context = browser.new_context(locale="fr-FR", java_script_enabled=scripts, reduced_motion="reduce")
    context.set_default_timeout(20_000)
    if scripts:
        context.add_init_script(NOTING_VIOLATIONS)
    page = context.new_page()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{address}/revue")
    page.get_by_label("Identifiant").fill("ines")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_role("heading", name="À traiter").wait_for()
    return page


def findings(page: "Page") -> list[object]:
    """Return what axe finds in light and in dark, what goes against the content policy, and what is too wide."""
    found: list[object] = list(page.evaluate("window.violations"))
    over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    found += [f"{over} pixels wider than the screen"] if over > 0 else []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        response = axe.Axe().run(page).response
        assert response["passes"], "axe looked at nothing"
        found += [(scheme, one["id"], [node["html"][:140] for node in one["nodes"]]) for one in response["violations"]]
    page.emulate_media(color_scheme="light")
    return found


@pytest.mark.parametrize("size", [WIDE, PHONE, ENLARGED], ids=["wide", "phone", "at 400 %"])
def test_queue_pile_and_line_have_no_violation_at_any_width(
    browser: "Browser", address: str, group: str, size: tuple[int, int]
) -> None:
    page = signed_in(browser, address, size=size)
    PICTURES.mkdir(parents=True, exist_ok=True)

    for name, path in {
        "queue": "/revue?agency=all",
        "aside": ASIDE,
        "line": f"/revue/dossiers/{group}",
        "account": "/revue/compte",
        "none": "/revue?q=zzzz",
    }.items():
        page.goto(f"{address}{path}")
        assert findings(page) == [], path
        page.screenshot(path=str(PICTURES / f"sorting-{name}-{size[0]}x{size[1]}.png"), full_page=True)
    page.goto(f"{address}{ASIDE}")
    page.get_by_role("button", name="Écarter la sélection").click()
    page.get_by_text("Cochez d'abord").wait_for()
    assert findings(page) == []
    page.context.close()


def test_what_is_out_of_scope_is_dismissed_and_brought_back_by_keyboard_alone(browser: "Browser", address: str) -> None:
    page = signed_in(browser, address, size=PHONE)
    page.goto(f"{address}/revue?agency=all")

    to(page, "a", "Hors champ 3")
    page.keyboard.press("Enter")
    page.wait_for_url("**etat=out_of_scope**")
    to(page, "input", f"Choisir : {LONG}")
    page.keyboard.press("Space")
    to(page, "button", "Écarter la sélection")
    page.keyboard.press("Enter")
    page.wait_for_url("**fait=ecarte**")
    assert page.locator(".rows .row-title").count() == 2
    to(page, "button", "Annuler")
    page.keyboard.press("Enter")
    page.wait_for_url("**fait=annule**")
    page.goto(f"{address}{ASIDE}")
    assert page.locator(".rows .row-title").count() == 3
    page.context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_pile_is_dismissed_in_bulk_and_undone(browser: "Browser", address: str, scripts: bool) -> None:
    page = signed_in(browser, address, scripts=scripts, size=PHONE)
    page.goto(f"{address}{ASIDE}")

    page.get_by_role("button", name="Écarter toute la page").click()
    page.get_by_text("C'est écarté.").wait_for()
    assert page.get_by_text("Inès Martin a écarté 3 groupes").is_visible()
    page.get_by_role("button", name="Annuler").first.click()
    page.get_by_text("C'est annulé").wait_for()

    page.goto(f"{address}{ASIDE}")
    assert page.locator(".rows .row-title").count() == 3
    page.context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
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


def test_filters_changed_in_place_are_the_ones_that_are_saved_and_the_tab_follows(
    browser: "Browser", address: str
) -> None:
    page = signed_in(browser, address)
    assert page.locator(".tabs [aria-current]").inner_text().startswith("À traiter")

    page.get_by_label("Agence", exact=True).select_option("none")
    page.wait_for_url("**agency=none**")

    assert page.locator(".tabs [aria-current]").inner_text().startswith("Agence à trouver")
    page.get_by_text("Filtres enregistrés").click()
    page.get_by_label("Enregistrer les filtres ci-dessus sous le nom").fill("À trouver")
    page.get_by_role("button", name="Enregistrer").click()
    page.wait_for_url("**fait=vue**")
    assert "agency=none" in (page.get_by_role("link", name="À trouver", exact=True).first.get_attribute("href") or "")
    page.context.close()


def test_a_line_is_split_merged_and_put_to_sleep_without_javascript(
    browser: "Browser", address: str, group: str
) -> None:
    page = signed_in(browser, address, scripts=False, size=PHONE)
    page.goto(f"{address}/revue/dossiers/{group}")

    page.locator("#split-2").check()
    page.get_by_role("button", name="Scinder").click()
    page.get_by_text("Le groupe est scindé").wait_for()
    page.locator("#merge-1").check()
    page.get_by_role("button", name="Réunir").click()
    page.get_by_text("Les deux groupes n'en font plus qu'un").wait_for()
    page.get_by_role("button", name="7 jours").click()
    page.get_by_text("C'est mis en sommeil").wait_for()
    page.context.close()


def to(page: "Page", tag: str, name: str) -> None:
    """Press Tab until what has this name has the focus, which must be to be seen then."""
    told = "(e) => (e.labels?.[0] ?? e).textContent.replace(/\\s+/g, ' ').trim()"
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate_handle("document.activeElement").as_element()
        assert focused is not None
        if focused.evaluate("(e) => e.localName") == tag and focused.evaluate(told).startswith(name):
            box = focused.bounding_box()
            assert box is not None
            assert 0 <= box["y"] <= PHONE[1] - box["height"], f"{name} has the focus out of sight"
            return
    raise AssertionError(f"no {tag} called {name} is reached by Tab")
