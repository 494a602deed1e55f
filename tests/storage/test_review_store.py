"""What the database adds to the review's store: what visitors thought and opened, its audit, its speed."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import event

from noa_rag.domain.answer import AnswerStatus, Choice
from noa_rag.domain.entry import EntryId
from noa_rag.domain.failure import Failure, FailureKind, GroupId, QuestionGroup
from noa_rag.domain.people import PersonId
from noa_rag.domain.ports import EntryVerdict
from noa_rag.storage.audit import AuditStore
from noa_rag.storage.database import Database
from noa_rag.storage.entries import EntryStore
from noa_rag.storage.question_log import QuestionStore
from noa_rag.storage.recorded_questions import RecordedAnswers
from noa_rag.storage.review_store import SqlReviewStore
from tests.factories import (
    APPROVED_AT,
    a_new_version,
    a_recorded_question,
    an_abstention,
    an_agency,
    an_answer,
    an_entry_version,
)

MOMENT = datetime(2026, 12, 1, 8, tzinfo=UTC)


def test_a_chosen_entry_that_did_not_help_makes_its_question_one_to_look_at(
    database: Database, store: EntryStore
) -> None:
    store.add_versions([a_new_version(name) for name in ("une", "deux")])
    log = QuestionStore(database)
    log.record(a_recorded_question("q1"))

    log.record_entry_verdict(EntryVerdict(EntryId("une"), is_useful=True, question_id="q1"))
    log.record_entry_verdict(EntryVerdict(EntryId("deux"), is_useful=False, reason="unclear", question_id="q1"))

    (question,) = SqlReviewStore(database).asked_since(None)
    assert (question.is_useful, question.feedback_reason) == (False, "unclear")


def test_a_question_is_told_with_what_the_visitor_opened_and_thought(database: Database, store: EntryStore) -> None:
    store.add_versions([a_new_version(name) for name in ("une", "deux")])
    log, review = QuestionStore(database), SqlReviewStore(database)
    offered = tuple(Choice(EntryId(name), f"{name} ?") for name in ("une", "deux"))
    refusal = an_abstention(choices=offered, status=AnswerStatus.CLARIFICATION, contact=an_agency())
    log.record(a_recorded_question("q1", answer=refusal, site="cci.example"))
    log.record(
        a_recorded_question("q2", answer=an_answer(an_entry_version("une")), asked_at=APPROVED_AT + timedelta(1))
    )
    log.record_choice("q1", EntryId("deux"))
    log.record_feedback("q2", is_useful=False, reason="incomplete", comment="et les frais ?")

    first, second = review.asked_since(None)
    answers = RecordedAnswers(database)

    assert (first.choices, first.taken, first.is_useful) == (("une", "deux"), ("deux",), None)
    assert (first.status, first.site, first.contact_agency_id) == ("clarification", "cci.example", "inpi")
    assert (second.entry_id, second.entry_version, second.taken) == ("une", 1, ())
    assert (second.is_useful, second.feedback_reason) == (False, "incomplete")
    assert (answers.choices_taken("q1"), answers.choices_taken("q2")) == (["deux"], [])
    assert review.asked_in([first.conversation_id]) == [first, second]
    review.add_group(QuestionGroup(GroupId("g"), "?", MOMENT, (Failure(first, FailureKind.NOT_TAKEN),)))
    assert review.group(GroupId("g")).failures == (Failure(first, FailureKind.NOT_TAKEN),)
    assert review.groups()[0].failures == (Failure(first, FailureKind.NOT_TAKEN),)


def test_a_version_and_what_was_done_stand_in_the_audit_at_the_moment_of_the_change(database: Database) -> None:
    review = SqlReviewStore(database, now=lambda: MOMENT)

    with review.changing() as change:
        change.add_version(a_new_version(author="camille"))
        change.audit(PersonId("dominique"), "draft_approved", "d1", {"entry": "deposer-une-marque", "version": 1})

    approved, added = AuditStore(database).entries()
    assert (added.number, added.actor, added.action, added.subject) == (
        1,
        "dominique",
        "version_added",
        "deposer-une-marque",
    )
    assert (added.at, added.detail["author"], added.detail["version"]) == (MOMENT, "camille", 1)
    assert (approved.number, approved.action, approved.detail["entry"]) == (2, "draft_approved", "deposer-une-marque")
    assert approved.previous_hash == added.hash
    assert AuditStore(database).verify() == []


def test_groups_are_read_in_three_queries_however_many_there_are(database: Database) -> None:
    log, review, statements = QuestionStore(database), SqlReviewStore(database), []
    for number in range(6):
        log.record(a_recorded_question(f"q{number}"))
    for number, question in enumerate(review.asked_since(None)):
        review.add_group(QuestionGroup(GroupId(f"g{number}"), "?", MOMENT, (Failure(question, FailureKind.ABSTAINED),)))
    event.listen(database.engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))

    groups = review.groups()

    assert sum(group.volume for group in groups) == 6
    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 3
