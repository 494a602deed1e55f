"""Signing in as a referent meets it, in a real browser: second factors, and the end of a session."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pyotp
import pytest
from sqlalchemy import update

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.people import PersonId
from noa_rag.service.office import Office, open_provider
from noa_rag.storage.tables import sessions
from tests.browser.test_journeys import tab_to
from tests.chromium import NEEDS_CHROMIUM
from tests.oidc.proconnect import INES, INPI, proconnect
from tests.review_ui.browsing import a_page, fill_in, findings
from tests.review_ui.desk_helpers import a_kept_draft

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WRITTEN = "La marque se renouvelle tous les dix ans, **six mois avant** l'échéance au plus tôt."
pytestmark = NEEDS_CHROMIUM


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def scripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def page(browser: "Browser", scripts: bool) -> "Iterator[Page]":
    page = a_page(browser, scripts=scripts)
    yield page
    page.context.close()


def let_half_an_hour_pass(office: Office) -> None:
    ago = datetime.now(UTC) - timedelta(minutes=31)
    with office.noa.records.database.writing() as connection:
        connection.execute(update(sessions).values(seen_at=ago))


def test_what_was_being_written_as_the_session_ended_is_kept_and_sent_after_signing_in_again(
    page: "Page", address: str, office: Office
) -> None:
    draft = a_kept_draft(office)
    page.goto(f"{address}/revue/brouillons/{draft.id}")
    fill_in(page)
    page.locator("#editor [name=answer]").fill(WRITTEN)
    let_half_an_hour_pass(office)

    page.get_by_role("button", name="Enregistrer le brouillon").click()
    page.get_by_role("heading", name="Votre session a expiré").wait_for()
    fill_in(page)
    page.get_by_role("heading", name="Reprendre votre envoi").wait_for()
    assert page.locator("[name=answer]").input_value() == WRITTEN
    page.get_by_role("button", name="Enregistrer le brouillon").click()
    page.locator("#editor").wait_for()

    assert office.store.draft(draft.id).content.answer == WRITTEN


def test_a_search_beside_the_editor_leaves_the_text_alone_when_the_session_has_ended(
    browser: "Browser", address: str, office: Office
) -> None:
    draft = a_kept_draft(office)
    page = a_page(browser)
    page.goto(f"{address}/revue/brouillons/{draft.id}")
    fill_in(page)
    page.locator("#editor [name=answer]").fill(WRITTEN)
    let_half_an_hour_pass(office)

    page.get_by_label("Chercher une autre fiche").fill("marque")
    page.get_by_label("Chercher une autre fiche").press("Enter")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Se reconnecter dans un nouvel onglet").click()
    fill_in(opened.value)
    opened.value.get_by_role("heading", name="À traiter").wait_for()
    page.get_by_role("button", name="Enregistrer le brouillon").click()
    page.get_by_role("heading", name="Reprendre votre envoi").wait_for()

    assert page.locator("[name=answer]").input_value() == WRITTEN
    page.context.close()


def test_a_second_factor_is_set_up_and_given_by_keyboard_alone(page: "Page", address: str, scripts: bool) -> None:
    page.goto(f"{address}/revue/compte")
    fill_in(page)
    page.get_by_role("heading", name="Votre compte", exact=True).wait_for()
    tab_to(page, "form[action$='/second-facteur'] button")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Ajouter un second facteur").wait_for()
    assert page.get_by_role("img", name="QR code de la clé").bounding_box()["width"] > 200
    phone = pyotp.TOTP(page.locator("code.hash").inner_text().replace(" ", ""))
    if scripts:  # axe needs them
        assert findings(page) == []
    tab_to(page, "#code")
    page.keyboard.type(phone.now())
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Vos codes de secours").wait_for()
    recovery = page.locator(".recovery-codes code").all_inner_texts()
    assert len(recovery) == 10
    if scripts:  # axe needs them
        assert findings(page) == []

    page.context.clear_cookies()
    page.goto(f"{address}/revue/fiches")
    fill_in(page)
    page.get_by_role("heading", name="Code de connexion").wait_for()
    assert page.locator("#code:focus").count() == 1
    if scripts:  # axe needs them
        assert findings(page) == []
    page.keyboard.type(recovery[0])
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Fiches", exact=True).wait_for()
    page.goto(f"{address}/revue/compte")
    assert page.get_by_text("Il vous reste 9 codes de secours.").is_visible()
    if scripts:  # axe needs them
        assert findings(page) == []


def test_signing_in_at_the_provider_and_out_again_passes_cookies_and_content_policy(
    page: "Page", address: str, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # of the provider's own library: it listens without TLS
    with proconnect() as there:
        there.register(f"{address}/revue/connexion/oidc/retour")
        there.know(INES)
        settings = replace(
            office.noa.settings,
            base_url=address,
            oidc_issuer=there.issuer,
            oidc_client_id=there.client_id,
            oidc_client_secret=there.client_secret,
        )
        monkeypatch.setattr(office.noa, "settings", settings)
        monkeypatch.setattr(office, "provider", open_provider(settings))
        monkeypatch.setattr(office.identities, "_organisations", {INPI: AgencyId("inpi")})
        office.noa.records.identities.set_email(
            PersonId("ines"), str(INES.claims["email"]), actor="adele", at=datetime.now(UTC)
        )

        page.goto(f"{address}/revue/fiches")
        page.get_by_role("link", name="Se connecter avec ProConnect").click()
        page.locator("[name=sub]").first.fill(INES.sub)
        page.locator("[name=sub]").first.press("Enter")
        page.get_by_role("heading", name="Fiches", exact=True).wait_for()
        page.locator(".account summary").click()
        page.get_by_role("button", name="Se déconnecter").click()
        page.wait_for_url(f"{there.issuer}/oauth2/end_session?id_token_hint=*")
        page.goto(f"{address}/revue/fiches")
        page.get_by_role("heading", name="Se connecter").wait_for()
