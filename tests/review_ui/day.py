"""What people do in the browser on a day: visitors ask, a referent signs in and has drafts prepared."""

from typing import TYPE_CHECKING

import httpx

from tests.review_ui.running_service import PASSWORD, Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AMENDED = (
    "Déposez une **e-Soleau** sur [le site de l'INPI](https://www.inpi.fr) : vous recevez aussitôt un récépissé daté."
    "\n\nCette preuve donne une date certaine à votre création. Elle ne donne pas de droit exclusif."
)
SOLEAU = (
    "C'est quoi l'enveloppe Soleau ?",
    "comment dater ma création avec une enveloppe soleau",
    "enveloppe soleau en ligne comment faire",
    "Je veux une enveloppe Soleau pour prouver la date de mon idée",
)
EORI = (
    "Comment obtenir un numéro EORI ?",
    "numéro EORI démarche",
    "numero eori douane comment faire",
)


def ask(browser: "Browser", service: Service, question: str) -> str:
    """Ask as a visitor of her own, say that it did not help if nothing was answered, and return what she read."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(service.url)
    page.get_by_role("textbox").first.fill(question)
    page.get_by_role("button", name="Poser la question").click()
    exchange = page.locator(".exchange").last
    exchange.wait_for()
    page.wait_for_load_state("networkidle")
    said = exchange.inner_text()
    context.close()
    return said


def answer_of(service: Service, question: str) -> dict[str, object]:
    said: dict[str, object] = httpx.post(f"{service.url}/api/v1/ask", json={"question": question}, timeout=30).json()
    return said


def sign_in(browser: "Browser", service: Service, name: str) -> "Page":
    page = browser.new_context(viewport={"width": 1280, "height": 900}, locale="fr-FR").new_page()
    page.goto(f"{service.url}/revue")
    page.get_by_label("Identifiant").fill(name)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_role("heading", name="À traiter").wait_for()
    return page


def drafts_prepared(browser: "Browser", service: Service) -> None:
    """Ask what nobody could answer, and have a referent prepare the drafts."""
    for question in (*SOLEAU, *EORI):
        ask(browser, service, question)
        given = answer_of(service, question)
        assert given["status"] != "answered", question
        # Of a few words the base's neighbours are offered; that none of them is it, she says herself.
        verdict = {"question_id": given["question_id"], "is_useful": False}
        httpx.post(f"{service.url}/api/v1/feedback", json=verdict, timeout=30).raise_for_status()
    page = sign_in(browser, service, "ines")
    page.get_by_role("button", name="Préparer les brouillons").click()
    page.locator(".said").wait_for(timeout=120_000)
    page.context.close()
