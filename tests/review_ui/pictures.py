"""`make pictures`: the pictures in docs/images, taken from the pages as they are.

A visitor is answered and another asked back, a referent looks through the queue and at a draft. The chart of the
replayed crisis is drawn by `noa replay crisis --chart`.
"""

import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from noa_rag.knowledge.pack import read_pack
from tests.chromium import CHROMIUM, NO_CHROMIUM, opened_chromium
from tests.conftest import BUNDLED_KNOWLEDGE
from tests.review_ui.day import AMENDED, drafts_prepared, sign_in
from tests.review_ui.running_service import Service, running_service
from tests.shared_model import REPOSITORY

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

IMAGES = REPOSITORY / "docs" / "images"
ANSWERED = "combien coûte le dépôt d'une marque en France ?"
UNSURE = "protéger mon logo"
WIDE, NARROW, PHONE = (1280, 1070), (960, 640), (320, 800)  # width and height, in CSS pixels


def main() -> None:
    """Take every picture; an outcome that is not what its caption says ends the command."""
    if CHROMIUM is None:
        sys.exit(NO_CHROMIUM)
    pack = read_pack(BUNDLED_KNOWLEDGE)
    with (
        TemporaryDirectory() as folder,
        running_service(Path(folder), pack) as service,
        opened_chromium() as browser,
    ):
        _of_an_answer(browser, service, ANSWERED, WIDE, "answer", said="Agence responsable")
        _of_an_answer(browser, service, UNSURE, PHONE, "phone", said="La fiche la plus proche")
        drafts_prepared(browser, service)
        _of_the_workspace(browser, service)


def _of_an_answer(
    browser: "Browser", service: Service, question: str, size: tuple[int, int], name: str, *, said: str
) -> None:
    page = browser.new_context(viewport=_viewport(size), locale="fr-FR", reduced_motion="reduce").new_page()
    page.goto(service.url)
    page.get_by_role("textbox").first.fill(question)
    page.get_by_role("button", name="Poser la question").click()
    page.get_by_text(said).first.wait_for()
    page.wait_for_load_state("networkidle")
    page.evaluate("window.scrollTo(0, 0)")
    _keep(page, name)


def _of_the_workspace(browser: "Browser", service: Service) -> None:
    page = sign_in(browser, service, "ines")
    page.set_viewport_size(_viewport(NARROW))
    page.goto(f"{service.url}/revue?agency=all")
    _keep(page, "queue")
    page.goto(f"{service.url}/revue")
    page.locator(".row-title a", has_text=re.compile("soleau", re.IGNORECASE)).first.click()
    page.get_by_label("Réponse").first.fill(AMENDED)
    page.get_by_role("button", name="Ce que cela changerait").click()
    page.get_by_role("heading", name="L'avis de l'évaluation rapide").wait_for(timeout=180_000)
    page.set_viewport_size(_viewport(WIDE))
    page.locator("#effects-title").evaluate("title => title.scrollIntoView({ block: 'center' })")
    _keep(page, "draft")


def _keep(page: "Page", name: str) -> None:
    """Write what the window shows."""
    page.screenshot(path=IMAGES / f"{name}.png")


def _viewport(size: tuple[int, int]) -> "ViewportSize":
    return {"width": size[0], "height": size[1]}


if __name__ == "__main__":
    main()
