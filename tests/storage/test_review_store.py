"""What the database adds to the review's store: what visitors thought and opened, its audit, its speed."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, insert

from noa_rag.domain.answer import AnswerStatus, Choice
from noa_rag.domain.entry import EntryId
from noa_rag.domain.failure import Failure, FailureKind, GroupId, QuestionGroup
from noa_rag.domain.people import PersonId
from noa_rag.domain.ports import EntryVerdict
from noa_rag.storage.audit import AuditStore
from noa_rag.storage.database import Database
from noa_rag.storage.entries import EntryStore
from noa_rag.storage.question_log import QuestionStore
from noa_rag.storage.question_tables import group_members, question_groups, questions
from noa_rag.storage.recorded_questions import RecordedAnswers
from noa_rag.storage.review_store import SqlReviewStore
from tests.databases import ENGINE
from tests.factories import (
    APPROVED_AT,
    a_new_version,
    a_recorded_question,
    an_abstention,
    an_agency,
    an_answer,
    an_entry_version,
)

QUESTION_COUNT = 20_000
MOMENT = datetime(2026, 12, 1, 8, tzinfo=UTC)


def test_a_chosen_entry_that_did_not_help_makes_its_question_one_to_look_at(
    database: Database, store: EntryStore
) -> None:
    store.add_versions([a_new_version(name) for name in ("une", "deux")])
    log = QuestionStore(database)
    log.record(a_recorded_question("q1"))

    log.record_entry_verdict(EntryVerdict(EntryId("une"), is_useful=True, question_id="q1"))
    log.record_entry_verdict(EntryVerdict(EntryId("deux"), is_useful=False, reason="unclear", question_id="q1"))

    (asked,) = SqlReviewStore(database).asked_since(None)
    assert (asked.is_useful, asked.feedback_reason) == (False, "unclear")


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
    assert answers.uses(since=APPROVED_AT + timedelta(1)) == {"une": 1}
    assert answers.uses(since=APPROVED_AT + timedelta(2)) == {}
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


@pytest.fixture
def many_questions(database: Database) -> Database:
    """A base with 20,000 failed questions in 2,000 groups."""
    moment = APPROVED_AT
    common = {
        "text": "comment faire une chose que personne ne sait faire ?",
        "normalised": "comment faire une chose que personne ne sait faire ?",
        "language": "fr",
        "as_of": moment.date(),
        "mode": "strict",
        "status": "abstained",
        "reason": "nothing_close",
        "choices": [],
        "confidence": 0.1,
        "duration_seconds": 0.01,
    }
    ids = [f"{number:032d}" for number in range(QUESTION_COUNT)]
    with database.writing() as connection:
        rows = [
            {**common, "id": one, "conversation_id": f"c{number // 3}", "asked_at": moment + timedelta(seconds=number)}
            for number, one in enumerate(ids)
        ]
        connection.execute(insert(questions), rows)
        groups = [{"id": f"g{number}", "canonical": "?", "created_at": moment} for number in range(2_000)]
        connection.execute(insert(question_groups), groups)
        members = [
            {"question_id": one, "group_id": f"g{number % 2_000}", "kind": "abstained"}
            for number, one in enumerate(ids)
        ]
        connection.execute(insert(group_members), members)
    return database


@pytest.mark.parametrize("backend", [ENGINE])  # filling the base takes longest
def test_twenty_thousand_failures_load_in_three_queries_and_a_couple_of_seconds(many_questions: Database) -> None:
    review, statements = SqlReviewStore(many_questions), []
    event.listen(many_questions.engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))

    start = time.process_time()
    groups = review.groups()
    seconds = time.process_time() - start

    assert sum(group.volume for group in groups) == QUESTION_COUNT
    assert len([one for one in statements if one.startswith("SELECT")]) == 3
    assert seconds < 4, f"{seconds:.2f} s of computing"
    assert len(review.asked_since(None, limit=1_000)) == 1_000
    conversations = {one.conversation_id for one in review.asked_since(None)}
    assert len(review.asked_in(conversations)) == QUESTION_COUNT


@pytest.mark.parametrize("backend", [ENGINE])  # filling the base takes longest
def test_a_group_whose_canonical_phrasing_changes_keeps_its_questions(many_questions: Database) -> None:
    review = SqlReviewStore(many_questions)
    before = review.group(GroupId("g7"))

    review.join_group(GroupId("g7"), before.failures, canonical="autrement ?")

    assert review.group(GroupId("g7")) == replace(before, canonical="autrement ?")
