"""Reference numbers in the database: one a question, and nothing about the visitor."""

from dataclasses import replace

import pytest

from noa_rag.domain.draft import DraftId, DraftState
from noa_rag.domain.errors import NotFound
from noa_rag.domain.failure import Failure, FailureKind, GroupId, QuestionGroup
from noa_rag.domain.question import draw_reference
from noa_rag.domain.queue import ItemId, Pile, QueueItem
from noa_rag.storage.database import Database
from noa_rag.storage.question_log import QuestionStore, ReferenceStore
from noa_rag.storage.queue import SqlQueueStore
from noa_rag.storage.review_store import SqlReviewStore
from tests.factories import APPROVED_AT, a_group_draft, a_recorded_question

QUESTION, OTHER = "1" * 32, "2" * 32


@pytest.fixture
def references(database: Database) -> ReferenceStore:
    for question_id in (QUESTION, OTHER):
        QuestionStore(database).record(a_recorded_question(question_id))
    return ReferenceStore(database)


def test_a_question_has_one_number_however_often_it_is_asked_for(references: ReferenceStore) -> None:
    number = references.keep(QUESTION)

    assert references.keep(QUESTION) == number
    assert references.keep(OTHER) != number


def test_a_number_leads_to_the_question_as_recorded(references: ReferenceStore) -> None:
    record = references.find(references.keep(QUESTION))

    assert record is not None
    question, drafts, pile = record
    assert (question.question_id, question.text, drafts) == (QUESTION, "comment déposer une marque ?", [])
    assert pile is Pile.TO_DO


def test_an_unknown_question_gets_no_number_and_an_unknown_number_finds_nothing(references: ReferenceStore) -> None:
    with pytest.raises(NotFound):
        references.keep("9" * 32)

    assert references.find(draw_reference()) is None


def test_the_drafts_and_the_pile_of_the_questions_group_come_with_it_newest_first(
    references: ReferenceStore, database: Database
) -> None:
    review = SqlReviewStore(database)
    (question,) = [question for question in review.asked_since(None) if question.question_id == QUESTION]
    failures = (Failure(question, FailureKind.ABSTAINED),)
    review.add_group(QuestionGroup(GroupId("g"), question.text, APPROVED_AT, failures))
    older = a_group_draft("g", state=DraftState.DECLINED)
    newer = replace(a_group_draft("g", created_at=APPROVED_AT.replace(year=2027)), id=DraftId("newer"))
    with review.changing() as change:
        change.add_draft(older)
        change.add_draft(newer)
    SqlQueueStore(database).place([QueueItem(ItemId("g"), Pile.DISMISSED)])

    record = references.find(references.keep(QUESTION))

    assert record is not None
    assert ([draft.id for draft in record[1]], record[2]) == (["newer", older.id], Pile.DISMISSED)
    other = references.find(references.keep(OTHER))
    assert other is not None
    assert (other[1], other[2]) == ([], Pile.TO_DO)
