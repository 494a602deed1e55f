"""Verdicts: what is approved is published, what is declined is not, what is attached widens an entry."""

from dataclasses import replace
from datetime import date

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import DraftState, Published
from noa_rag.domain.entry import EntryId, EntryStatus, JourneyStep, Section, ValidityWindow
from noa_rag.domain.errors import InvalidContent, VersionConflict
from tests.factories import a_draft, an_entry_content
from tests.review.desk_office import BOTH, CAMILLE, DOMINIQUE, ENTRY, Office, refused

OTHER = an_entry_content(answer="Autrement.")


def test_an_approval_publishes_the_draft_word_for_word(office: Office) -> None:
    draft = office.put()
    office.later(60)

    approved = office.desk.approve(CAMILLE, draft.id, 1, note=" vu en comité ")

    entry = office.entry()
    assert (entry.version, entry.status, entry.content) == (1, EntryStatus.APPROVED, draft.content)
    assert (entry.author, entry.approver, entry.note) == ("noa", CAMILLE, "vu en comité")
    assert (entry.approved_at, approved.decided_at, approved.decided_by) == (office.moment, office.moment, CAMILLE)
    assert (approved.state, approved.published) == (DraftState.APPROVED, Published(ENTRY, 1, 0))
    assert office.deeds() == ["version_added", "draft_approved"]


def test_an_amendment_is_published_and_makes_one_the_author(office: Office) -> None:
    approved = office.desk.approve(CAMILLE, office.put().id, 1, content=OTHER)

    assert (office.entry().content, office.entry().author) == (OTHER, CAMILLE)
    assert (approved.content, approved.author) == (OTHER, CAMILLE)
    assert office.store.state.deeds[-1][3] == {"entry": ENTRY, "version": 1, "amended": 1}


def test_an_amendment_that_changes_nothing_leaves_the_author(office: Office) -> None:
    draft = office.put()

    office.desk.approve(CAMILLE, draft.id, 1, content=draft.content)

    assert office.entry().author == "noa"


def test_an_amendment_that_cannot_be_an_entry_publishes_nothing(office: Office) -> None:
    draft = office.put()

    with pytest.raises(InvalidContent):
        office.desk.approve(CAMILLE, draft.id, 1, content=an_entry_content(answer="<script>x</script>"))

    assert office.store.state.histories == {}
    assert office.draft(draft.id) == draft


def test_a_draft_that_noa_prepared_badly_is_not_published_either(office: Office) -> None:
    bad_text = office.put(a_draft(content=an_entry_content(sources=())))
    bad_id = office.put(a_draft("e" * 32, entry_id=EntryId("à voir")))

    for draft in (bad_text, bad_id):
        with pytest.raises(InvalidContent):
            office.desk.approve(CAMILLE, draft.id, 1)


@pytest.mark.parametrize(
    "unwritten",
    [
        {"answer": "[À rédiger] Rien n'a été trouvé."},
        {"answer": "Un délai court.\n\n[À rédiger] La suite."},
        {"sections": (Section("suite", "Suite", "[À rédiger]"),)},
    ],
)
def test_an_answer_that_is_still_to_be_written_is_kept_and_not_published(
    office: Office, unwritten: dict[str, object]
) -> None:
    draft = office.put(a_draft(content=an_entry_content(**unwritten)))

    with pytest.raises(InvalidContent, match="to_write"):
        office.desk.approve(CAMILLE, draft.id, 1)
    saved = office.desk.save(CAMILLE, draft.id, 1, replace(draft.content, question="Et la marque ?"))
    with pytest.raises(InvalidContent, match="to_write"):
        office.desk.approve(CAMILLE, draft.id, saved.revision, content=draft.content)

    assert office.store.state.histories == {}


@pytest.mark.parametrize(
    "cut",
    [
        {"answer": "Selon la fiche :\n\nLe dépôt coûte 190 €.\n\n[…]"},
        {"answer": "Le dépôt [...] coûte 190 €."},
        {"sections": (Section("suite", "Suite", "Le dépôt coûte\n\n[ … ]"),)},
        {"steps": (JourneyStep("Déposez […]"),)},
    ],
)
def test_a_text_that_is_still_cut_is_kept_and_not_published(office: Office, cut: dict[str, object]) -> None:
    draft = office.put(a_draft(content=an_entry_content(**cut)))

    with pytest.raises(InvalidContent, match="cut"):
        office.desk.approve(CAMILLE, draft.id, 1)
    saved = office.desk.save(CAMILLE, draft.id, 1, replace(draft.content, question="Et la marque ?"))
    with pytest.raises(InvalidContent, match="cut"):
        office.desk.approve(CAMILLE, draft.id, saved.revision, content=draft.content)

    assert office.store.state.histories == {}


def test_a_draft_without_a_source_may_be_worked_on_and_is_not_published(office: Office) -> None:
    draft = office.put(a_draft(content=replace(an_entry_content(), sources=())))

    saved = office.desk.save(CAMILLE, draft.id, 1, replace(draft.content, question="Et la marque ?"))
    with pytest.raises(InvalidContent, match="sources: missing"):
        office.desk.approve(CAMILLE, draft.id, saved.revision)

    assert office.store.state.histories == {}


def test_a_draft_without_an_answer_may_be_worked_on_and_is_not_published(office: Office) -> None:
    draft = office.put(a_draft(content=an_entry_content(answer="")))

    saved = office.desk.save(CAMILLE, draft.id, 1, replace(draft.content, question="Et la marque ?"))
    with pytest.raises(InvalidContent, match="answer: missing"):
        office.desk.approve(CAMILLE, draft.id, saved.revision)
    declined = office.desk.decline(CAMILLE, draft.id, saved.revision, "Hors sujet", content=draft.content)

    assert (declined.state, office.store.state.histories) == (DraftState.DECLINED, {})


def test_a_draft_sent_back_for_changes_may_still_be_approved(office: Office) -> None:
    asked = office.desk.ask_changes(CAMILLE, office.put().id, 1, "plus court")

    assert office.desk.approve(DOMINIQUE, asked.id, asked.revision).state is DraftState.APPROVED


def test_of_two_drafts_of_one_entry_the_second_approval_is_told_that_the_entry_moved(office: Office) -> None:
    office.publish()
    first = office.desk.propose(CAMILLE, ENTRY, OTHER)
    second = office.desk.propose(DOMINIQUE, ENTRY, an_entry_content(answer="Encore autrement."))
    office.desk.approve(DOMINIQUE, first.id, 1)

    with pytest.raises(VersionConflict):
        office.desk.approve(CAMILLE, second.id, 1)

    assert office.entry().content == OTHER
    assert office.draft(second.id) == second


def test_a_draft_made_before_its_entry_was_withdrawn_does_not_bring_it_back(office: Office) -> None:
    office.publish()
    draft = office.desk.propose(CAMILLE, ENTRY, OTHER)
    office.desk.withdraw(CAMILLE, ENTRY, 1, "loi changée")

    with pytest.raises(VersionConflict):
        office.desk.approve(CAMILLE, draft.id, 1)

    assert office.entry().status is EntryStatus.WITHDRAWN


def test_a_text_that_is_not_valid_yet_may_be_approved(office: Office) -> None:
    coming = an_entry_content(window=ValidityWindow(date(2027, 1, 1), None))

    office.desk.approve(CAMILLE, office.put(a_draft(content=coming)).id, 1)

    assert not office.entry().is_servable_on(date(2026, 12, 31))
    assert office.entry().is_servable_on(date(2027, 1, 1))


def test_where_two_people_are_wanted_nobody_approves_her_own_words(office: Office) -> None:
    office.want_two_people()
    own = office.desk.propose(CAMILLE, ENTRY, OTHER)
    prepared = office.put(a_draft(entry_id=EntryId("autre")))

    assert refused(lambda: office.desk.approve(CAMILLE, own.id, 1)) == "second_person"
    assert refused(lambda: office.desk.approve(CAMILLE, prepared.id, 1, content=OTHER)) == "second_person"
    office.desk.approve(DOMINIQUE, own.id, 1)
    office.desk.approve(CAMILLE, prepared.id, 1)

    assert (office.entry().author, office.entry().approver) == (CAMILLE, DOMINIQUE)


def test_the_rule_of_the_entrys_agency_counts_when_a_draft_moves_it_to_another(office: Office) -> None:
    office.want_two_people("inpi")
    office.publish()
    draft = office.desk.propose(BOTH, ENTRY, an_entry_content(agency_id=AgencyId("douanes")))

    assert draft.agency_id == "douanes"
    assert refused(lambda: office.desk.approve(BOTH, draft.id, 1)) == "second_person"


def test_an_approved_demonstration_text_is_the_agencys_own(office: Office) -> None:
    office.publish(origin="demonstration")
    draft = office.desk.propose(CAMILLE, ENTRY, an_entry_content(origin="demonstration", answer="Relu."))

    office.desk.approve(CAMILLE, draft.id, 1)

    assert office.entry().content == an_entry_content(answer="Relu.")


def test_the_origin_of_an_official_fiche_stays(office: Office) -> None:
    office.publish(origin="vosdroits")
    draft = office.desk.propose(CAMILLE, ENTRY, an_entry_content(origin="vosdroits", answer="Relu."))

    office.desk.approve(CAMILLE, draft.id, 1)

    assert office.entry().content.origin == "vosdroits"


def test_a_day_of_validation_carried_over_gives_way_to_the_day_of_approval(office: Office) -> None:
    office.publish(validated_on=date(2020, 4, 1))
    draft = office.desk.propose(CAMILLE, ENTRY, an_entry_content(validated_on=date(2020, 4, 1), answer="Relu."))

    office.desk.approve(CAMILLE, draft.id, 1)

    assert office.entry().validated_on == office.moment.date()


def test_a_day_of_validation_that_the_draft_names_stays(office: Office) -> None:
    draft = office.put(a_draft(content=an_entry_content(validated_on=date(2026, 11, 2))))

    office.desk.approve(CAMILLE, draft.id, 1)

    assert office.entry().validated_on == date(2026, 11, 2)


def test_declining_publishes_nothing_and_keeps_the_reason(office: Office) -> None:
    declined = office.desk.decline(CAMILLE, office.put().id, 1, " hors sujet ")

    assert (declined.state, declined.note, declined.decided_by) == (DraftState.DECLINED, "hors sujet", CAMILLE)
    assert office.store.state.histories == {}
    assert office.deeds() == ["draft_declined"]
