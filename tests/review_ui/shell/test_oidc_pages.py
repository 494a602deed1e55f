"""Signing in to the workspace at a real provider on loopback: who gets in, as whom, and what the others are told."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from oidc_provider_mock import User

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.people import Person, PersonId, Role
from noa_rag.service.office import Office, open_provider
from noa_rag.settings import Settings
from tests.oidc.proconnect import ELSEWHERE, INES, INPI, URSSAF, ProConnect, Said, proconnect
from tests.review.door import person_of
from tests.review_ui.review_people import PASSWORD, Client, SignIn

BASE = "http://127.0.0.1"
BACK = "/revue/connexion/oidc/retour"
CARLA = User(
    sub="sub-carla", claims={**INES.claims, "given_name": "Carla", "email": "carla@urssaf.example", "siret": URSSAF}
)
NOBODY = User(
    sub="sub-new", claims={**INES.claims, "given_name": "Zoé", "usual_name": "Été", "email": "Zoé.Été@inpi.example"}
)


@pytest.fixture(scope="module")
def listening() -> Iterator[ProConnect]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # of the provider's own library: it listens without TLS
        with proconnect() as provider:
            provider.register(f"{BASE}{BACK}")
            for user in (INES, CARLA, NOBODY):
                provider.know(user)
            yield provider


@pytest.fixture
def there(listening: ProConnect) -> ProConnect:
    listening.said = Said()
    return listening


@pytest.fixture
def settings(settings: Settings, there: ProConnect) -> Settings:
    """Settings with the provider, where two agencies and one organisation without an agency sign in."""
    return replace(
        settings,
        base_url=BASE,
        oidc_issuer=there.issuer,
        oidc_client_id=there.client_id,
        oidc_client_secret=there.client_secret,
        oidc_agencies=f"{INPI}=inpi, {URSSAF}=urssaf",
    )


@pytest.fixture
def linked(office: Office) -> Office:
    """The office where the accounts of Ines and Carla have addresses."""
    links, now = office.noa.records.identities, office.now()
    links.set_email(PersonId("ines"), str(INES.claims["email"]), actor="adele", at=now)
    links.set_email(PersonId("carla"), str(CARLA.claims["email"]), actor="adele", at=now)
    return office


def through(client: Client, there: ProConnect, sub: str = INES.sub, *, start: str = "/revue/connexion/oidc") -> Any:
    """Go to the provider, sign in there and come back; return what the way back answers."""
    leave = client.get(start)
    assert leave.status_code == 303, leave.text
    return client.get(there.approve(leave.headers["location"], sub))


def said_on(answer: Any) -> str:
    match = re.search(r'id="sign-in-problem"><p>(.*?)</p>', answer.text, re.DOTALL)
    assert match is not None, answer.text
    return html.unescape(match[1])


def test_who_signs_in_there_reaches_the_page_that_she_wanted(client: Client, linked: Office, there: ProConnect) -> None:
    page = client.get("/revue/fiches")
    link = re.search(r'href="(/revue/connexion/oidc\?next=[^"]+)"', page.text)
    assert link is not None
    assert "Se connecter avec ProConnect" in page.text

    answer = through(client, there, start=html.unescape(link[1]))

    assert (answer.status_code, answer.headers["location"]) == (303, "/revue/fiches")
    assert "Inès Martin" in client.get("/revue/fiches").text


def test_the_address_counts_once_and_the_identity_from_then_on(
    client: Client, linked: Office, there: ProConnect
) -> None:
    through(client, there)
    there.said.userinfo = lambda claims: {**claims, "email": "married.name@inpi.example"}
    client.cookies.clear()
    assert through(client, there).status_code == 303

    there.said = Said(userinfo=lambda claims: {**claims, "email": INES.claims["email"]})
    client.cookies.clear()
    impostor = through(client, there, NOBODY.sub)

    assert impostor.status_code == 403
    assert "déjà lié à une autre identité" in said_on(impostor)


def test_a_new_address_frees_the_account_for_another_identity(
    client: Client, linked: Office, there: ProConnect, sign_in: SignIn
) -> None:
    through(client, there)
    administrator = sign_in("adele")
    assert "Liée à une identité." in administrator.get("/revue/personnes/ines").text

    saved = administrator.post("/revue/personnes/ines/adresse", data={"email": "zoé.été@inpi.example"})
    taken = administrator.post("/revue/personnes/ugo/adresse", data={"email": "carla@urssaf.example"})
    wrong = administrator.post("/revue/personnes/ugo/adresse", data={"email": "ugo"})

    assert [saved.status_code, taken.status_code, wrong.status_code] == [303, 422, 422]
    assert "Cette adresse est celle d'un autre compte." in html.unescape(taken.text)
    client.cookies.clear()
    assert through(client, there, NOBODY.sub).status_code == 303
    assert client.get("/revue/fiches").status_code == 200


@pytest.mark.parametrize(
    ("spoilt", "told"),
    [
        ({"siret": ELSEWHERE}, f"SIRET {ELSEWHERE}) n'est reliée à aucune agence"),
        ({"siret": URSSAF}, "n'est pas celle des agences dont votre compte est référent"),
        ({"email": "nobody@inpi.example"}, "Aucun compte de Noa n'a l'adresse nobody@inpi.example."),
        ({"siret": None}, "l'un des deux manque"),
        ({"aud": "another"}, "Ce que ProConnect dit de vous n'a pas pu être vérifié."),
    ],
)
def test_whoever_does_not_get_in_is_told_why_and_keeps_no_session(
    client: Client, linked: Office, there: ProConnect, spoilt: dict[str, Any], told: str
) -> None:
    there.said.userinfo = lambda claims: {**claims, **spoilt}

    answer = through(client, there)

    assert answer.status_code in (403, 502)
    assert told in said_on(answer)
    assert "noa_review" not in client.cookies
    assert linked.noa.records.identities.of_subject(there.issuer, INES.sub) is None


def test_a_closed_account_stays_closed(client: Client, linked: Office, there: ProConnect) -> None:
    linked.people.disable(PersonId("ines"), actor="adele")

    assert "Votre compte de Noa est fermé." in said_on(through(client, there))


def test_a_weaker_level_than_asked_for_is_told(client: Client, linked: Office, there: ProConnect) -> None:
    there.said.acr = "eidas0"

    assert "niveau plus faible" in said_on(through(client, there))


def test_a_way_back_counts_once_and_in_its_browser_alone(client: Client, linked: Office, there: ProConnect) -> None:
    leave = client.get("/revue/connexion/oidc")
    back = there.approve(leave.headers["location"])
    cookies = dict(client.cookies)
    client.cookies.clear()
    stranger = client.get(back)
    client.cookies.update(cookies)

    first = client.get(back)
    again = client.get(back)
    client.cookies.update(cookies)  # somebody who kept the cookie
    replayed = client.get(back)

    assert [stranger.status_code, first.status_code, again.status_code, replayed.status_code] == [400, 303, 400, 400]
    assert "n'a pas été commencée dans ce navigateur" in said_on(stranger)
    assert "Cette connexion a déjà servi" in said_on(replayed)


@pytest.mark.parametrize("path", ["https://elsewhere.example", "//elsewhere.example", "/avis", "/revue\\@elsewhere"])
def test_signing_in_there_leads_to_no_other_site(client: Client, linked: Office, there: ProConnect, path: str) -> None:
    answer = through(client, there, start=f"/revue/connexion/oidc?next={path}")
    assert answer.headers["location"] == "/revue"

    client.cookies.set("noa_sign_in", "x.aHR0cHM6Ly9lbHNld2hlcmU=")
    refused = client.get(BACK)
    assert refused.status_code == 400
    assert "elsewhere" not in refused.text


def test_the_session_begins_under_a_new_id_and_ends_the_one_before(
    linked: Office, there: ProConnect, sign_in: SignIn
) -> None:
    client = sign_in("carla")
    before = client.cookies["noa_review"]

    through(client, there)

    assert person_of(linked.sign_in, before) is None
    after = person_of(linked.sign_in, client.cookies["noa_review"])
    assert after is not None
    assert after.id == "ines"


def test_somebody_new_gets_an_account_without_a_role_where_the_operator_allows_it(
    client: Client, linked: Office, there: ProConnect, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Aucun compte de Noa" in said_on(through(client, there, NOBODY.sub))
    monkeypatch.setattr(linked.identities, "_adds_accounts", True)

    first = through(client, there, NOBODY.sub)
    again = through(client, there, NOBODY.sub)

    assert [first.status_code, again.status_code] == [403, 403]
    assert "n'a pas encore de rôle" in said_on(first)
    assert "noa_review" not in client.cookies
    person = linked.people.person(PersonId("zoe.ete"))
    assert person == Person(PersonId("zoe.ete"), "Zoé Été", frozenset(), frozenset({AgencyId("inpi")}))
    linked.people.set_roles(person.id, [Role.REFERENT], person.agencies, actor="adele")
    assert through(client, there, NOBODY.sub).status_code == 303


def test_the_name_of_a_new_account_is_nobody_elses(linked: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    named = linked.identities._free_id

    assert [named(f"{name}@inpi.example") for name in ("ines", "noa", "Élise.O'Hara", "é", "a" * 64)] == [
        "ines-2",
        "noa-2",
        "elise.o-hara",
        "agent",
        "a" * 36,
    ]


@pytest.fixture
def demanded(linked: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Referents must have a second factor."""
    monkeypatch.setattr(linked.second_factor, "_required_for", frozenset({Role.REFERENT}))


@pytest.mark.usefixtures("demanded")
def test_two_factors_at_the_provider_are_enough_where_a_role_demands_two(client: Client, there: ProConnect) -> None:
    there.said.amr = ("pwd", "mfa")
    through(client, there)

    assert client.get("/revue/fiches").status_code == 200


@pytest.mark.usefixtures("demanded")
def test_one_factor_at_the_provider_is_not(client: Client, linked: Office, there: ProConnect) -> None:
    through(client, there)
    assert client.get("/revue/fiches").headers["location"] == "/revue/compte"

    linked.noa.records.second_factors.propose(PersonId("ines"), "JBSWY3DPEHPK3PXP")
    confirmed = linked.noa.records.second_factors.confirm
    confirmed(PersonId("ines"), step=1, recovery=[], at=linked.now())
    client.cookies.clear()

    assert "Code de connexion" in through(client, there).text


def test_signing_out_ends_the_providers_session_too(client: Client, linked: Office, there: ProConnect) -> None:
    through(client, there)
    token = client.cookies["noa_review"]
    session = linked.sign_in.session_of(token)
    assert session is not None

    answer = client.post("/revue/deconnexion")

    assert answer.status_code == 200
    refresh = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', answer.text)
    assert refresh is not None
    assert html.unescape(refresh[1]).startswith(f"{there.issuer}/oauth2/end_session?id_token_hint={session.id_token}")
    assert "post_logout_redirect_uri=http%3A%2F%2F127.0.0.1%2Frevue%2Fconnexion" in answer.text
    assert person_of(linked.sign_in, token) is None


def test_signing_out_here_does_not_depend_on_the_provider(
    client: Client, linked: Office, there: ProConnect, monkeypatch: pytest.MonkeyPatch
) -> None:
    through(client, there)
    gone = open_provider(replace(linked.noa.settings, oidc_issuer="http://127.0.0.1:9"))
    monkeypatch.setattr(linked, "provider", gone)

    answer = client.post("/revue/deconnexion")

    assert answer.status_code == 200
    assert "fermez le navigateur" in answer.text


def test_an_unreachable_provider_is_told_and_passwords_go_on_working(
    linked: Office, client: Client, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = open_provider(replace(linked.noa.settings, oidc_issuer="http://127.0.0.1:9"))
    monkeypatch.setattr(linked, "provider", gone)

    answer = client.get("/revue/connexion/oidc")

    assert answer.status_code == 502
    assert "ProConnect ne répond pas pour le moment." in said_on(answer)
    assert sign_in("ines").get("/revue").status_code == 200


def test_passwords_can_be_switched_off(client: Client, linked: Office, there: ProConnect) -> None:
    settings = replace(linked.noa.settings, local_passwords="off")
    object.__setattr__(linked.noa, "settings", settings)

    page = client.get("/revue/connexion")
    refused = client.post("/revue/connexion", data={"user_name": "ines", "password": PASSWORD})

    assert 'name="password"' not in page.text
    assert refused.status_code == 403
    assert "Les mots de passe de Noa ne servent plus ici." in refused.text
    assert through(client, there).status_code == 303


def test_away_from_this_machine_the_cookie_of_a_sign_in_is_secure_and_bound_to_the_host(app: Litestar) -> None:
    with TestClient(app, base_url="https://noa.example.fr") as client:
        client.follow_redirects = False
        answer = client.get("/revue/connexion/oidc")

    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-noa_sign_in=")
    assert all(attribute in cookie for attribute in ("Secure", "HttpOnly", "SameSite=lax", "Max-Age=600"))
