"""Verdicts and their undoing; entries that are withdrawn and rolled back."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.days import paris_day
from noa_rag.domain.draft import DraftState, Published
from noa_rag.domain.entry import AlternateQuestion, EntryId, EntryStatus, JourneyStep, Section, ValidityWindow
from noa_rag.domain.errors import InvalidContent, NotFound, VersionConflict
from noa_rag.domain.timeline import schedule
from noa_rag.knowledge.content_rules import ALTERNATES_LIMIT
from noa_rag.knowledge.plan import IMPORT_AUTHOR, plan_import
from tests.factories import APPROVED_AT, a_draft, an_entry_content, an_entry_version
from tests.review.desk_office import ADA, CAMILLE, CORA, DOMINIQUE, ENTRY, Office, refused

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


def test_a_day_of_validation_carried_over_gives_way_to_the_day_of_approval_a_named_one_stays(
    office: Office,
) -> None:
    office.publish(validated_on=date(2020, 4, 1))
    for named, published in ((date(2020, 4, 1), office.moment.date()), (date(2026, 11, 2), date(2026, 11, 2))):
        draft = office.desk.propose(CAMILLE, ENTRY, an_entry_content(validated_on=named, answer="Relu."))

        office.desk.approve(CAMILLE, draft.id, 1)

        assert office.entry().validated_on == published


def test_declining_publishes_nothing_and_keeps_the_reason(office: Office) -> None:
    declined = office.desk.decline(CAMILLE, office.put().id, 1, " hors sujet ")

    assert (declined.state, declined.note, declined.decided_by) == (DraftState.DECLINED, "hors sujet", CAMILLE)
    assert office.store.state.histories == {}
    assert office.deeds() == ["draft_declined"]


@pytest.mark.parametrize(
    ("unfinished", "problem"),
    [
        ({"sources": ()}, "sources: missing"),
        ({"answer": ""}, "answer: missing"),
        ({"answer": "Un délai court.\n\n[À rédiger] La suite."}, "to_write"),
        ({"sections": (Section("suite", "Suite", "[À rédiger]"),)}, "to_write"),
        ({"answer": "Selon la fiche :\n\nLe dépôt coûte 190 €.\n\n[…]"}, "cut"),
        ({"answer": "Le dépôt [...] coûte 190 €."}, "cut"),
        ({"sections": (Section("suite", "Suite", "Le dépôt coûte\n\n[ … ]"),)}, "cut"),
        ({"steps": (JourneyStep("Déposez […]"),)}, "cut"),
    ],
)
def test_a_text_that_is_not_finished_is_kept_and_not_published(
    office: Office, unfinished: dict[str, object], problem: str
) -> None:
    draft = office.put(a_draft(content=an_entry_content(**unfinished)))

    with pytest.raises(InvalidContent, match=problem):
        office.desk.approve(CAMILLE, draft.id, 1)
    saved = office.desk.save(CAMILLE, draft.id, 1, replace(draft.content, question="Et la marque ?"))
    with pytest.raises(InvalidContent, match=problem):
        office.desk.approve(CAMILLE, draft.id, saved.revision, content=draft.content)
    declined = office.desk.decline(CAMILLE, draft.id, saved.revision, "Hors sujet", content=draft.content)

    assert (declined.state, office.store.state.histories) == (DraftState.DECLINED, {})


@pytest.mark.parametrize(("origin", "published"), [("demonstration", ""), ("vosdroits", "vosdroits")])
def test_an_approved_demonstration_text_is_the_agencys_own(office: Office, origin: str, published: str) -> None:
    office.publish(origin=origin)
    draft = office.desk.propose(CAMILLE, ENTRY, an_entry_content(origin=origin, answer="Relu."))

    office.desk.approve(CAMILLE, draft.id, 1)

    assert office.entry().content == an_entry_content(origin=published, answer="Relu.")


def test_attached_questions_are_added_once_and_the_answer_stays(office: Office) -> None:
    office.publish("marque", alternate_questions=(AlternateQuestion("Ma marque ?"),))
    before = office.entry("marque").content
    alternates = (
        AlternateQuestion("MA MARQUE ? "),
        AlternateQuestion("Protéger un nom ?"),
        AlternateQuestion("Logo ?"),
    )

    attached = office.desk.attach(CAMILLE, office.put().id, 1, EntryId("marque"), alternates)

    after = office.entry("marque").content
    assert [question.text for question in after.alternate_questions] == ["Ma marque ?", "Protéger un nom ?", "Logo ?"]
    assert replace(after, alternate_questions=()) == replace(before, alternate_questions=())
    assert (attached.state, attached.published) == (DraftState.ATTACHED, Published(EntryId("marque"), 2, 1))


def test_attaching_to_a_demonstration_text_vouches_for_nothing(office: Office) -> None:
    office.publish("marque", origin="demonstration")

    office.desk.attach(CAMILLE, office.put().id, 1, EntryId("marque"), (AlternateQuestion("Logo ?"),))

    assert office.entry("marque").content.origin == "demonstration"


def test_attaching_does_not_ask_of_an_old_answer_what_is_asked_today(office: Office) -> None:
    office.publish("marque", sections=(Section("a", "", "<b>ancien</b>"),), sources=())

    office.desk.attach(CAMILLE, office.put().id, 1, EntryId("marque"), (AlternateQuestion("Logo ?"),))

    assert office.entry("marque").version == 2


@pytest.mark.parametrize(
    "questions",
    [
        (AlternateQuestion("<b>Logo</b> ?"),),
        (AlternateQuestion("L" * 301),),
        tuple(AlternateQuestion(f"Question {number} ?") for number in range(ALTERNATES_LIMIT + 1)),
    ],
)
def test_questions_that_cannot_be_kept_are_not_attached(
    office: Office, questions: tuple[AlternateQuestion, ...]
) -> None:
    office.publish("marque")

    with pytest.raises(InvalidContent, match="alternate_questions"):
        office.desk.attach(CAMILLE, office.put().id, 1, EntryId("marque"), questions)


def test_nothing_new_is_not_attached(office: Office) -> None:
    office.publish("marque")
    draft = office.put()

    for questions in ((), (AlternateQuestion(" comment déposer une MARQUE ? "),)):
        deed = lambda asked=questions: office.desk.attach(CAMILLE, draft.id, 1, EntryId("marque"), asked)  # noqa: E731
        assert refused(deed) == "nothing_to_attach"


@pytest.mark.parametrize("entry_id", ["inconnue", "retirée"])
def test_questions_are_attached_to_approved_entries_only(office: Office, entry_id: str) -> None:
    office.publish("retirée", status=EntryStatus.WITHDRAWN)

    with pytest.raises(NotFound):
        office.desk.attach(CAMILLE, office.put().id, 1, EntryId(entry_id), (AlternateQuestion("Logo ?"),))


TODAY = date(2026, 11, 24)


def test_a_withdrawn_entry_keeps_its_text_and_says_who_and_why(office: Office) -> None:
    office.publish()

    version = office.desk.withdraw(CORA, ENTRY, 1, " loi changée ")

    assert (version.version, version.status, version.note) == (2, EntryStatus.WITHDRAWN, "loi changée")
    assert (version.author, version.approver, version.content) == (CORA, CORA, an_entry_content())
    assert not version.is_servable_on(TODAY)


@pytest.mark.parametrize("version", [0, 1, 3])
def test_a_page_that_shows_another_version_changes_nothing(office: Office, version: int) -> None:
    office.publish(answer="Avant.")
    office.publish()

    with pytest.raises(VersionConflict):
        office.desk.withdraw(CAMILLE, ENTRY, version, "erreur")
    with pytest.raises(VersionConflict):
        office.desk.roll_back(CAMILLE, ENTRY, version, 1)


def test_what_does_not_exist_is_not_found(office: Office) -> None:
    office.publish()

    with pytest.raises(NotFound):
        office.desk.withdraw(CAMILLE, EntryId("inconnue"), 1, "erreur")
    with pytest.raises(NotFound):
        office.desk.roll_back(CAMILLE, EntryId("inconnue"), 1, 1)
    for version in (-1, 0, 2):
        with pytest.raises(NotFound, match="no version"):
            office.desk.roll_back(CAMILLE, ENTRY, 1, version)
    with pytest.raises(NotFound, match="atlantis"):
        office.desk.set_needs_two_people(ADA, AgencyId("atlantis"), needs=True)


def test_an_older_text_comes_back_as_a_new_version(office: Office) -> None:
    office.publish(answer="Avant.", origin="demonstration")
    office.publish(answer="Maintenant.")

    version = office.desk.roll_back(CAMILLE, ENTRY, 2, 1)

    assert (version.version, version.content.answer, version.content.origin) == (3, "Avant.", "demonstration")
    assert (version.approver, version.note) == (CAMILLE, "back to version 1")
    assert office.store.state.histories[ENTRY][0].content.answer == "Avant."


def test_an_import_leaves_alone_what_was_withdrawn_or_brought_back_at_the_desk(office: Office) -> None:
    imported = replace(an_entry_version(ENTRY), author=IMPORT_AUTHOR, approver=IMPORT_AUTHOR)
    office.store.state.histories[ENTRY] = [imported]
    file = (ENTRY, an_entry_content(answer="Dans le fichier."))

    office.desk.withdraw(CAMILLE, ENTRY, 1, "faux")
    assert plan_import([file], {ENTRY: office.entry()}, at=APPROVED_AT, note="").kept == (ENTRY,)
    office.desk.roll_back(CAMILLE, ENTRY, 2, 1)
    assert plan_import([file], {ENTRY: office.entry()}, at=APPROVED_AT, note="").kept == (ENTRY,)


def test_there_is_no_way_back_to_a_withdrawal_or_to_what_is_shown_already(office: Office) -> None:
    office.publish()
    office.desk.withdraw(CAMILLE, ENTRY, 1, "doute")
    assert refused(lambda: office.desk.withdraw(CAMILLE, ENTRY, 2, "encore")) == "withdrawn"
    office.desk.roll_back(CAMILLE, ENTRY, 2, 1, "vérifié")

    assert office.entry().is_servable_on(TODAY)
    for version in (1, 2, 3):
        assert refused(lambda at=version: office.desk.roll_back(CAMILLE, ENTRY, 3, at)) == "nothing_to_roll_back"


def test_an_approved_new_entry_is_withdrawn_again_and_the_draft_reopens(office: Office) -> None:
    draft = office.put()
    approved = office.desk.approve(CAMILLE, draft.id, 1)
    office.later(60)
    assert refused(lambda: office.desk.undo(DOMINIQUE, draft.id, approved.revision)) == "not_yours"

    undone = office.desk.undo(CAMILLE, draft.id, approved.revision)

    assert (office.entry().version, office.entry().status) == (2, EntryStatus.WITHDRAWN)
    assert (undone.state, undone.published, undone.decided_by, undone.decided_at) == (DraftState.OPEN, None, None, None)
    assert office.deeds()[-2:] == ["version_added", "verdict_undone"]


def test_an_approved_change_gives_the_text_before_back_to_the_last_mark(office: Office) -> None:
    office.publish(origin="demonstration")
    before = office.entry()
    approved = office.desk.approve(CAMILLE, office.desk.propose(CAMILLE, ENTRY, OTHER).id, 1)

    office.desk.undo(CAMILLE, approved.id, approved.revision)

    after = office.entry()
    assert (after.version, after.status, after.content) == (3, EntryStatus.APPROVED, before.content)
    assert (after.author, after.approver) == (before.author, CAMILLE)


def test_nothing_is_undone_when_the_entry_was_changed_again(office: Office) -> None:
    approved = office.desk.approve(CAMILLE, office.put().id, 1)
    office.desk.withdraw(DOMINIQUE, ENTRY, 1, "erreur")

    with pytest.raises(VersionConflict, match="changed again"):
        office.desk.undo(CAMILLE, approved.id, approved.revision)

    assert (office.entry().version, office.entry().status) == (2, EntryStatus.WITHDRAWN)
    assert office.draft(approved.id).state is DraftState.APPROVED


def test_a_version_to_come_never_comes_once_its_approval_is_undone(office: Office) -> None:
    today = paris_day(office.moment)
    office.publish(window=ValidityWindow(None, today + timedelta(days=5)))
    before = office.entry()
    coming = replace(OTHER, window=ValidityWindow(today + timedelta(days=6)))
    approved = office.desk.approve(CAMILLE, office.desk.propose(CAMILLE, ENTRY, coming).id, 1)

    office.desk.undo(CAMILLE, approved.id, approved.revision)

    with office.store.changing() as change:
        plan = schedule(change.history(ENTRY), today)
    assert [(day, version.content if version else None) for day, version in plan] == [
        (today, before.content),
        (today + timedelta(days=6), None),
    ]


def test_questions_are_attached_to_todays_text_and_to_the_one_to_come_and_taken_off_again(office: Office) -> None:
    today = paris_day(office.moment)
    office.publish("marque")
    office.publish("marque", answer="Demain.", window=ValidityWindow(today + timedelta(days=6)))

    def plan() -> list[tuple[str, int]]:
        with office.store.changing() as change:
            shown = [version.content for _, version in schedule(change.history(EntryId("marque")), today) if version]
        return [(content.answer, len(content.alternate_questions)) for content in shown]

    (first, _), (second, _) = plan()
    draft = office.put()
    attached = office.desk.attach(CAMILLE, draft.id, 1, EntryId("marque"), (AlternateQuestion("Logo ?"),))

    assert plan() == [(first, 1), (second, 1)]
    office.desk.undo(CAMILLE, draft.id, attached.revision)
    assert plan() == [(first, 0), (second, 0)]


def test_after_a_minute_it_is_too_late(office: Office) -> None:
    approved = office.desk.approve(CAMILLE, office.put().id, 1)
    office.later(60.001)

    assert refused(lambda: office.desk.undo(CAMILLE, approved.id, approved.revision)) == "too_late"
    assert office.entry().status is EntryStatus.APPROVED


def test_there_is_nothing_to_undo_in_a_pending_draft_and_nothing_twice(office: Office) -> None:
    draft = office.put()
    assert refused(lambda: office.desk.undo(CAMILLE, draft.id, 1)) == "nothing_to_undo"
    approved = office.desk.approve(CAMILLE, draft.id, 1)
    undone = office.desk.undo(CAMILLE, draft.id, approved.revision)

    assert refused(lambda: office.desk.undo(CAMILLE, draft.id, undone.revision)) == "nothing_to_undo"
    with pytest.raises(VersionConflict):
        office.desk.undo(CAMILLE, draft.id, approved.revision)
