"""Security keys in a real browser, with its virtual authenticator in the place of a key of hardware."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from noa_rag.domain.people import PersonId
from noa_rag.review.security_keys import RelyingParty
from noa_rag.service.office import Office
from tests.browser.test_journeys import tab_to
from tests.chromium import NEEDS_CHROMIUM
from tests.review_ui.browsing import a_page, fill_in, findings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def address(address: str, office: Office, monkeypatch: pytest.MonkeyPatch) -> str:
    """The public address: browsers take no number for the name of a host."""
    address = address.replace("127.0.0.1", "localhost")
    monkeypatch.setattr(office.security_keys, "party", RelyingParty.at(address))
    return address


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    page = a_page(browser)
    yield page
    page.context.close()


def check(page: "Page") -> None:
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert findings(page) == []


class Key:
    """The authenticator of a page, which answers as soon as it is asked."""

    def __init__(self, page: "Page") -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "usb",
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        added = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self._which = {"authenticatorId": added["authenticatorId"]}

    def forget(self) -> None:
        """Answer to nothing any more, as a key that was left at home."""
        self._session.send("WebAuthn.clearCredentials", self._which)


def register(page: "Page", address: str) -> list[str]:
    """Register a key by keyboard alone, and return the recovery codes."""
    page.goto(f"{address}/revue/compte")
    fill_in(page)
    page.get_by_role("heading", name="Votre compte", exact=True).wait_for()
    check(page)
    tab_to(page, "form[action$='/compte/cles'] button")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Ajouter une clé de sécurité").wait_for()
    check(page)
    tab_to(page, "#name")
    page.keyboard.type("clé bleue")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Vos codes de secours").wait_for()
    return page.locator(".recovery-codes code").all_inner_texts()


def to_the_door(page: "Page", address: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{address}/revue/fiches")
    fill_in(page)
    page.get_by_role("heading", name="Clé de sécurité, ou code").wait_for()


def test_a_key_is_registered_and_opens_the_door_by_keyboard_alone(page: "Page", address: str, office: Office) -> None:
    Key(page)
    assert len(register(page, address)) == 10

    to_the_door(page, address)
    assert page.locator("[data-key-button]:focus").count() == 1
    assert page.get_by_text("Une clé demande JavaScript").is_hidden()
    check(page)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Fiches", exact=True).wait_for()

    page.goto(f"{address}/revue/compte")
    assert page.get_by_text("Clé « clé bleue », ajoutée le").is_visible()
    check(page)
    factor = office.second_factor.of(PersonId("ines"))
    assert factor is not None
    (key,) = factor.keys
    assert key.used_at is not None
    assert key.sign_count > 1
    assert key.transports == ("usb",)


def test_what_goes_wrong_is_told_on_the_page_and_a_code_still_opens_the_door(page: "Page", address: str) -> None:
    key = Key(page)
    recovery = register(page, address)

    to_the_door(page, address.replace("localhost", "127.0.0.1"))
    page.get_by_role("button", name="Utiliser ma clé").click()
    page.get_by_text(f"Les clés ne servent qu'à l'adresse {address}").wait_for()
    check(page)

    key.forget()
    to_the_door(page, address)
    page.get_by_role("button", name="Utiliser ma clé").click()
    page.get_by_text("La clé n'a pas répondu, ou vous avez arrêté.").wait_for()
    page.get_by_label("Code de secours").fill(recovery[0])
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("heading", name="Fiches", exact=True).wait_for()


def test_without_javascript_the_page_says_that_a_code_is_needed(browser: "Browser", page: "Page", address: str) -> None:
    Key(page)
    recovery = register(page, address)
    context = browser.new_context(locale="fr-FR", java_script_enabled=False)
    plain = context.new_page()

    to_the_door(plain, address)
    assert plain.get_by_text(
        "Une clé demande JavaScript, qui ne fonctionne pas ici. Un code convient aussi."
    ).is_visible()
    assert plain.get_by_role("button", name="Utiliser ma clé").count() == 0
    plain.get_by_label("Code de secours").fill(recovery[0])
    plain.get_by_role("button", name="Continuer").click()
    plain.get_by_role("heading", name="Fiches", exact=True).wait_for()
    context.close()
