"""What an administrator does with accounts is seen by the coordinators, and confirmed by a second person."""

import html
import re
from collections.abc import Callable

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.people import PersonId, Role
from noa_rag.service.office import Office
from tests.review_ui.desk_helpers import a_kept_draft, form_of, page_of
from tests.review_ui.review_people import Client

SignIn = Callable[[str], Client]
Csrf = Callable[[], str]
ADELE, INES = PersonId("adele"), PersonId("ines")
MORE = {"roles": ["administrator", "referent"], "agencies": "inpi"}


def words(page: str) -> str:
    """Return the text of a page on one line."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", page)))


def test_an_administrator_who_makes_herself_a_referent_is_seen_and_approves_nothing_before_she_is_confirmed(
    sign_in: SignIn, csrf: Csrf, office: Office
) -> None:
    draft, client = a_kept_draft(office), sign_in("adele")
    client.post("/revue/personnes/adele/roles", data={**MORE, "_csrf": csrf()})
    approving = {**form_of(draft, csrf()), "_csrf": csrf()}

    assert "attend qu'une autre personne confirme" in words(client.get("/revue/personnes/adele").text)
    assert client.post(page_of(draft) + "/approuver", data=approving).status_code == 409
    own = client.post("/revue/changements/adele/confirmer", data={"_csrf": csrf(), "vu": "99"})
    assert own.status_code == 409

    sign_in("carla")
    assert "1 compte attend une confirmation." in words(client.get("/revue").text)
    page = client.get("/revue/changements").text
    assert "À confirmer (1)" in page
    assert "son propre compte" in page
    assert "rôles d'avant : administration · rôles : administration, référent" in words(page)
    seen = re.search(r'name="vu" value="(\d+)"', page)
    assert seen is not None
    sent = client.post("/revue/changements/adele/confirmer", data={"_csrf": csrf(), "vu": seen[1]})
    assert "Le changement est confirmé" in client.get(sent.headers["location"]).text

    sign_in("adele")
    assert client.post(page_of(draft) + "/approuver", data={**approving, "_csrf": csrf()}).status_code == 303
    assert office.audit.verify() == []


def test_an_account_opened_to_confirm_with_confirms_nothing(sign_in: SignIn, csrf: Csrf, office: Office) -> None:
    client = sign_in("adele")
    opened = client.post(
        "/revue/personnes", data={"id": "carl", "name": "Carl", "roles": "coordinator", "_csrf": csrf()}
    )
    shown = re.search(r'translate="no">([^<]+)<', opened.text)
    client.post("/revue/personnes/adele/roles", data={**MORE, "_csrf": csrf()})
    assert shown is not None
    assert "attend qu'une autre personne confirme" in words(opened.text)

    client.cookies.clear()
    client.post("/revue/connexion", data={"user_name": "carl", "password": shown[1]})
    adele = office.people.person(ADELE)
    assert adele is not None
    sent = client.post("/revue/changements/adele/confirmer", data={"_csrf": csrf(), "vu": str(adele.newest_change)})

    assert sent.status_code == 409
    assert "Votre compte a changé" in sent.text
    assert "Peuvent le confirmer : Carla Petit." in words(client.get("/revue/changements").text)
    assert office.people.person(ADELE) == adele


def test_whoever_is_given_a_password_by_somebody_else_waits_too(sign_in: SignIn, csrf: Csrf, office: Office) -> None:
    client = sign_in("adele")
    client.post("/revue/personnes/ines/mot-de-passe", data={"_csrf": csrf()})

    page = sign_in("carla").get("/en/revue/changements").text

    assert "To confirm (1)" in page
    assert "Password set" in page
    assert 'Confirm <span class="visually-hidden">Inès Martin</span>' in page
    assert 'aria-labelledby="waiting-title"' in page
    ines = office.people.person(INES)
    assert ines is not None
    assert [one.by for one in ines.unconfirmed] == [ADELE]


def test_a_page_that_is_old_confirms_nothing(sign_in: SignIn, csrf: Csrf, office: Office) -> None:
    office.people.set_roles(INES, [Role.REFERENT, Role.QA], [AgencyId("inpi")], actor=ADELE)
    ines = office.people.person(INES)
    assert ines is not None
    office.people.set_roles(INES, [Role.REFERENT, Role.QA], [AgencyId("inpi"), AgencyId("urssaf")], actor=ADELE)
    client = sign_in("carla")

    sent = client.post("/revue/changements/ines/confirmer", data={"_csrf": csrf(), "vu": str(ines.newest_change)})
    without = client.post("/revue/changements/ines/confirmer", data={"_csrf": csrf()})

    assert (sent.status_code, without.status_code) == (409, 409)
    assert "Ce compte a encore changé" in sent.text
    assert 'role="alert"' in sent.text
    again = office.people.person(INES)
    assert again is not None
    assert len(again.unconfirmed) == 2


def test_what_was_done_at_the_terminal_is_seen_as_well(sign_in: SignIn, office: Office) -> None:
    office.people.set_roles(PersonId("ugo"), [Role.QA], [], actor="terminal:root")
    office.people.disable(PersonId("quentin"), actor="terminal:root")

    page = words(sign_in("carla").get("/revue/changements").text)

    assert "Ugo Bernard" in page
    assert "Rôles changés, par terminal:root" in page
    assert "Compte fermé, par terminal:root" in page
    assert "À confirmer (0)" in page
    assert "Rien n'attend." in page


def test_referents_and_qa_neither_see_nor_confirm_it(sign_in: SignIn, csrf: Csrf) -> None:
    for name in ("ines", "quentin"):
        client = sign_in(name)
        assert client.get("/revue/changements").status_code == 403
        assert client.post("/revue/changements/adele/confirmer", data={"_csrf": csrf()}).status_code == 403
        assert "Contrôle des comptes" not in client.get("/revue").text
