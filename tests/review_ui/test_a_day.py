"""A day in a real browser: ten visitors ask what nobody knows, and in the evening Noa does."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from noa_rag.knowledge.pack import Pack
from tests.chromium import NEEDS_CHROMIUM
from tests.review_ui.day import AMENDED, SOLEAU, answer_of, ask, drafts_prepared, sign_in
from tests.review_ui.running_service import Service, running_service
from tests.shared_model import REPOSITORY

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

axe = pytest.importorskip("axe_playwright_python.sync_playwright")
PICTURES = REPOSITORY / "build" / "pictures"
WIDTHS = (320, 1280)
PAGES = {
    "ines": ("/revue/fiches", "/revue/fiches/nouvelle", "/revue/fiches/deposer-une-marque"),
    "carla": ("/revue/comite", "/revue/journal", "/revue/bandeau", "/revue/interrupteurs"),
    "quentin": ("/revue/qualite", "/revue/qualite/questions"),
    "adele": ("/revue/personnes", "/revue/regles", "/revue/sites"),
}

pytestmark = [pytest.mark.model, *NEEDS_CHROMIUM]


@pytest.fixture(scope="module")
def service(bundled_pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running_service(tmp_path_factory.mktemp("day"), bundled_pack) as service:
        yield service


def picture(page: "Page", name: str) -> None:
    """Keep the page as it is on a phone and on a desk: nothing wider than the screen, nothing that axe finds wrong."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} pixels wide on a screen of {width}"
        page.screenshot(path=str(PICTURES / f"{name}-{width}.png"), full_page=True)
    violations = axe.Axe().run(page).response["violations"]
    assert not violations, [(shot["id"], [node["html"][:120] for node in shot["nodes"]]) for shot in violations]


@pytest.fixture(scope="module")
def morning(service: Service, browser: "Browser") -> Service:
    """The service after questions that nobody could answer, and with the drafts that a referent had prepared."""
    drafts_prepared(browser, service)
    return service


def test_a_question_that_nobody_could_answer_is_answered_in_the_evening(morning: Service, browser: "Browser") -> None:
    service = morning
    # The referent of the INPI finds hers among the drafts of every agency.
    page = sign_in(browser, service, "ines")
    page.goto(f"{service.url}/revue?agency=all")
    picture(page, "queue")
    rows = page.locator(".rows .row-title").all_inner_texts()
    assert any("soleau" in row.lower() for row in rows), rows
    assert any("eori" in row.lower() for row in rows), rows
    page.goto(f"{service.url}/revue")
    page.locator(".row-title a", has_text=re.compile("soleau", re.IGNORECASE)).first.click()
    draft_address = page.url

    # A referent of another agency reads it, and may not touch it.
    other = sign_in(browser, service, "dora")
    other.goto(draft_address)
    assert other.get_by_role("button", name="Approuver et publier").count() == 0
    token = other.locator("input[name=_csrf]").first.get_attribute("value") or ""
    refused = other.request.post(f"{draft_address}/approuver", form={"_csrf": token, "revision": "1"})
    assert refused.status == 403
    picture(other, "other-agency")

    # Where the library hardly speaks of it, she writes the answer; she looks at what would change, and approves.
    page.get_by_role("heading", name="Textes officiels").wait_for()
    page.get_by_label("Réponse").first.fill(AMENDED)
    page.get_by_role("button", name="Ce que cela changerait").click()
    page.get_by_role("heading", name="L'avis de l'évaluation rapide").wait_for(timeout=180_000)
    picture(page, "draft")
    page.get_by_label("Sources officielles").fill("e-Soleau | https://www.inpi.fr/e-soleau")
    page.get_by_role("button", name="Approuver et publier").click()
    published = page.get_by_text("la fiche est en ligne").first
    published.or_(page.locator("#spoilt")).first.wait_for(timeout=180_000)
    if page.locator("#spoilt").count():  # a new entry may rightly take a question from its neighbour
        picture(page, "spoilt")
        for box in page.locator("[name=acknowledged]").all():
            box.check()
        page.get_by_role("button", name="Approuver et publier").click()
    published.wait_for(timeout=180_000)
    picture(page, "approved")
    match = re.search(r"(\d+) des (\d+) questions sont maintenant répondues", page.content())
    assert match is not None
    assert int(match[1]) > 0

    # The same questions are answered, with the approved bytes.
    answers = [answer_of(service, question) for question in SOLEAU]
    answered = [answer for answer in answers if answer["status"] == "answered"]
    assert len(answered) >= len(SOLEAU) // 2, [answer["status"] for answer in answers]
    assert {question["official_text"] for question in answered} == {AMENDED}
    assert "vous recevez aussitôt un récépissé daté" in ask(browser, service, SOLEAU[0])

    # Each page, as its people see it.
    for name, paths in PAGES.items():
        page = sign_in(browser, service, name)
        for path in paths:
            page.goto(f"{service.url}{path}")
            assert page.get_by_role("heading", level=1).count() == 1, path
            picture(page, f"{name}{path.replace('/revue', '').replace('/', '-')}")

    # What was done can be verified.
    verified = service.command("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
