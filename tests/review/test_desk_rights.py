"""Nobody does at the desk what the table of rights does not give; what is refused leaves no trace."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import AlternateQuestion, EntryId
from noa_rag.domain.errors import Forbidden
from noa_rag.domain.people import PersonId
from tests.factories import a_draft, a_person, an_entry_content
from tests.review.desk_office import (
    ADA,
    BOTH,
    CAMILLE,
    CORA,
    DOMINIQUE,
    ENTRY,
    GONE,
    QUENTIN,
    ULYSSE,
    Office,
)

Deed = Callable[[Office, PersonId], object]
EVERYONE = (CAMILLE, DOMINIQUE, ULYSSE, BOTH, CORA, QUENTIN, ADA, GONE, PersonId("nobody"))
OF_INPI = {CAMILLE, DOMINIQUE, BOTH}
DRAFT = a_draft(entry_id=EntryId("inedite"))
QUESTION = (AlternateQuestion("Marque : où ?"),)
DEEDS: dict[str, tuple[Deed, set[PersonId]]] = {
    "propose": (lambda o, who: o.desk.propose(who, EntryId("autre"), an_entry_content()), OF_INPI),
    "save": (lambda o, who: o.desk.save(who, DRAFT.id, 1, an_entry_content(answer="Autrement.")), OF_INPI),
    "approve": (lambda o, who: o.desk.approve(who, DRAFT.id, 1), OF_INPI),
    "decline": (lambda o, who: o.desk.decline(who, DRAFT.id, 1, "hors sujet"), OF_INPI),
    "attach": (lambda o, who: o.desk.attach(who, DRAFT.id, 1, ENTRY, QUESTION), OF_INPI),
    "ask for changes": (lambda o, who: o.desk.ask_changes(who, DRAFT.id, 1, "plus court"), OF_INPI),
    "hand over": (lambda o, who: o.desk.hand_over(who, DRAFT.id, 1, AgencyId("urssaf")), OF_INPI | {CORA}),
    "withdraw": (lambda o, who: o.desk.withdraw(who, ENTRY, 2, "loi changée"), OF_INPI | {CORA}),
    "roll back": (lambda o, who: o.desk.roll_back(who, ENTRY, 2, 1), OF_INPI),
    "set rules": (lambda o, who: o.desk.set_needs_two_people(who, AgencyId("inpi"), needs=True), {ADA}),
}


@pytest.fixture
def office(office: Office) -> Office:
    office.publish(answer="Avant.")
    office.publish(answer="Maintenant.")
    office.put(DRAFT)
    return office


@pytest.mark.parametrize("who", EVERYONE)
@pytest.mark.parametrize("name", DEEDS)
def test_each_deed_is_open_to_those_who_have_the_right_and_closed_to_all_others(
    office: Office, name: str, who: PersonId
) -> None:
    do, allowed = DEEDS[name]
    before = office.store.state

    if who in allowed:
        do(office, who)
        assert office.store.state.deeds[-1][0] == who
    else:
        with pytest.raises(Forbidden):
            do(office, who)
        assert office.store.state is before


def test_whoever_lost_the_draft_to_another_agency_is_not_asked_to_send_again_what_she_may_not(office: Office) -> None:
    office.desk.hand_over(CORA, DRAFT.id, 1, AgencyId("urssaf"))
    text = an_entry_content(answer="Longuement écrit.")

    for deed in (
        lambda: office.desk.save(CAMILLE, DRAFT.id, 1, text),
        lambda: office.desk.approve(CAMILLE, DRAFT.id, 1),
        lambda: office.desk.undo(CAMILLE, DRAFT.id, 1),
        lambda: office.desk.withdraw(ULYSSE, ENTRY, 1, "erreur"),
        lambda: office.desk.roll_back(ULYSSE, ENTRY, 1, 1),
    ):
        with pytest.raises(Forbidden):
            deed()


def test_a_text_that_comes_with_a_hand_over_is_kept_for_those_who_may_write_it_alone(office: Office) -> None:
    text = an_entry_content(answer="Autrement.")

    with pytest.raises(Forbidden):
        office.desk.hand_over(CORA, DRAFT.id, 1, AgencyId("urssaf"), content=text)
    handed = office.desk.hand_over(CAMILLE, DRAFT.id, 1, AgencyId("urssaf"), content=text)

    assert (handed.content.answer, handed.agency_id, handed.author) == ("Autrement.", "urssaf", CAMILLE)


OF_URSSAF = an_entry_content(agency_id=AgencyId("urssaf"))
ACROSS: dict[str, tuple[PersonId, Callable[[Office, PersonId], object], str]] = {
    "propose a text of another agency": (
        CAMILLE,
        lambda o, who: o.desk.propose(who, EntryId("x"), OF_URSSAF),
        "urssaf",
    ),
    "save it as another agency's": (CAMILLE, lambda o, who: o.desk.save(who, DRAFT.id, 1, OF_URSSAF), "urssaf"),
    "approve it so": (CAMILLE, lambda o, who: o.desk.approve(who, DRAFT.id, 1, content=OF_URSSAF), "urssaf"),
    "take another agency's entry over": (ULYSSE, lambda o, who: o.desk.propose(who, ENTRY, OF_URSSAF), "inpi"),
    "approve a draft that takes it over": (ULYSSE, lambda o, who: o.desk.approve(who, TAKING_OVER.id, 1), "inpi"),
    "base a draft on it": (
        ULYSSE,
        lambda o, who: o.desk.save(who, TAKING_OVER.id, 1, OF_URSSAF, base_version=2),
        "inpi",
    ),
    "attach to it": (CAMILLE, lambda o, who: o.desk.attach(who, DRAFT.id, 1, EntryId("droits"), QUESTION), "urssaf"),
    "bring its text back": (CAMILLE, lambda o, who: o.desk.roll_back(who, EntryId("passee"), 2, 1), "urssaf"),
}
TAKING_OVER = a_draft("e" * 32, content=OF_URSSAF)


@pytest.mark.parametrize("deed", ACROSS)
def test_nothing_is_done_over_an_agency_that_one_does_not_answer_for(office: Office, deed: str) -> None:
    office.publish("droits", agency_id=AgencyId("urssaf"))
    office.publish("passee", agency_id=AgencyId("urssaf"), answer="De l'Urssaf.")
    office.publish("passee", answer="De l'INPI.")
    office.put(replace(TAKING_OVER, base_version=1 if deed == "base a draft on it" else 2))
    who, do, agency = ACROSS[deed]
    before = office.store.state

    with pytest.raises(Forbidden, match=agency):
        do(office, who)
    assert office.store.state is before


def test_undoing_wants_the_right_over_the_draft_and_over_the_entry(office: Office) -> None:
    office.publish("droits", agency_id=AgencyId("douanes"))
    attached = office.desk.attach(BOTH, DRAFT.id, 1, EntryId("droits"), QUESTION)

    for agency, missing in (("urssaf", "inpi"), ("inpi", "douanes")):
        office.employ(a_person(BOTH, agency))
        with pytest.raises(Forbidden, match=missing):
            office.desk.undo(BOTH, DRAFT.id, attached.revision)
