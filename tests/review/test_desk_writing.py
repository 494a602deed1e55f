"""Drafts while they are written: proposed, saved, handed over, sent back."""

from collections.abc import Callable

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import Draft, DraftId, DraftState, ProposedBy
from noa_rag.domain.entry import AlternateQuestion, Branch, EntryId, EntryStatus
from noa_rag.domain.errors import InvalidContent, NotFound, VersionConflict
from tests.factories import a_draft, an_entry_content
from tests.review.desk_office import CAMILLE, CORA, DOMINIQUE, ENTRY, ULYSSE, Office, refused

OTHER = an_entry_content(answer="Autrement.")


def test_two_drafts_of_new_entries_do_not_wait_under_one_id(office: Office) -> None:
    first = office.desk.propose(CAMILLE, ENTRY, an_entry_content())
    other = office.put(a_draft("e" * 32, entry_id=EntryId("autre")))

    for deed in (
        lambda: office.desk.propose(DOMINIQUE, ENTRY, OTHER),
        lambda: office.desk.save(DOMINIQUE, other.id, 1, OTHER, entry_id=ENTRY),
    ):
        assert refused(deed) == "drafted"
    office.desk.decline(CAMILLE, first.id, 1, "hors sujet")

    assert office.desk.propose(DOMINIQUE, ENTRY, OTHER).entry_id == ENTRY


def test_an_entry_that_does_not_exist_is_not_named_as_related(office: Office) -> None:
    office.publish("droits")
    known, unknown = EntryId("droits"), EntryId("../../x")
    draft = office.put()

    for deed in (
        lambda: office.desk.propose(CAMILLE, EntryId("autre"), an_entry_content(related=(known, unknown))),
        lambda: office.desk.save(CAMILLE, draft.id, 1, an_entry_content(related=(unknown,))),
        lambda: office.desk.approve(CAMILLE, draft.id, 1, content=an_entry_content(related=(unknown,))),
        lambda: office.desk.decline(CAMILLE, draft.id, 1, "non", content=an_entry_content(related=(unknown,))),
    ):
        with pytest.raises(InvalidContent, match=r"related: unknown_entry \.\./\.\./x"):
            deed()

    assert office.desk.propose(CAMILLE, EntryId("autre"), an_entry_content(related=(known,))).content.related == (
        known,
    )


def test_a_related_entry_that_the_published_text_names_already_does_not_stand_in_the_way(office: Office) -> None:
    gone = (EntryId("disparue"),)
    office.publish(related=gone)

    draft = office.desk.propose(CAMILLE, ENTRY, an_entry_content(answer="Autrement.", related=gone))
    office.desk.approve(CAMILLE, draft.id, 1)

    assert office.entry().content.related == gone


def test_a_branch_leads_to_an_entry_in_force_within_two_taps(office: Office) -> None:
    office.publish("droits")
    office.publish("retiree", status=EntryStatus.WITHDRAWN)
    leaf, other = Branch("Les droits", EntryId("droits")), Branch("Autre", EntryId("droits"))
    office.publish("une", branches=(leaf, other))
    office.publish("deux", branches=(leaf, Branch("Une", EntryId("une"))))

    for entry_id, kind in (("inconnue", "unknown_entry"), ("retiree", "withdrawn_entry"), ("deux", "too_deep")):
        content = an_entry_content(sources=(), branches=(leaf, Branch("Suite", EntryId(entry_id))))
        with pytest.raises(InvalidContent, match=f"branches: {kind} {entry_id}"):
            office.desk.propose(CAMILLE, EntryId("autre"), content)

    content = an_entry_content(sources=(), branches=(leaf, Branch("Suite", EntryId("une"))))
    assert office.desk.propose(CAMILLE, EntryId("autre"), content).content.branches == content.branches


def test_a_text_that_comes_with_a_verdict_is_kept_in_the_same_act(office: Office) -> None:
    office.publish("droits")
    question = (AlternateQuestion("Autrement dit ?"),)
    deeds: list[Callable[[DraftId], Draft]] = [
        lambda draft_id: office.desk.ask_changes(CAMILLE, draft_id, 1, "plus court", content=OTHER),
        lambda draft_id: office.desk.decline(CAMILLE, draft_id, 1, "hors sujet", content=OTHER),
        lambda draft_id: office.desk.hand_over(CAMILLE, draft_id, 1, AgencyId("urssaf"), content=OTHER),
        lambda draft_id: office.desk.attach(CAMILLE, draft_id, 1, EntryId("droits"), question, content=OTHER),
    ]

    for number, deed in enumerate(deeds):
        draft = office.put(a_draft(str(number) * 32, proposed_by=ProposedBy.EXTRACT))
        done = deed(draft.id)
        assert (done.content.answer, done.author, done.proposed_by) == ("Autrement.", CAMILLE, ProposedBy.PERSON)
        assert done.revision == 2

    assert office.deeds().count("draft_amended") == len(deeds)


@pytest.mark.parametrize("changes", [{"agency_id": AgencyId("atlantis")}, {"contributors": (AgencyId("atlantis"),)}])
def test_an_unknown_agency_is_named(office: Office, changes: dict[str, object]) -> None:
    with pytest.raises(NotFound, match="atlantis"):
        office.desk.propose(CAMILLE, EntryId("autre"), an_entry_content(**changes))


def test_saving_keeps_the_words_and_who_wrote_them(office: Office) -> None:
    draft = office.put(a_draft(proposed_by=ProposedBy.EXTRACT, state=DraftState.CHANGES_REQUESTED))
    office.later(60)

    saved = office.desk.save(CAMILLE, draft.id, 1, OTHER)

    assert (saved.content, saved.author, saved.proposed_by) == (OTHER, CAMILLE, ProposedBy.PERSON)
    assert (saved.revision, saved.state, saved.updated_at) == (2, DraftState.OPEN, office.moment)


def test_a_draft_whose_entry_moved_on_catches_up_once_somebody_read_the_newest_version(office: Office) -> None:
    office.publish()
    draft = office.desk.propose(CAMILLE, ENTRY, OTHER)
    office.publish(answer="Entre-temps.")
    with pytest.raises(VersionConflict):
        office.desk.approve(CAMILLE, draft.id, 1)

    with pytest.raises(VersionConflict, match="at version 2, this page shows 3"):
        office.desk.save(CAMILLE, draft.id, 1, OTHER, base_version=3)
    saved = office.desk.save(CAMILLE, draft.id, 1, OTHER, base_version=2)
    office.desk.approve(CAMILLE, draft.id, saved.revision)

    assert (office.entry().version, office.entry().content.answer) == (3, "Autrement.")


def test_a_draft_whose_id_was_taken_meanwhile_chooses_another_or_becomes_a_change(office: Office) -> None:
    first, second = office.put(), office.put(a_draft("e" * 32, content=OTHER))
    office.desk.approve(CAMILLE, first.id, 1)
    with pytest.raises(VersionConflict):
        office.desk.approve(CAMILLE, second.id, 1)

    with pytest.raises(VersionConflict, match="already"):
        office.desk.save(CAMILLE, office.put(a_draft("f" * 32, entry_id=EntryId("x"))).id, 1, OTHER, entry_id=ENTRY)
    with pytest.raises(InvalidContent, match="not_a_slug"):
        office.desk.save(CAMILLE, second.id, 1, OTHER, entry_id=EntryId("à voir"))
    saved = office.desk.save(CAMILLE, second.id, 1, OTHER, entry_id=EntryId("marque-bis"))
    office.desk.approve(CAMILLE, second.id, saved.revision)

    assert (office.entry().version, office.entry("marque-bis").content) == (1, OTHER)


def test_a_draft_that_is_handed_over_is_the_other_agencys_to_decide(office: Office) -> None:
    draft = office.put(a_draft(owner_reason="le mot « marque »"))

    handed = office.desk.hand_over(CORA, draft.id, 1, AgencyId("urssaf"), " plutôt eux ")
    office.desk.approve(ULYSSE, draft.id, handed.revision)

    assert (handed.agency_id, handed.content.agency_id) == ("urssaf", "urssaf")
    assert (handed.owner_reason, handed.note) == ("", "plutôt eux")
    assert (handed.author, office.entry().content.agency_id) == ("noa", "urssaf")


@pytest.mark.parametrize(
    ("entry_id", "problem"),
    [(bad, "not_a_slug") for bad in ("", "é", "deux mots", "-marque", "marque-", "a--b", "../a", "a" * 101, "a\n")]
    + [("nouvelle", "reserved")],  # the page for writing an entry has this address
)
def test_an_id_that_cannot_stand_in_an_address_is_refused(office: Office, entry_id: str, problem: str) -> None:
    with pytest.raises(InvalidContent, match=f"id: {problem}"):
        office.desk.propose(CAMILLE, EntryId(entry_id), an_entry_content())

    assert office.store.state.drafts == {}


@pytest.mark.parametrize("bad", [{"question": ""}, {"answer": "[ici](javascript:alert(1))"}])
def test_a_text_that_cannot_be_kept_stops_the_act_that_it_comes_with(office: Office, bad: dict[str, str]) -> None:
    draft, text = office.put(), an_entry_content(**bad)

    for deed in (
        lambda: office.desk.propose(CAMILLE, EntryId("autre"), text),
        lambda: office.desk.save(CAMILLE, draft.id, 1, text),
        lambda: office.desk.ask_changes(CAMILLE, draft.id, 1, "plus court", content=text),
        lambda: office.desk.decline(CAMILLE, draft.id, 1, "hors sujet", content=text),
        lambda: office.desk.hand_over(CAMILLE, draft.id, 1, AgencyId("urssaf"), content=text),
    ):
        with pytest.raises(InvalidContent):
            deed()

    assert office.store.drafts() == [draft]


def test_what_a_change_of_an_entry_may_not_do(office: Office) -> None:
    office.publish()
    draft = office.desk.propose(CAMILLE, ENTRY, OTHER)

    assert draft.is_edit
    assert refused(lambda: office.desk.hand_over(CORA, draft.id, 1, AgencyId("urssaf"))) == "belongs_to_entry"
    assert refused(lambda: office.desk.hand_over(CAMILLE, draft.id, 1, AgencyId("inpi"))) == "same_agency"
    assert refused(lambda: office.desk.save(CAMILLE, draft.id, 1, OTHER, entry_id=EntryId("x"))) == "belongs_to_entry"
    with pytest.raises(NotFound, match="atlantis"):
        office.desk.hand_over(CAMILLE, draft.id, 1, AgencyId("atlantis"))


@pytest.mark.parametrize("words", ["", "  \n", "a" * 2_001, "a\ud800"])
def test_reasons_are_asked_for_and_must_be_fit_to_keep(office: Office, words: str) -> None:
    draft = office.put()
    office.publish("autre", answer="Avant.")
    office.publish("autre")
    wanted = [
        lambda: office.desk.ask_changes(CAMILLE, draft.id, 1, words),
        lambda: office.desk.decline(CAMILLE, draft.id, 1, words),
        lambda: office.desk.withdraw(CAMILLE, EntryId("autre"), 2, words),
    ]
    optional = [
        lambda: office.desk.hand_over(CAMILLE, draft.id, 1, AgencyId("urssaf"), words),
        lambda: office.desk.approve(CAMILLE, draft.id, 1, note=words),
        lambda: office.desk.roll_back(CAMILLE, EntryId("autre"), 2, 1, words),
    ]

    if not words.strip():
        assert [refused(deed) for deed in wanted] == ["reason_missing"] * 3
        return
    for deed in wanted + optional:
        with pytest.raises(InvalidContent, match="note"):
            deed()
