"""The pages say why nobody approves her own words, and who may approve them instead."""

import html
import re
from dataclasses import replace

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import EntryId
from noa_rag.domain.people import Person, PersonId, Role
from noa_rag.service.office import Office
from tests.factories import an_entry_content
from tests.review_ui.desk_helpers import CONTENT, a_kept_draft, form_of, page_of
from tests.review_ui.review_people import PASSWORD, SignIn

INES = PersonId("ines")
IRENE = Person(PersonId("irene"), "Irène Colas", frozenset({Role.REFERENT}), frozenset({AgencyId("inpi")}))
APPROVE = "Approuver et publier"


@pytest.fixture
def office(office: Office) -> Office:
    """Two referents of the INPI, and one of the Urssaf."""
    office.people.add(IRENE, PASSWORD, actor="tests")
    return office


def note_of(page: str) -> str:
    """Return what the page says where the button would stand."""
    match = re.search(r'role="note">(.*?)</div>', page, re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>|\s+", " ", match[1])) if match else ""


def test_the_writer_of_a_draft_finds_no_button_but_who_may_approve(sign_in: SignIn, office: Office) -> None:
    draft = office.desk.propose(INES, EntryId("renouveler-une-marque"), CONTENT)
    client = sign_in("ines")

    page = client.get(page_of(draft)).text

    assert APPROVE not in page
    assert "un autre référent doit l'approuver" in note_of(page)
    assert "Peuvent l'approuver" in note_of(page)
    assert "Irène Colas" in note_of(page)
    assert "Refuser le brouillon" in page  # the other verdicts are hers as before
    other = sign_in("irene").get(page_of(draft)).text
    assert APPROVE in other
    assert note_of(other) == ""


def test_whoever_may_approve_a_prepared_draft_is_told_what_changing_it_means(sign_in: SignIn, office: Office) -> None:
    draft = a_kept_draft(office)
    client = sign_in("ines")

    page = client.get(page_of(draft)).text
    assert APPROVE in page
    assert "Si vous le changez, enregistrez-le : un autre référent devra l'approuver." in html.unescape(page)
    assert 'aria-describedby="approve-hint"' in page

    refused = client.post(page_of(draft) + "/approuver", data=form_of(draft, answer="Amendé par moi."))
    assert refused.status_code == 409
    assert "Amendé par moi." in refused.text
    saved = client.post(page_of(draft) + "/enregistrer", data=form_of(draft, answer="Amendé par moi."))
    assert saved.status_code == 303
    assert APPROVE not in client.get(page_of(draft)).text

    stored = office.store.draft(draft.id)
    sign_in("irene")
    approved = client.post(page_of(draft) + "/approuver", data=form_of(stored))
    assert approved.status_code == 303
    assert office.current(draft.entry_id).content.answer == "Amendé par moi."


def test_referents_who_have_both_written_are_told_a_way_out(sign_in: SignIn, office: Office) -> None:
    draft = office.desk.propose(INES, EntryId("renouveler-une-marque"), CONTENT)
    client = sign_in("irene")
    before = html.unescape(client.get(page_of(draft)).text)
    assert "Si vous le changez, plus personne ne pourra l'approuver : demandez plutôt ces modifications." in before

    edited = form_of(draft, answer="Amendé par Irène.")
    refused = html.unescape(client.post(page_of(draft) + "/approuver", data=edited).text)
    assert "la page du brouillon dit qui peut l'approuver, ou comment faire" in refused
    assert "il le trouvera" not in refused
    client.post(page_of(draft) + "/enregistrer", data=edited)
    for writer in ("ines", "irene"):
        client = sign_in(writer)
        page = note_of(client.get(page_of(draft)).text)
        assert "Tous les référents qui pourraient l'approuver y ont écrit" in page
        assert "à l'administration de donner le rôle de référent de l'agence à une autre personne" in page


def test_the_only_referent_is_told_that_the_journal_notes_it(sign_in: SignIn, office: Office) -> None:
    question = "Quand payer ses cotisations ?"
    urssaf = an_entry_content(agency_id=AgencyId("urssaf"), theme="cotisations", answer="Chaque trimestre.")
    draft = office.desk.propose(PersonId("ugo"), EntryId("payer-ses-cotisations"), replace(urssaf, question=question))
    client = sign_in("ugo")

    page = client.get(page_of(draft)).text
    assert APPROVE in page
    assert "le journal notera" in page
    assert client.post(page_of(draft) + "/approuver", data=form_of(draft)).status_code == 303

    journal = sign_in("carla").get("/revue/journal").text
    assert "Publié sans second regard" in journal


def test_whoever_waits_to_be_confirmed_is_told_so_and_by_whom(sign_in: SignIn, office: Office) -> None:
    draft = a_kept_draft(office)
    office.people.set_roles(INES, [Role.REFERENT, Role.QA], [AgencyId("inpi")], actor="adele")
    client = sign_in("ines")

    page = client.get(page_of(draft)).text
    refused = client.post(page_of(draft) + "/approuver", data=form_of(draft))

    for verdict in (APPROVE, "Refuser le brouillon", "Demander ces modifications"):
        assert verdict not in page
    assert "votre compte a changé" in note_of(page)
    assert "Carla Petit" in note_of(page)
    assert "Adèle" not in note_of(page)  # she made the change
    assert refused.status_code == 409
    assert "une autre personne doit d'abord confirmer ce changement" in html.unescape(refused.text)
