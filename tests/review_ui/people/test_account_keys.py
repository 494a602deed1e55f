"""Security keys on the pages: registered in one's account, asked for at the door, seen and taken away by others."""

import html
import re

import pytest

from noa_rag.domain.people import PersonId
from noa_rag.review.security_keys import RelyingParty
from noa_rag.service.office import Office
from tests.review.authenticator import SoftKey, base64url
from tests.review_ui.people.test_account_page import RECOVERY, WAITING, set_up
from tests.review_ui.review_people import PASSWORD, Client, SignIn

OPTIONS = re.compile(r'data-options="([^"]+)"')


@pytest.fixture(autouse=True)
def _public_address(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address that keys are bound to; the client comes under another, as nothing it says counts."""
    monkeypatch.setattr(office.security_keys, "party", RelyingParty.at("https://noa.example"))


def options_of(page: str) -> str:
    match = OPTIONS.search(page)
    assert match is not None, page
    return html.unescape(match[1])


def add_key(client: Client, key: SoftKey, name: str = "clé bleue", code: str = "") -> str:
    """Register a key by the pages; return the page that comes of it, empty where the account follows."""
    page = client.post("/revue/compte/cles", data={"code": code})
    sent = {"name": name, "response": key.create(options_of(page.text))}
    answer = client.post("/revue/compte/cles/confirmer", data=sent)
    assert answer.status_code in (200, 303), answer.text
    return answer.text if answer.status_code == 200 else ""


def at_the_door(client: Client) -> tuple[str, str]:
    """Give the right password; return the page that asks for the second factor, and the token in it."""
    client.cookies.clear()
    page = client.post("/revue/connexion", data={"user_name": "ines", "password": PASSWORD, "next": "/revue/fiches"})
    match = WAITING.search(page.text)
    assert match is not None, page.text
    return page.text, match[1]


def enter(client: Client, key: SoftKey) -> None:
    page, waiting = at_the_door(client)
    answer = client.post("/revue/connexion/cle", data={"waiting": waiting, "response": key.get(options_of(page))})
    assert answer.status_code == 303, answer.text


def test_a_key_is_registered_with_recovery_codes_and_opens_the_door(sign_in: SignIn) -> None:
    client, key = sign_in("ines"), SoftKey()

    assert len(set(RECOVERY.findall(add_key(client, key)))) == 10
    assert "Clé « clé bleue », ajoutée le" in client.get("/revue/compte").text
    page, waiting = at_the_door(client)
    sent = {"waiting": waiting, "response": key.get(options_of(page)), "next": "/revue/fiches"}
    answer = client.post("/revue/connexion/cle", data=sent)

    assert (answer.status_code, answer.headers["location"]) == (303, "/revue/fiches")
    assert client.get("/revue/fiches").status_code == 200
    assert ", utilisée le" in client.get("/revue/compte").text


def test_a_wrong_answer_is_told_and_another_may_be_given(sign_in: SignIn) -> None:
    client, key = sign_in("ines"), SoftKey()
    add_key(client, key)
    page, waiting = at_the_door(client)
    fields = '[["answer", "Écrit pendant une heure."]]'

    stranger = SoftKey().get(options_of(page))
    wrong = client.post("/revue/connexion/cle", data={"waiting": waiting, "response": stranger, "kept": fields})
    sent = {"waiting": waiting, "response": key.get(options_of(wrong.text)), "kept": fields, "next": "/revue/fiches"}
    right = client.post("/revue/connexion/cle", data=sent)

    assert wrong.status_code == 401
    assert "Cette clé n'a pas été acceptée." in html.unescape(wrong.text)
    assert 'aria-invalid="true"' not in wrong.text  # it was not the code
    assert options_of(wrong.text) != options_of(page)
    assert "Écrit pendant une heure." in right.text
    assert client.get("/revue/connexion/cle").headers["location"] == "/revue/connexion"


def test_a_key_without_a_name_and_an_answer_that_does_not_hold_are_told_with_a_new_challenge(
    sign_in: SignIn, office: Office
) -> None:
    client, key = sign_in("ines"), SoftKey()
    first = options_of(client.post("/revue/compte/cles").text)

    there = "/revue/compte/cles/confirmer"
    unnamed = client.post(there, data={"name": " ", "response": key.create(first)})
    forged = client.post(there, data={"name": "bleue", "response": "{}"})
    again = client.post(there, data={"name": "bleue", "response": key.create(first)})

    assert [response.status_code for response in (unnamed, forged, again)] == [422, 422, 422]
    assert "Donnez à la clé un nom de 1 à 60 signes" in unnamed.text
    assert "La réponse de cette clé" in again.text
    assert 'value="bleue"' in again.text
    assert office.second_factor.of(PersonId("ines")) is None


def test_another_key_and_the_loss_of_one_ask_for_the_password(sign_in: SignIn, office: Office) -> None:
    client, key = sign_in("ines"), SoftKey()
    add_key(client, key)
    enter(client, key)

    refused = client.post("/revue/compte/cles", data={"code": "pas le bon"})
    assert refused.status_code == 422
    assert "Mot de passe ou code de secours incorrect." in refused.text
    add_key(client, SoftKey(), "téléphone", code=PASSWORD)
    there, sent = "/revue/compte/cles/retirer", {"key": base64url(key.id)}
    assert client.post(there, data={**sent, "code": "pas le bon"}).status_code == 422
    gone = client.post(there, data={**sent, "code": PASSWORD})

    assert gone.headers["location"] == "/revue/compte?fait=cle-retiree"
    assert "La clé est retirée." in client.get(gone.headers["location"]).text
    factor = office.second_factor.of(PersonId("ines"))
    assert factor is not None
    assert [security_key.name for security_key in factor.keys] == ["téléphone"]
    assert client.post(there, data={**sent, "code": PASSWORD}).status_code == 404


def test_an_administrator_sees_who_has_which_factor_and_takes_all_of_it_away(sign_in: SignIn, office: Office) -> None:
    client, key = sign_in("ines"), SoftKey()
    _, recovery = set_up(client)
    add_key(client, key, code=recovery[0])
    administrator = sign_in("adele")

    listed = html.unescape(administrator.get("/revue/personnes").text)
    shown = html.unescape(administrator.get("/revue/personnes/ines").text)
    administrator.post("/revue/personnes/ines/second-facteur")

    assert "Codes d'une application, 1 clé de sécurité" in listed
    assert "Codes d'une application" in shown
    assert "Clé « clé bleue »" in shown
    assert office.second_factor.of(PersonId("ines")) is None
    journal = html.unescape(administrator.get("/revue/journal").text)
    assert "Clé de sécurité ajoutée" in journal
    assert "Second facteur retiré" in journal
    assert sign_in("ines").get("/revue").status_code == 200


def test_without_a_public_address_no_key_is_offered(
    sign_in: SignIn, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office.security_keys, "party", None)
    client = sign_in("ines")

    assert "Clés de sécurité" not in client.get("/revue/compte").text
    refused = client.post("/revue/compte/cles")
    assert refused.status_code == 409
    assert "l'adresse publique de Noa n'est pas réglée" in html.unescape(refused.text)
