"""Author and approver are two people by default; an agency with one referent does without, and the audit says so."""

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import AlternateQuestion, EntryId
from noa_rag.domain.errors import NotAllowedNow
from noa_rag.domain.people import Role, TwoPeople
from noa_rag.review.desk import ReviewDesk
from tests.factories import a_draft, a_person, an_entry_content
from tests.review.desk_office import ADA, BOTH, CAMILLE, DOMINIQUE, ENTRY, ULYSSE, Office, refused

OTHER = an_entry_content(answer="Autrement.")
COTISATIONS = EntryId("cotisations")
OF_URSSAF = an_entry_content(agency_id=AgencyId("urssaf"))  # Ulysse is its only referent


@pytest.fixture
def office(office: Office) -> Office:
    """The desk with the setting of the operator that holds by default."""
    office.desk = ReviewDesk(office.store, lambda: office.moment)
    return office


def alone(office: Office) -> list[tuple[str, str]]:
    """Return who published alone, and which entry, as the audit notes it."""
    return [(who, subject) for who, action, subject, _ in office.store.state.deeds if action == "published_alone"]


def test_where_an_agency_has_two_referents_nobody_approves_her_own_words(office: Office) -> None:
    own = office.desk.propose(CAMILLE, ENTRY, OTHER)
    prepared = office.put(a_draft(entry_id=EntryId("autre")))

    assert refused(lambda: office.desk.approve(CAMILLE, own.id, 1)) == "second_person"
    assert refused(lambda: office.desk.approve(CAMILLE, prepared.id, 1, content=OTHER)) == "second_person"
    with pytest.raises(NotAllowedNow, match=r"inpi want another referent to approve it: both, dominique\."):
        office.desk.approve(CAMILLE, own.id, 1)
    office.desk.approve(DOMINIQUE, own.id, 1)
    office.desk.approve(CAMILLE, prepared.id, 1)  # nobody wrote in it

    assert (office.entry().author, office.entry().approver) == (CAMILLE, DOMINIQUE)
    assert alone(office) == []


def test_nobody_attaches_her_own_words(office: Office) -> None:
    office.publish("marque", question="Autre chose ?")
    marque, of_draft = EntryId("marque"), (AlternateQuestion("Comment déposer une marque ?"),)
    own = office.desk.propose(CAMILLE, ENTRY, an_entry_content())
    own = office.desk.save(DOMINIQUE, own.id, 1, OTHER)

    assert refused(lambda: office.desk.attach(CAMILLE, own.id, 2, marque, of_draft)) == "second_person"
    assert (
        refused(lambda: office.desk.attach(BOTH, own.id, 2, marque, (AlternateQuestion("Inventée ?"),)))
        == "second_person"
    )
    office.desk.attach(BOTH, own.id, 2, marque, of_draft)


def test_nobody_brings_words_back_that_she_wrote_or_edited(office: Office) -> None:
    draft = office.desk.propose(CAMILLE, ENTRY, an_entry_content(answer="Avant."))
    draft = office.desk.save(DOMINIQUE, draft.id, 1, an_entry_content(answer="Avant, à deux."))
    office.desk.approve(BOTH, draft.id, 2)
    office.publish(answer="Maintenant.")

    for writer in (CAMILLE, DOMINIQUE):
        assert refused(lambda who=writer: office.desk.roll_back(who, ENTRY, 2, 1)) == "second_person"
    office.desk.roll_back(BOTH, ENTRY, 2, 1)

    assert office.entry().content.answer == "Avant, à deux."


def test_a_wrong_text_is_withdrawn_by_one_person_all_the_same(office: Office) -> None:
    office.publish()

    office.desk.withdraw(CAMILLE, ENTRY, 1, "erreur")

    assert office.entry().status.value == "withdrawn"


def test_nobody_who_changed_the_text_since_the_draft_was_begun_approves_it(office: Office) -> None:
    """Camille's words came with another act; the approval that Dominique gave and undid leaves the writers."""
    draft = office.put()
    returned = office.desk.ask_changes(CAMILLE, draft.id, 1, "plus court", content=OTHER)
    approved = office.desk.approve(DOMINIQUE, draft.id, returned.revision)
    undone = office.desk.undo(DOMINIQUE, draft.id, approved.revision)
    saved = office.desk.save(DOMINIQUE, draft.id, undone.revision, an_entry_content(answer="Court."))

    assert saved.writers == {CAMILLE, DOMINIQUE}
    for writer in saved.writers:
        deed = lambda who=writer: office.desk.approve(who, draft.id, saved.revision)  # noqa: E731
        assert refused(deed) == "second_person"
    office.desk.approve(BOTH, draft.id, saved.revision)

    assert (office.entry().author, office.entry().approver) == (DOMINIQUE, BOTH)


def test_keeping_words_or_opening_a_draft_of_the_text_in_force_writes_nothing(office: Office) -> None:
    office.publish()
    opened = office.desk.propose(CAMILLE, ENTRY, office.entry().content)
    saved = office.desk.save(DOMINIQUE, opened.id, 1, OTHER)
    again = office.desk.save(CAMILLE, opened.id, saved.revision, OTHER)

    assert refused(lambda: office.desk.approve(DOMINIQUE, opened.id, again.revision)) == "second_person"
    office.desk.approve(CAMILLE, opened.id, again.revision)

    assert (office.entry().author, office.entry().approver) == (DOMINIQUE, CAMILLE)


def test_the_only_referent_approves_alone_while_she_is_that_and_the_audit_says_so(office: Office) -> None:
    own = office.desk.propose(ULYSSE, COTISATIONS, OF_URSSAF)

    office.employ(a_person("ursule", "urssaf"))
    assert refused(lambda: office.desk.approve(ULYSSE, own.id, 1)) == "second_person"
    office.employ(a_person("ursule", "urssaf", is_active=False))
    office.employ(a_person(ULYSSE, "urssaf", roles=[Role.REFERENT, Role.ADMINISTRATOR]))  # she could close an account
    assert refused(lambda: office.desk.approve(ULYSSE, own.id, 1)) == "second_person"
    office.employ(a_person(ULYSSE, "urssaf"))
    office.desk.approve(ULYSSE, own.id, 1)

    assert office.store.state.deeds[-3] == (ULYSSE, "published_alone", COTISATIONS, {"agencies": "urssaf"})
    office.publish(COTISATIONS, agency_id=AgencyId("urssaf"), answer="Maintenant.")
    office.desk.roll_back(ULYSSE, COTISATIONS, 2, 1)
    assert alone(office) == [(ULYSSE, COTISATIONS)] * 2


@pytest.mark.parametrize("is_asked_for", [False, True])
@pytest.mark.parametrize(
    ("setting", "may_camille", "may_ulysse"),
    [
        (TwoPeople.ON_REQUEST, True, True),
        (TwoPeople.WHERE_POSSIBLE, False, True),
        (TwoPeople.ALWAYS, False, False),
    ],
)
def test_the_operator_relaxes_or_tightens_the_rule_and_an_agency_tightens_it(
    office: Office, setting: TwoPeople, may_camille: bool, may_ulysse: bool, is_asked_for: bool
) -> None:
    desk = ReviewDesk(office.store, lambda: office.moment, setting)
    for who, entry_id, content, may in (
        (CAMILLE, ENTRY, OTHER, may_camille),
        (ULYSSE, COTISATIONS, OF_URSSAF, may_ulysse),
    ):
        desk.set_needs_two_people(ADA, content.agency_id, needs=is_asked_for)
        own = desk.propose(who, entry_id, content)
        if may and not is_asked_for:
            desk.approve(who, own.id, 1)
        else:
            assert refused(lambda who=who, own=own: desk.approve(who, own.id, 1)) == "second_person"
