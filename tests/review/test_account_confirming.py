"""Nobody comes to approve by an administrator's word alone: a second person confirms what an account was given."""

from dataclasses import replace

import pytest

from noa_rag.domain.entry import AlternateQuestion, EntryId
from noa_rag.domain.errors import Forbidden, NotAllowedNow, NotFound, VersionConflict
from noa_rag.domain.people import AccountChange, PersonId, Role
from tests.factories import a_draft, a_person, an_entry_content
from tests.review.desk_office import ADA, CAMILLE, CORA, DOMINIQUE, ENTRY, QUENTIN, ULYSSE, Office, refused

ALI = PersonId("ali")  # the other administrator


@pytest.fixture
def office(office: Office) -> Office:
    """Two administrators; one of them made herself a referent of the INPI."""
    office.employ(a_person(ALI, roles=[Role.ADMINISTRATOR]))
    herself = a_person(ADA, "inpi", roles=[Role.ADMINISTRATOR, Role.REFERENT])
    office.employ(replace(herself, unconfirmed=(AccountChange(ADA, 7),)))
    return office


@pytest.mark.parametrize("who", [CORA, ALI])
def test_an_administrator_who_made_herself_a_referent_decides_nothing_before_somebody_confirms_it(
    office: Office, who: PersonId
) -> None:
    office.publish(answer="Avant.")
    office.publish()
    draft, question = office.put(a_draft(entry_id=EntryId("inedite"))), (AlternateQuestion("Marque : où ?"),)
    before = office.store.state

    for deed in (
        lambda: office.desk.approve(ADA, draft.id, 1),
        lambda: office.desk.attach(ADA, draft.id, 1, ENTRY, question),
        lambda: office.desk.decline(ADA, draft.id, 1, "non"),
        lambda: office.desk.roll_back(ADA, ENTRY, 2, 1),
        lambda: office.desk.confirm_account(ADA, ADA, 7),
    ):
        assert refused(deed) == "unconfirmed"
    assert office.store.state is before
    office.desk.propose(ADA, EntryId("autre"), an_entry_content())
    office.desk.withdraw(ADA, ENTRY, 2, "faux")

    office.desk.confirm_account(who, ADA, 7)
    office.desk.approve(ADA, draft.id, 1)

    assert (who, "account_confirmed", ADA, {"up_to": 7}) in office.store.state.deeds
    assert office.store.state.people[ADA].unconfirmed == ()


def test_nobody_confirms_a_change_of_her_own_or_while_her_own_account_waits(office: Office) -> None:
    office.employ(replace(a_person(DOMINIQUE, "inpi"), unconfirmed=(AccountChange(ALI, 8), AccountChange(CORA, 9))))

    assert refused(lambda: office.desk.confirm_account(ALI, DOMINIQUE, 9)) == "own_change"
    assert refused(lambda: office.desk.confirm_account(CORA, DOMINIQUE, 9)) == "own_change"
    office.employ(replace(a_person("carl", roles=[Role.COORDINATOR]), unconfirmed=(AccountChange(ADA, 8),)))
    assert refused(lambda: office.desk.confirm_account(PersonId("carl"), ADA, 7)) == "unconfirmed"


@pytest.mark.parametrize("who", [CAMILLE, QUENTIN, PersonId("nobody")])
def test_referents_and_qa_confirm_nothing(office: Office, who: PersonId) -> None:
    with pytest.raises(Forbidden):
        office.desk.confirm_account(who, ADA, 7)


def test_what_changed_since_the_page_was_read_is_not_confirmed_unseen(office: Office) -> None:
    waiting = office.store.state.people[ADA]
    office.employ(replace(waiting, unconfirmed=(*waiting.unconfirmed, AccountChange(ADA, 12))))

    with pytest.raises(VersionConflict):
        office.desk.confirm_account(CORA, ADA, 7)

    assert office.store.state.people[ADA].newest_change == 12


def test_there_is_nothing_to_confirm_of_an_account_that_does_not_wait_or_is_not_there(office: Office) -> None:
    assert refused(lambda: office.desk.confirm_account(CORA, CAMILLE, 0)) == "nothing_to_confirm"
    with pytest.raises(NotFound):
        office.desk.confirm_account(CORA, PersonId("nobody"), 0)


def test_a_referent_who_waits_is_no_second_pair_of_eyes_yet(office: Office) -> None:
    office.want_two_people("urssaf")
    office.employ(replace(a_person("ursule", "urssaf"), unconfirmed=(AccountChange(ALI, 8),)))

    own = office.desk.propose(ULYSSE, EntryId("cotisations"), an_entry_content(agency_id="urssaf"))

    with pytest.raises(NotAllowedNow, match="nobody today"):
        office.desk.approve(ULYSSE, own.id, 1)
