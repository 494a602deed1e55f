"""What an administrator does with accounts is seen by the coordinators, and confirmed by a second person."""

import html
import re

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.people import PersonId, Role
from noa_rag.service.office import Office
from tests.review_ui.desk_helpers import a_kept_draft, form_of, page_of
from tests.review_ui.review_people import SignIn

ADELE, INES = PersonId("adele"), PersonId("ines")
MORE = {"roles": ["administrator", "referent"], "agencies": "inpi"}


def words(page: str) -> str:
    """Return the text of a page on one line."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", page)))


def test_an_administrator_who_makes_herself_a_referent_is_seen_and_approves_nothing_before_she_is_confirmed(
    sign_in: SignIn, office: Office
) -> None:
    draft, client = a_kept_draft(office), sign_in("adele")
    client.post("/revue/personnes/adele/roles", data=MORE)
    approving = {**form_of(draft)}

    assert "attend qu'une autre personne confirme" in words(client.get("/revue/personnes/adele").text)
    assert client.post(page_of(draft) + "/approuver", data=approving).status_code == 409
    own = client.post("/revue/changements/adele/confirmer", data={"vu": "99"})
    assert own.status_code == 409

    sign_in("carla")
    assert "1 compte attend une confirmation." in words(client.get("/revue").text)
    page = client.get("/revue/changements").text
    assert "À confirmer (1)" in page
    assert "son propre compte" in page
    assert "rôles d'avant : administration · rôles : administration, référent" in words(page)
    seen = re.search(r'name="vu" value="(\d+)"', page)
    assert seen is not None
    sent = client.post("/revue/changements/adele/confirmer", data={"vu": seen[1]})
    assert "Le changement est confirmé" in client.get(sent.headers["location"]).text

    sign_in("adele")
    assert client.post(page_of(draft) + "/approuver", data=approving).status_code == 303
    assert office.audit.verify() == []


def test_a_page_that_is_old_confirms_nothing(sign_in: SignIn, office: Office) -> None:
    office.people.set_roles(INES, [Role.REFERENT, Role.QA], [AgencyId("inpi")], actor=ADELE)
    ines = office.people.person(INES)
    assert ines is not None
    office.people.set_roles(INES, [Role.REFERENT, Role.QA], [AgencyId("inpi"), AgencyId("urssaf")], actor=ADELE)
    client = sign_in("carla")

    sent = client.post("/revue/changements/ines/confirmer", data={"vu": str(ines.newest_change)})
    without = client.post("/revue/changements/ines/confirmer")

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
