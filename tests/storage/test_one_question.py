"""What is held of one question by its reference number: all of it is shown, and all of it goes that can."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from noa_rag.domain.answer import GivenAnswer, Mark, MarkedAnswer, SentenceMark
from noa_rag.domain.draft import DraftState, Recheck
from noa_rag.domain.entry import AlternateQuestion
from noa_rag.domain.errors import NotFound
from noa_rag.domain.failure import Failure, FailureKind, GroupId, QuestionGroup
from noa_rag.domain.people import PersonId
from noa_rag.domain.question import Reference
from noa_rag.storage.audit import AuditStore
from noa_rag.storage.database import Database
from noa_rag.storage.one_question import HeldQuestions
from noa_rag.storage.question_log import QuestionStore, ReferenceStore
from noa_rag.storage.question_tables import purged_questions, questions
from noa_rag.storage.recorded_cases import MarkStore
from noa_rag.storage.review_store import SqlReviewStore
from noa_rag.storage.tables import metadata
from tests.factories import APPROVED_AT, a_group_draft, a_recorded_question

HERS, OTHERS = "1" * 32, "2" * 32
WORDS = "mon zébulon fiscal est-il déductible ?"
NOW = datetime(2026, 11, 28, tzinfo=UTC)
QUENTIN = PersonId("quentin")


@pytest.fixture
def reference(database: Database) -> Reference:
    """The number of a question that somebody judged, QA marked and made a case of, and that stands for its group."""
    log, review = QuestionStore(database), SqlReviewStore(database)
    for question_id, text in ((HERS, WORDS), (OTHERS, "les zébulons sont-ils imposés ?")):
        recorded = a_recorded_question(question_id)
        question = replace(recorded.question, text=text, normalised=text)
        log.record(replace(recorded, question=question, given=GivenAnswer('{"text": "Non."}', "0" * 64)))
    log.record_feedback(HERS, is_useful=False, reason="outdated", comment="mon commentaire sur le zébulon")
    failures = tuple(Failure(asked_question, FailureKind.ABSTAINED) for asked_question in review.asked_since(None))
    review.add_group(QuestionGroup(GroupId("g"), WORDS, APPROVED_AT, failures))
    MarkStore(database).keep(
        MarkedAnswer(WORDS, a_group_draft("g").entry_id, None, HERS),
        [SentenceMark(0, "", Mark.WRONG, "à revoir")],
        by=QUENTIN,
        at=NOW,
        case={"question": WORDS, "kind": "in_scope"},
    )
    return ReferenceStore(database).keep(HERS)


@pytest.fixture
def held(database: Database) -> HeldQuestions:
    return HeldQuestions(database)


def erase(held: HeldQuestions, reference: Reference, **options: bool) -> tuple[dict[str, int], list[str]]:
    erased = held.erase(reference, actor="terminal:dpo", at=NOW, **options)
    return erased.removed, [remainder.what for remainder in erased.remains]


def test_all_that_is_held_is_shown(held: HeldQuestions, reference: Reference) -> None:
    shown = held.export(reference, actor="terminal:dpo", at=NOW)

    (question,) = shown["questions"]
    assert question["question"]["text"] == WORDS
    assert question["answers_given"][0]["kept"] == {"text": "Non."}
    assert question["feedback"][0]["comment"] == "mon commentaire sur le zébulon"
    assert question["answer_marks"][0]["note"] == "à revoir"
    assert question["recorded_cases"][0]["case"]["question"] == WORDS
    assert question["question_groups"] == [{"id": "g", "canonical": WORDS}]
    assert question["question_references"][0]["reference"] == reference
    assert {table.name for table in metadata.sorted_tables if "question_id" in table.c} <= {*question}


def test_others_of_the_conversation_come_only_when_asked_for(held: HeldQuestions, reference: Reference) -> None:
    alone = held.export(reference, actor="terminal:dpo", at=NOW)
    together = held.export(reference, conversation=True, actor="terminal:dpo", at=NOW)

    assert (len(alone["questions"]), alone["other_questions_of_the_conversation"]) == (1, 1)
    assert (len(together["questions"]), together["other_questions_of_the_conversation"]) == (2, 0)


def test_everything_hers_goes_and_what_stays_is_told(
    held: HeldQuestions, reference: Reference, database: Database
) -> None:
    removed, remains = erase(held, reference)

    assert removed == {
        "questions": 1,
        "answers_given": 1,
        "feedback": 1,
        "question_references": 1,
        "answer_marks": 1,
        "group_members": 1,
        "recorded_cases": 1,
    }
    assert remains == ["counts", "audit"]
    (group,) = SqlReviewStore(database).groups()
    assert group.canonical == "les zébulons sont-ils imposés ?"
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(purged_questions)).scalar() == 1
    with pytest.raises(NotFound):
        held.export(reference, actor="terminal:dpo", at=NOW)


def test_her_words_are_in_no_table_and_not_in_the_file(
    held: HeldQuestions, reference: Reference, database: Database, tmp_path: Path
) -> None:
    erase(held, reference)

    for table in metadata.sorted_tables:
        with database.reading() as connection:
            rows = " ".join(map(str, connection.execute(select(table)).all()))
        assert "zébulon fiscal" not in rows, table.name
        assert "sur le zébulon" not in rows, table.name
    for path in tmp_path.glob("noa.db*"):
        assert "zébulon fiscal".encode() not in path.read_bytes(), path.name


def test_only_telling_changes_nothing(held: HeldQuestions, reference: Reference, database: Database) -> None:
    counts, _ = erase(held, reference, only_tell=True)

    assert counts["questions"] == 1
    assert [entry.action for entry in AuditStore(database).entries(subject=reference)] == []
    assert erase(held, reference)[0] == counts


def test_the_audit_says_that_it_was_done_and_none_of_the_words(
    held: HeldQuestions, reference: Reference, database: Database
) -> None:
    held.export(reference, actor="terminal:dpo", at=NOW)
    erase(held, reference)

    entries = AuditStore(database).entries(subject=reference)
    assert [(entry.actor, entry.action) for entry in entries] == [
        ("terminal:dpo", "question_erased"),
        ("terminal:dpo", "question_exported"),
    ]
    assert AuditStore(database).verify() == []


def test_drafts_lose_her_words_unless_a_referent_published_them(
    held: HeldQuestions, reference: Reference, database: Database
) -> None:
    review = SqlReviewStore(database)
    prepared = a_group_draft("g")
    alternates = (AlternateQuestion(WORDS), AlternateQuestion("une autre"))
    prepared = replace(
        prepared,
        content=replace(prepared.content, alternate_questions=alternates),
        recheck=Recheck(1, 0, (WORDS,)),
    )
    own = replace(prepared, id="own", content=replace(prepared.content, question=WORDS))
    approved = replace(prepared, id="published", state=DraftState.APPROVED)
    with review.changing() as change:
        for draft in (prepared, own, approved):
            change.add_draft(draft)

    _, remains = erase(held, reference)

    after = review.draft(prepared.id)
    assert [question.text for question in after.content.alternate_questions] == ["une autre"]
    assert after.recheck == Recheck(1, 0, ())
    assert after.revision == prepared.revision + 1
    assert review.draft("published").content == approved.content
    assert remains == ["counts", "draft own", "audit"]


def test_the_last_question_of_a_group_takes_it_along(
    held: HeldQuestions, reference: Reference, database: Database
) -> None:
    removed, _ = erase(held, reference, conversation=True)

    assert (removed["questions"], removed["question_groups"]) == (2, 1)
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(questions)).scalar() == 0


def test_an_unknown_number_is_told(held: HeldQuestions) -> None:
    with pytest.raises(NotFound, match="erased, or never given out"):
        held.erase(Reference("332222222225"), actor="terminal:dpo", at=NOW)
