"""Whose question it is."""

from typing import Any

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.answer import Reason
from noa_rag.domain.entry import Contact, EntryId
from noa_rag.knowledge.vosdroits.fiche import ORIGIN
from noa_rag.review.ownership import Owner, RetrievedEntry, likely_owner, named_agencies, owner_evidence
from tests.factories import an_agency, an_entry_content, an_entry_version
from tests.review.drafting_helpers import failed

INPI, URSSAF, OLD = AgencyId("inpi"), AgencyId("urssaf-idf"), AgencyId("old")
AGENCIES = {
    one.id: one for one in (an_agency("inpi", name="Institut (INPI)"), an_agency("urssaf-idf", short_name="Urssaf"))
}


def _owner(**evidence: Any) -> Owner:
    given: dict[str, Any] = {"entries": (), "subjects": {}, "remits": {}, "fiches": (), "failures": (), **evidence}
    found = owner_evidence(agencies=AGENCIES, owners=AGENCIES.keys(), **given)
    return likely_owner(found, AGENCIES, otherwise=INPI)


def _found(entry_id: str, agency_id: str, score: float, **content: Any) -> RetrievedEntry:
    return RetrievedEntry(an_entry_version(entry_id, agency_id=AgencyId(agency_id), **content), score)


def test_names_the_agency_of_the_nearest_entries_with_their_number_and_an_example() -> None:
    entries = [
        _found("a", "urssaf-idf", 3.0, question="Quand payer ?"),
        _found("b", "urssaf-idf", 2.5, question="Combien payer ?"),
        _found("c", "inpi", 2.0),
    ]

    owner = _owner(entries=entries)

    assert owner.agency_id == URSSAF
    assert owner.reason == "2 des 3 fiches les plus proches sont de l'agence Urssaf, dont « Quand payer ? »."


def test_names_the_agency_whose_entries_are_nearest_on_the_whole() -> None:
    owner = _owner(subjects={INPI: 0.1, URSSAF: 0.5})

    assert owner.agency_id == URSSAF
    assert owner.reason == "Les fiches de l'agence Urssaf parlent du même sujet."


def test_one_entry_much_nearer_outweighs_several_that_are_far() -> None:
    entries = [_found("a", "inpi", 6.0), _found("b", "urssaf-idf", 1.0), _found("c", "urssaf-idf", 1.0)]

    assert _owner(entries=entries).agency_id == INPI


def test_names_the_agency_whose_remit_is_nearest_when_no_entry_is() -> None:
    owner = _owner(remits={INPI: 0.1, URSSAF: 0.5})

    assert owner.agency_id == URSSAF
    assert owner.reason.startswith("La question relève du domaine de l'agence Urssaf :")


def test_names_the_agency_that_fiches_send_people_to_under_its_name_of_then() -> None:
    fiche = an_entry_content(contacts=(Contact("Sécurité sociale des indépendants"), Contact("Mairie")))

    assert named_agencies(fiche, AGENCIES) == {URSSAF}
    assert _owner(fiches=[fiche]).agency_id == URSSAF
    assert _owner(fiches=[fiche]).reason == "Les fiches officielles sur ce sujet renvoient vers l'agence Urssaf."


def test_counts_where_noa_sent_people_except_to_the_general_contact() -> None:
    sent = [failed("a", 1, contact_agency_id="urssaf-idf")]
    general = [failed("b", n, contact_agency_id="inpi", reason=Reason.NOTHING_CLOSE) for n in (2, 3)]

    assert _owner(failures=[*sent, *general]).agency_id == URSSAF


def test_never_names_an_agency_that_may_own_nothing_any_more() -> None:
    owner = _owner(entries=[_found("a", "old", 9.0), _found("b", "urssaf-idf", 1.0)], remits={OLD: 0.9})

    assert owner.agency_id == URSSAF


def test_an_imported_fiche_counts_for_those_it_names_and_not_for_its_publisher() -> None:
    contacts = (Contact("Urssaf"),)
    fiche = _found("F1", "inpi", 9.0, origin=ORIGIN, contacts=contacts)

    assert fiche.version.id == EntryId("F1")
    assert _owner(entries=[fiche]).agency_id == URSSAF


def test_says_so_when_nothing_speaks_for_anyone() -> None:
    owner = _owner()

    assert (owner.agency_id, owner.share) == (INPI, 0.0)
    assert owner.reason.startswith("Rien ne désigne une agence")
