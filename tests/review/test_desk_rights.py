"""Nobody does at the desk what the table of rights does not give; what is refused leaves no trace."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import AlternateQuestion, EntryId
from noa_rag.domain.errors import Forbidden, NotAllowedNow, VersionConflict
from noa_rag.domain.people import PersonId, Role
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


@pytest.mark.parametrize("name", DEEDS)
def test_an_account_disabled_between_page_and_click_does_nothing(office: Office, name: str) -> None:
    do, allowed = DEEDS[name]
    who = min(allowed)
    office.disable(who)

    with pytest.raises(Forbidden):
        do(office, who)


def test_a_role_removed_between_page_and_click_no_longer_counts(office: Office) -> None:
    office.employ(a_person(CAMILLE, "inpi", roles=[Role.QA]))

    with pytest.raises(Forbidden):
        office.desk.approve(CAMILLE, DRAFT.id, 1)


def test_undoing_wants_the_right_that_the_verdict_wanted(office: Office) -> None:
    decided = office.desk.approve(CAMILLE, DRAFT.id, 1)
    office.employ(a_person(CAMILLE, "urssaf"))

    with pytest.raises(Forbidden):
        office.desk.undo(CAMILLE, DRAFT.id, decided.revision)

    assert office.entry("inedite").version == 1


def test_undoing_an_attachment_wants_the_right_over_the_entry_as_well(office: Office) -> None:
    office.publish("droits", agency_id=AgencyId("douanes"))
    attached = office.desk.attach(BOTH, DRAFT.id, 1, EntryId("droits"), QUESTION)
    office.employ(a_person(BOTH, "inpi"))

    with pytest.raises(Forbidden, match="douanes"):
        office.desk.undo(BOTH, DRAFT.id, attached.revision)


def test_a_text_is_not_moved_into_an_agency_that_one_does_not_answer_for(office: Office) -> None:
    moved = an_entry_content(agency_id=AgencyId("urssaf"))

    with pytest.raises(Forbidden, match="urssaf"):
        office.desk.save(CAMILLE, DRAFT.id, 1, moved)
    with pytest.raises(Forbidden, match="urssaf"):
        office.desk.approve(CAMILLE, DRAFT.id, 1, content=moved)
    with pytest.raises(Forbidden, match="urssaf"):
        office.desk.propose(CAMILLE, EntryId("autre"), moved)


def test_an_entry_is_not_taken_over_by_proposing_it_under_ones_own_agency(office: Office) -> None:
    taken = an_entry_content(agency_id=AgencyId("urssaf"))

    with pytest.raises(Forbidden, match="inpi"):
        office.desk.propose(ULYSSE, ENTRY, taken)


def test_a_draft_made_before_the_entry_existed_does_not_take_it_over_either(office: Office) -> None:
    office.put(a_draft("e" * 32, content=an_entry_content(agency_id=AgencyId("urssaf")), base_version=2))

    with pytest.raises(Forbidden, match="inpi"):
        office.desk.approve(ULYSSE, a_draft("e" * 32).id, 1)


def test_a_draft_moves_with_whoever_answers_for_both_agencies(office: Office) -> None:
    moved = an_entry_content(agency_id=AgencyId("douanes"))

    saved = office.desk.save(BOTH, DRAFT.id, 1, moved)
    approved = office.desk.approve(BOTH, DRAFT.id, saved.revision)

    assert (saved.agency_id, approved.agency_id) == ("douanes", "douanes")
    assert office.entry("inedite").content.agency_id == "douanes"


def test_questions_are_not_attached_to_another_agencys_entry(office: Office) -> None:
    office.publish("cotisations", agency_id=AgencyId("urssaf"))

    with pytest.raises(Forbidden, match="urssaf"):
        office.desk.attach(CAMILLE, DRAFT.id, 1, EntryId("cotisations"), QUESTION)


def test_a_version_from_when_the_entry_was_another_agencys_is_not_brought_back_alone(office: Office) -> None:
    office.publish("droits", agency_id=AgencyId("urssaf"), answer="De l'Urssaf.")
    office.publish("droits", answer="De l'INPI.")

    with pytest.raises(Forbidden, match="urssaf"):
        office.desk.roll_back(CAMILLE, EntryId("droits"), 2, 1)


def test_whoever_has_no_right_at_all_is_told_so_even_by_a_stale_page(office: Office) -> None:
    office.put(replace(DRAFT, revision=5))

    with pytest.raises(Forbidden):
        office.desk.approve(QUENTIN, DRAFT.id, 1)


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


def test_a_rule_of_two_people_does_not_keep_a_wrong_text_from_being_withdrawn(office: Office) -> None:
    office.want_two_people()

    office.desk.withdraw(CAMILLE, ENTRY, 2, "erreur")

    assert office.entry().status.value == "withdrawn"


def test_nothing_is_done_twice(office: Office) -> None:
    decided = office.desk.decline(CAMILLE, DRAFT.id, 1, "hors sujet")

    for revision, refusal in ((1, VersionConflict), (decided.revision, NotAllowedNow)):
        with pytest.raises(refusal):
            office.desk.approve(DOMINIQUE, DRAFT.id, revision)
