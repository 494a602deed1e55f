"""Author and approver are two people by default; an agency with one referent does without, and the audit says so."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import AlternateQuestion, EntryId
from noa_rag.domain.errors import NotAllowedNow
from noa_rag.domain.people import Role, TwoPeople
from noa_rag.review.desk import ReviewDesk
from tests.factories import a_draft, a_person, an_entry_content
from tests.review.desk_office import ADA, BOTH, CAMILLE, DOMINIQUE, ENTRY, ULYSSE, Office

OTHER = an_entry_content(answer="Autrement.")
COTISATIONS = EntryId("cotisations")
OF_URSSAF = an_entry_content(agency_id=AgencyId("urssaf"))  # Ulysse is its only referent


@pytest.fixture
def office(office: Office) -> Office:
    """The desk with the setting of the operator that holds by default."""
    office.desk = ReviewDesk(office.store, lambda: office.moment)
    return office


def refused(deed: Callable[[], object]) -> str:
    with pytest.raises(NotAllowedNow) as refusal:
        deed()
    return refusal.value.reason


def with_setting(office: Office, setting: TwoPeople) -> ReviewDesk:
    return ReviewDesk(office.store, lambda: office.moment, setting)


def alone(office: Office) -> list[tuple[str, str]]:
    """Return who published alone, and which entry, as the audit notes it."""
    return [(who, subject) for who, action, subject, _ in office.store.state.deeds if action == "published_alone"]


def test_where_an_agency_has_two_referents_nobody_approves_her_own_words(office: Office) -> None:
    own = office.desk.propose(CAMILLE, ENTRY, OTHER)
    prepared = office.put(a_draft(entry_id=EntryId("autre")))

    assert refused(lambda: office.desk.approve(CAMILLE, own.id, 1)) == "second_person"
    assert refused(lambda: office.desk.approve(CAMILLE, prepared.id, 1, content=OTHER)) == "second_person"
    assert "published_alone" not in office.deeds()
    office.desk.approve(DOMINIQUE, own.id, 1)

    assert (office.entry().author, office.entry().approver) == (CAMILLE, DOMINIQUE)
    assert alone(office) == []


def test_nobody_who_edited_the_text_approves_it_whoever_edited_last(office: Office) -> None:
    draft = office.desk.propose(CAMILLE, ENTRY, an_entry_content(answer="De Camille."))
    draft = office.desk.save(DOMINIQUE, draft.id, 1, an_entry_content(answer="De Camille et Dominique."))

    assert draft.writers == {CAMILLE, DOMINIQUE}
    for writer in (CAMILLE, DOMINIQUE):
        assert refused(lambda who=writer: office.desk.approve(who, draft.id, 2)) == "second_person"
    office.desk.approve(BOTH, draft.id, 2)

    assert (office.entry().author, office.entry().approver) == (DOMINIQUE, BOTH)


def test_a_text_kept_with_another_act_makes_one_its_writer_too(office: Office) -> None:
    draft = office.put()
    asked = office.desk.ask_changes(CAMILLE, draft.id, 1, "plus court", content=OTHER)
    saved = office.desk.save(DOMINIQUE, draft.id, asked.revision, an_entry_content(answer="Court."))

    assert refused(lambda: office.desk.approve(CAMILLE, draft.id, saved.revision)) == "second_person"


def test_opening_a_draft_of_the_text_in_force_writes_nothing_of_it(office: Office) -> None:
    office.publish()
    opened = office.desk.propose(CAMILLE, ENTRY, office.entry().content)
    saved = office.desk.save(DOMINIQUE, opened.id, 1, OTHER)

    assert refused(lambda: office.desk.approve(DOMINIQUE, opened.id, saved.revision)) == "second_person"
    office.desk.approve(CAMILLE, opened.id, saved.revision)

    assert (office.entry().author, office.entry().approver) == (DOMINIQUE, CAMILLE)


def test_what_is_undone_keeps_its_writers(office: Office) -> None:
    draft = office.desk.propose(CAMILLE, ENTRY, OTHER)
    approved = office.desk.approve(DOMINIQUE, draft.id, 1)
    undone = office.desk.undo(DOMINIQUE, draft.id, approved.revision)
    saved = office.desk.save(BOTH, draft.id, undone.revision, an_entry_content(answer="Autrement encore."))

    assert refused(lambda: office.desk.approve(CAMILLE, draft.id, saved.revision)) == "second_person"


def test_the_only_referent_of_an_agency_approves_alone_and_the_audit_says_so(office: Office) -> None:
    own = office.desk.propose(ULYSSE, COTISATIONS, OF_URSSAF)

    office.desk.approve(ULYSSE, own.id, 1)

    assert (office.entry(COTISATIONS).author, office.entry(COTISATIONS).approver) == (ULYSSE, ULYSSE)
    assert office.store.state.deeds[-3] == (ULYSSE, "published_alone", COTISATIONS, {"agencies": "urssaf"})


def test_a_second_referent_counts_from_the_moment_she_is_one_and_no_longer_than_that(office: Office) -> None:
    own = office.desk.propose(ULYSSE, COTISATIONS, OF_URSSAF)

    office.employ(a_person("ursule", "urssaf"))
    assert refused(lambda: office.desk.approve(ULYSSE, own.id, 1)) == "second_person"
    office.employ(a_person("ursule", "urssaf", is_active=False))
    office.desk.approve(ULYSSE, own.id, 1)

    assert alone(office) == [(ULYSSE, COTISATIONS)]


def test_a_text_that_noa_prepared_is_approved_by_one_person(office: Office) -> None:
    office.desk.approve(CAMILLE, office.put().id, 1)

    assert (office.entry().author, office.entry().approver) == ("noa", CAMILLE)
    assert alone(office) == []


def test_an_administrator_who_is_the_only_referent_does_not_approve_her_own_words(office: Office) -> None:
    office.employ(a_person(ULYSSE, "urssaf", roles=[Role.REFERENT, Role.ADMINISTRATOR]))
    own = office.desk.propose(ULYSSE, COTISATIONS, OF_URSSAF)

    assert refused(lambda: office.desk.approve(ULYSSE, own.id, 1)) == "second_person"


def test_every_agency_that_the_text_comes_from_or_goes_to_counts(office: Office) -> None:
    office.publish()
    moved = office.desk.propose(BOTH, ENTRY, an_entry_content(agency_id=AgencyId("douanes")))

    assert refused(lambda: office.desk.approve(BOTH, moved.id, 1)) == "second_person"


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


def test_the_only_referent_brings_her_own_words_back_and_the_audit_says_so(office: Office) -> None:
    for answer in ("Avant.", "Maintenant."):
        office.publish(COTISATIONS, agency_id=AgencyId("urssaf"), answer=answer)
    versions = office.store.state.histories[COTISATIONS]
    versions[0] = replace(versions[0], author=ULYSSE)

    office.desk.roll_back(ULYSSE, COTISATIONS, 2, 1)

    assert alone(office) == [(ULYSSE, COTISATIONS)]


def test_a_wrong_text_is_withdrawn_by_one_person_all_the_same(office: Office) -> None:
    office.publish()

    office.desk.withdraw(CAMILLE, ENTRY, 1, "erreur")

    assert office.entry().status.value == "withdrawn"


@pytest.mark.parametrize(
    ("setting", "may_camille", "may_ulysse"),
    [
        (TwoPeople.ON_REQUEST, True, True),
        (TwoPeople.WHERE_POSSIBLE, False, True),
        (TwoPeople.ALWAYS, False, False),
    ],
)
def test_the_operator_relaxes_or_tightens_the_rule(
    office: Office, setting: TwoPeople, may_camille: bool, may_ulysse: bool
) -> None:
    desk = with_setting(office, setting)
    for who, entry_id, content, may in (
        (CAMILLE, ENTRY, OTHER, may_camille),
        (ULYSSE, COTISATIONS, OF_URSSAF, may_ulysse),
    ):
        own = desk.propose(who, entry_id, content)
        if may:
            desk.approve(who, own.id, 1)
        else:
            assert refused(lambda who=who, own=own: desk.approve(who, own.id, 1)) == "second_person"


@pytest.mark.parametrize("setting", TwoPeople)
def test_an_agency_that_asks_for_two_people_gets_them_under_every_setting(office: Office, setting: TwoPeople) -> None:
    office.want_two_people("urssaf")
    own = office.desk.propose(ULYSSE, COTISATIONS, OF_URSSAF)

    assert refused(lambda: with_setting(office, setting).approve(ULYSSE, own.id, 1)) == "second_person"


def test_a_rule_that_an_administrator_lifts_leaves_what_the_operator_set(office: Office) -> None:
    own = office.desk.propose(CAMILLE, ENTRY, OTHER)

    office.desk.set_needs_two_people(ADA, AgencyId("inpi"), needs=False)

    assert refused(lambda: office.desk.approve(CAMILLE, own.id, 1)) == "second_person"


def test_the_refusal_names_those_who_may_approve_instead(office: Office) -> None:
    own = office.desk.propose(CAMILLE, ENTRY, OTHER)

    with pytest.raises(NotAllowedNow, match=r"inpi want another referent to approve it: both, dominique\."):
        office.desk.approve(CAMILLE, own.id, 1)
