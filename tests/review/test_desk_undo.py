"""A verdict can be taken back for a minute; what was published goes back to how it was."""

from dataclasses import replace
from datetime import timedelta

import pytest

from noa_rag.domain.days import paris_day
from noa_rag.domain.draft import DraftState, Recheck
from noa_rag.domain.entry import AlternateQuestion, EntryId, EntryStatus, ValidityWindow
from noa_rag.domain.errors import NotAllowedNow, VersionConflict
from noa_rag.domain.timeline import schedule
from tests.factories import a_draft, an_entry_content
from tests.review.desk_office import CAMILLE, DOMINIQUE, ENTRY, Office

OTHER = an_entry_content(answer="Autrement.")


def why_not(office: Office, who: str, revision: int, draft_id: str = "d" * 32) -> str:
    with pytest.raises(NotAllowedNow) as refused:
        office.desk.undo(who, draft_id, revision)  # type: ignore[arg-type]
    return refused.value.reason


def test_an_approved_new_entry_is_withdrawn_again_and_the_draft_reopens(office: Office) -> None:
    draft = office.put()
    approved = office.desk.approve(CAMILLE, draft.id, 1)
    office.later(60)

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


def test_an_entry_that_was_withdrawn_before_is_withdrawn_after(office: Office) -> None:
    office.publish()
    office.publish(status=EntryStatus.WITHDRAWN)
    approved = office.desk.approve(CAMILLE, office.desk.propose(CAMILLE, ENTRY, OTHER).id, 1)
    assert office.entry().status is EntryStatus.APPROVED

    office.desk.undo(CAMILLE, approved.id, approved.revision)

    assert office.entry().status is EntryStatus.WITHDRAWN


def test_what_was_undone_may_be_approved_again(office: Office) -> None:
    draft = office.put()
    undone = office.desk.undo(CAMILLE, draft.id, office.desk.approve(CAMILLE, draft.id, 1).revision)

    again = office.desk.approve(DOMINIQUE, draft.id, undone.revision)

    assert again.published is not None
    assert (again.published.version, again.published.before) == (3, 2)
    assert office.entry().status is EntryStatus.APPROVED


def test_amended_words_are_kept_when_the_approval_is_undone(office: Office) -> None:
    approved = office.desk.approve(CAMILLE, office.put().id, 1, content=OTHER)

    assert office.desk.undo(CAMILLE, approved.id, approved.revision).content == OTHER


def test_attached_questions_are_taken_off_again(office: Office) -> None:
    office.publish("marque")
    draft = office.put()
    attached = office.desk.attach(CAMILLE, draft.id, 1, EntryId("marque"), (AlternateQuestion("Logo ?"),))

    undone = office.desk.undo(CAMILLE, draft.id, attached.revision)

    assert office.entry("marque").content.alternate_questions == ()
    assert (undone.state, undone.base_version) == (DraftState.OPEN, 0)


def test_a_change_whose_questions_were_attached_to_its_own_entry_can_be_approved_after_the_undoing(
    office: Office,
) -> None:
    office.publish()
    draft = office.desk.propose(CAMILLE, ENTRY, OTHER)
    attached = office.desk.attach(CAMILLE, draft.id, 1, ENTRY, (AlternateQuestion("Logo ?"),))
    undone = office.desk.undo(CAMILLE, draft.id, attached.revision)

    office.desk.approve(CAMILLE, draft.id, undone.revision)

    assert (office.entry().version, office.entry().content) == (4, OTHER)


def test_a_declined_draft_reopens(office: Office) -> None:
    declined = office.desk.decline(CAMILLE, office.put().id, 1, "hors sujet")

    assert office.desk.undo(CAMILLE, declined.id, declined.revision).state is DraftState.OPEN


def test_the_recheck_of_an_undone_approval_is_dropped(office: Office) -> None:
    approved = office.desk.approve(CAMILLE, office.put().id, 1)
    with office.store.changing() as change:
        rechecked = change.save_draft(
            a_draft(
                state=approved.state,
                published=approved.published,
                decided_by=approved.decided_by,
                decided_at=approved.decided_at,
                recheck=Recheck(11, 9),
            ),
            expected_revision=approved.revision,
        )

    assert office.desk.undo(CAMILLE, approved.id, rechecked.revision).recheck is None


def test_after_a_minute_it_is_too_late(office: Office) -> None:
    approved = office.desk.approve(CAMILLE, office.put().id, 1)
    office.later(60.001)

    assert why_not(office, CAMILLE, approved.revision) == "too_late"
    assert office.entry().status is EntryStatus.APPROVED


def test_only_who_gave_a_verdict_takes_it_back(office: Office) -> None:
    approved = office.desk.approve(CAMILLE, office.put().id, 1)

    assert why_not(office, DOMINIQUE, approved.revision) == "not_yours"


def test_there_is_nothing_to_undo_in_a_pending_draft_and_nothing_twice(office: Office) -> None:
    office.put()
    assert why_not(office, CAMILLE, 1) == "nothing_to_undo"
    approved = office.desk.approve(CAMILLE, a_draft().id, 1)
    undone = office.desk.undo(CAMILLE, a_draft().id, approved.revision)

    assert why_not(office, CAMILLE, undone.revision) == "nothing_to_undo"
    with pytest.raises(VersionConflict):
        office.desk.undo(CAMILLE, a_draft().id, approved.revision)


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
    assert [(day, one.content if one else None) for day, one in plan] == [
        (today, before.content),
        (today + timedelta(days=6), None),
    ]


def test_questions_are_attached_to_todays_text_and_to_the_one_to_come_and_taken_off_again(office: Office) -> None:
    today = paris_day(office.moment)
    office.publish("marque")
    office.publish("marque", answer="Demain.", window=ValidityWindow(today + timedelta(days=6)))

    def plan() -> list[tuple[str, int]]:
        with office.store.changing() as change:
            shown = [one.content for _, one in schedule(change.history(EntryId("marque")), today) if one]
        return [(one.answer, len(one.alternate_questions)) for one in shown]

    (first, _), (second, _) = plan()
    draft = office.put()
    attached = office.desk.attach(CAMILLE, draft.id, 1, EntryId("marque"), (AlternateQuestion("Logo ?"),))

    assert plan() == [(first, 1), (second, 1)]
    office.desk.undo(CAMILLE, draft.id, attached.revision)
    assert plan() == [(first, 0), (second, 0)]
