"""Whose question it is."""

from typing import Any

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.answer import Reason
from noa_rag.domain.entry import Contact, EntryId
from noa_rag.knowledge.vosdroits.fiche import ORIGIN
from noa_rag.review.ownership import Around, Owner, RetrievedEntry, likely_owner, named_agencies
from tests.factories import an_agency, an_entry_content, an_entry_version
from tests.review.drafting_helpers import failed

INPI, URSSAF, OLD = AgencyId("inpi"), AgencyId("urssaf-idf"), AgencyId("old")
AGENCIES = {
    agency.id: agency
    for agency in (an_agency("inpi", name="Institut (INPI)"), an_agency("urssaf-idf", short_name="Urssaf"))
}


def _owner(**evidence: Any) -> Owner:
    given: dict[str, Any] = {"entries": (), "subjects": {}, "remits": {}, "fiches": (), "failures": (), **evidence}
    around = Around(given.pop("entries"), given.pop("subjects"), given.pop("remits"), given.pop("given", {}))
    return likely_owner(around, agencies=AGENCIES, owners=AGENCIES.keys(), **given)


def _found(entry_id: str, agency_id: str, score: float, **content: Any) -> RetrievedEntry:
    return RetrievedEntry(an_entry_version(entry_id, agency_id=AgencyId(agency_id), **content), score)


def test_names_the_agency_of_the_nearest_entries_with_their_number_and_an_example() -> None:
    entries = [
        _found("a", "urssaf-idf", 3.0, question="Quand payer ?"),
        _found("b", "urssaf-idf", 2.5, question="Combien payer ?"),
        _found("c", "inpi", 2.0),
    ]

    owner = _owner(entries=entries, subjects={INPI: 0.0, URSSAF: 0.5}, remits={INPI: 0.0, URSSAF: 0.5})

    assert owner.agency_id == URSSAF
    assert owner.reason == "2 des 3 fiches les plus proches sont de l'agence Urssaf, dont « Quand payer ? »."


def test_names_the_agency_that_fiches_send_people_to_under_its_name_of_then() -> None:
    fiche = an_entry_content(contacts=(Contact("Sécurité sociale des indépendants"), Contact("Mairie")))

    assert named_agencies(fiche, AGENCIES) == {URSSAF}
    assert _owner(fiches=[fiche]).agency_id == URSSAF
    tied = {INPI: 0.501, URSSAF: 0.5}  # nearly as much for the one as for the other, and first is not she
    assert _owner(fiches=[fiche], subjects=tied, remits=tied).reason == (
        "Une au moins des fiches officielles les plus proches renvoie vers l'agence Urssaf."
    )


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


def test_thin_evidence_names_an_agency_and_gives_it_nothing() -> None:
    sent = [failed("a", 1, contact_agency_id="urssaf-idf")]

    owner = _owner(failures=sent)

    assert owner.agency_id == URSSAF
    assert owner.strength == pytest.approx(0.1 / 2.7)  # the contact's weight of the sum of all
    assert (owner.is_sure, owner.reason) == (False, "")
    assert _owner() == Owner(INPI, "", 0.0)


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        (
            {"subjects": {INPI: 0.0, URSSAF: 1.0}, "remits": {INPI: 0.5, URSSAF: 0.5}},
            "Dans l'ensemble, ce sont les fiches de l'agence Urssaf qui ressemblent le plus à la question.",
        ),
        (
            {"remits": {INPI: 0.0, URSSAF: 1.0}, "subjects": {INPI: 0.5, URSSAF: 0.5}},
            "Le domaine le plus proche de la question est celui de l'agence Urssaf : ",
        ),
        (
            {
                "entries": [
                    _found("a", "inpi", 3.0, question="Quelle marque ?"),
                    _found("b", "urssaf-idf", 2.9, question="Payer ?"),
                ],
                "subjects": {INPI: 0.0, URSSAF: 1.0},
                "remits": {INPI: 0.4, URSSAF: 0.5},
            },
            "Une des 2 fiches les plus proches est de l'agence Urssaf : « Payer ? ».",
        ),
    ],
)
def test_the_strongest_evidence_is_the_reason(evidence: dict[str, Any], reason: str) -> None:
    owner = _owner(**evidence)

    assert owner.agency_id == URSSAF
    assert owner.reason.startswith(reason)


def test_what_somebody_gave_to_an_agency_draws_a_question_like_it_there() -> None:
    known = {"subjects": {INPI: 0.5, URSSAF: 0.4}, "remits": {INPI: 0.5, URSSAF: 0.4}}

    assert _owner(**known).likely == (INPI, URSSAF)
    assert _owner(**known, given={URSSAF: 0.9}).likely == (URSSAF, INPI)
    assert _owner(**known, given={URSSAF: 0.2}).likely == (INPI, URSSAF), "a question as unlike as any other"
    assert _owner().likely == ()
