"""Accounts and rules: what an administrator does, and that nobody else can."""

import html
import re

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.people import Person, PersonId, Role
from noa_rag.service.office import Office
from tests.review_ui.review_people import PASSWORD, SignIn

NEW = {"id": "noe.durand", "name": "Noé Durand", "roles": "referent", "agencies": ["inpi", "urssaf"]}


def test_an_account_is_opened_with_a_password_that_is_shown_once_and_works(sign_in: SignIn, office: Office) -> None:
    client = sign_in("adele")

    answer = client.post("/revue/personnes", data=NEW)
    shown = re.search(r'translate="no">([^<]+)<', answer.text)

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert shown is not None
    person = office.people.person(PersonId("noe.durand"))
    assert person is not None
    assert (person.roles, person.agencies) == ({Role.REFERENT}, {"inpi", "urssaf"})
    assert shown[1] not in client.get("/revue/personnes/noe.durand").text
    begun = client.post("/revue/connexion", data={"user_name": "noe.durand", "password": shown[1]})
    assert begun.status_code == 303


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"id": "ines"}, ("id", "Cet identifiant est déjà pris")),
        ({"id": "Noé !"}, ("id", "Choisissez un autre identifiant")),
        ({"id": "import"}, ("id", "« noa » et « import » sont réservés")),
        ({"name": "   "}, ("name", "Donnez un nom")),
        ({"name": "Noé\u202edurand"}, ("name", "Un caractère invisible (U+202E)")),
        ({"name": "Noé\nDurand"}, ("name", "Un caractère invisible (U+000A)")),
        ({"roles": []}, ("roles", "Choisissez au moins un rôle.")),
        ({"roles": "emperor"}, ("roles", "Aucun rôle ne s'appelle « emperor »")),
        ({"roles": ["referent", "emperor"]}, ("roles", "Aucun rôle ne s'appelle « emperor »")),
        ({"agencies": []}, ("agencies", "Choisissez au moins une agence")),
        ({"agencies": ["inpi", "nowhere"]}, ("agencies", "Aucune agence ne s'appelle « nowhere »")),
        ({"roles": "qa"}, ("agencies", "aucune pour les autres rôles")),
        ({"roles": "qa", "agencies": "nowhere"}, ("agencies", "Aucune agence ne s'appelle « nowhere »")),
    ],
)
def test_an_impossible_account_is_told_by_field_and_what_was_typed_stays(
    sign_in: SignIn, office: Office, changes: dict[str, object], problem: tuple[str, str]
) -> None:
    sent, (field, message) = {**NEW, **changes}, problem

    answer = sign_in("adele").post("/revue/personnes", data=sent)

    assert answer.status_code == 422
    assert f'<a href="#{field}">' in answer.text
    assert html.escape(message).replace("&#x27;", "&#39;") in answer.text
    assert f'id="{field}-problem"' in answer.text
    assert f'value="{str(sent["name"]).strip()}"' in answer.text
    assert len(office.people.everyone()) == 5


def test_roles_and_agencies_count_from_the_next_request(sign_in: SignIn, office: Office) -> None:
    client = sign_in("quentin")
    quentins = client.cookies["noa_review"]
    assert client.get("/revue/journal").status_code == 200
    sign_in("adele")

    sent = client.post("/revue/personnes/quentin/roles", data={"roles": "referent", "agencies": "inpi"})

    assert sent.status_code == 303
    assert "Les rôles sont enregistrés" in client.get(sent.headers["location"]).text
    client.cookies.clear()
    client.cookies.set("noa_review", quentins)
    assert client.get("/revue/journal").status_code == 403


def test_the_last_administrator_cannot_lock_everybody_out(sign_in: SignIn, office: Office) -> None:
    client = sign_in("adele")

    closing = client.post("/revue/personnes/adele/fermer")
    changing = client.post("/revue/personnes/adele/roles", data={"roles": "qa"})

    assert closing.status_code == 409
    assert "dernier compte d&#39;administration" in closing.text
    assert changing.status_code == 422
    assert '<a href="#roles">C&#39;est le dernier compte' in changing.text
    assert client.get("/revue/personnes").status_code == 200


def test_an_unknown_account_is_not_found(sign_in: SignIn) -> None:
    client = sign_in("adele")

    assert client.get("/revue/personnes/nobody").status_code == 404
    for path in ("roles", "fermer", "rouvrir", "mot-de-passe"):
        assert client.post(f"/revue/personnes/nobody/{path}", data={"roles": "qa"}).status_code == 404


def test_a_rule_is_set_and_lifted_for_one_agency(sign_in: SignIn, office: Office) -> None:
    client = sign_in("adele")

    sent = client.post("/revue/regles/inpi", data={"deux": "oui"})
    page = client.get(sent.headers["location"]).text

    assert sent.headers["location"] == "/revue/regles?fait=inpi#agence-inpi"
    assert office.rules.two_people_agencies() == {AgencyId("inpi")}
    assert page.count("Un seul référent actif") == 2
    client.post("/revue/regles/inpi", data={"deux": "non"})
    assert office.rules.two_people_agencies() == frozenset()
    assert client.post("/revue/regles/nowhere", data={"deux": "oui"}).status_code == 404


def test_the_rules_say_what_holds_for_agencies_with_one_referent_and_with_two(sign_in: SignIn, office: Office) -> None:
    irene = Person(PersonId("irene"), "Irène Colas", frozenset({Role.REFERENT}), frozenset({AgencyId("inpi")}))
    office.people.add(irene, PASSWORD, actor="tests")

    page = sign_in("adele").get("/revue/regles").text

    tags = dict(re.findall(r'id="agence-(\w+)".*?<span class="tag[^"]*">([^<]+)<', page, re.DOTALL))
    assert tags == {"inpi": "Deux personnes", "urssaf": "Une personne suffit"}
    assert "Seul l'exploitant du service peut demander moins" in page
