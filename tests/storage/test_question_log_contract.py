"""What every QuestionLog promises, and what the database keeps of a question."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from noa_rag.domain.answer import AnswerPart, Choice
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import NotFound, StorageUnavailable
from noa_rag.domain.ports import EntryVerdict, QuestionLog
from noa_rag.domain.question import Mode
from noa_rag.domain.rephrasing import CheckedSentence, CheckFinding, Rephrasing, RephrasingOutcome
from noa_rag.rephrasing.prompting import Task
from noa_rag.service.assistant import Assistant
from noa_rag.storage.database import Database
from noa_rag.storage.entries import EntryStore
from noa_rag.storage.question_log import QuestionStore
from noa_rag.storage.question_tables import choices_taken, entry_verdicts, feedback, questions
from noa_rag.storage.rephrasings import RephrasingReader
from tests.factories import a_new_version, a_recorded_question, an_abstention, an_answer, an_entry_version
from tests.fakes import FakeLanguageModel, FakeMeaningJudge, FakeNearness, FakeQuestionLog

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(params=["fake", "database"])
def log(request: pytest.FixtureRequest, backend: str) -> QuestionLog:
    if request.param == "fake":
        return FakeQuestionLog()
    return QuestionStore(request.getfixturevalue("database"))


def test_feedback_on_an_unknown_question_is_refused(log: QuestionLog) -> None:
    with pytest.raises(NotFound, match="No question"):
        log.record_feedback("inconnue", is_useful=True, reason=None, comment="")


def test_an_entry_is_judged_with_or_without_a_question_but_not_for_an_unknown_one(
    log: QuestionLog, request: pytest.FixtureRequest
) -> None:
    EntryStore(request.getfixturevalue("database")).add_versions([a_new_version("marque")])
    log.record(a_recorded_question("q1"))

    log.record_entry_verdict(EntryVerdict(EntryId("marque"), is_useful=True))
    log.record_entry_verdict(EntryVerdict(EntryId("marque"), is_useful=False, question_id="q1"))

    with pytest.raises(NotFound, match="No question"):
        log.record_entry_verdict(EntryVerdict(EntryId("marque"), is_useful=True, question_id="inconnue"))


def test_each_entry_that_was_chosen_for_a_question_has_a_verdict_of_its_own(database: Database) -> None:
    EntryStore(database).add_versions([a_new_version("marque"), a_new_version("brevet")])
    log = QuestionStore(database)
    log.record(a_recorded_question("q1"))

    for entry_id, is_useful in (("marque", True), ("marque", False), ("brevet", True)):
        log.record_entry_verdict(EntryVerdict(EntryId(entry_id), is_useful, question_id="q1"))

    with database.reading() as connection:
        row = connection.execute(select(entry_verdicts.c.entry_id, entry_verdicts.c.is_useful)).all()
    assert sorted(map(tuple, row)) == [("brevet", True), ("marque", False)]
    with pytest.raises(NotFound, match="No entry"):
        log.record_entry_verdict(EntryVerdict(EntryId("inconnue"), is_useful=True))


def test_an_attempt_at_rephrasing_is_kept_for_a_recorded_question_only(log: QuestionLog) -> None:
    attempt = Rephrasing("model", "rephrase-chat-1", RephrasingOutcome.REFUSED, reason="nothing is left")
    log.record(a_recorded_question("q1"))

    log.record_rephrasing("q1", attempt)

    with pytest.raises(NotFound, match="No question"):
        log.record_rephrasing("inconnue", attempt)


def test_attempts_are_read_back_with_every_verdict_and_counted(database: Database) -> None:
    finding = CheckFinding("amount", "150 €", "190 €")
    sentences = (
        CheckedSentence("Cela coûte 190 €.", "Comptez 190 €."),
        CheckedSentence("150 €.", "190 €.", (finding,)),
        CheckedSentence("Un tarif réduit existe.", "Un tarif réduit existe."),
        CheckedSentence("En ligne.", "En ligne."),
    )
    shown = Rephrasing("model", "rephrase-chat-1", RephrasingOutcome.SHOWN, sentences, "", 0.5, 0.25)
    failed = Rephrasing("model", "rephrase-chat-1", RephrasingOutcome.FAILED, (), "timed_out", 6.0, 0.0)
    log, reader = QuestionStore(database), RephrasingReader(database)
    log.record(replace(a_recorded_question("q1"), answer=replace(an_abstention(), rephrasing=failed)))
    log.record_rephrasing("q1", shown)

    figures = reader.figures(since=datetime(2020, 1, 1, tzinfo=UTC), until=datetime.now(UTC) + timedelta(hours=1))

    assert reader.of_question("q1") == shown
    assert [rephrasing.rephrasing for rephrasing in reader.latest(outcome="failed")] == [failed]
    assert figures.outcomes == {"shown": 1, "failed": 1}
    assert (figures.reasons, figures.checks) == ({"timed_out": 1}, {"amount": 1})
    assert figures.seconds == (0.75, 6.0)


def test_a_choice_that_was_offered_is_kept_once_and_nothing_else_is(database: Database, store: EntryStore) -> None:
    fake, question_store = FakeQuestionLog(), QuestionStore(database)
    store.add_versions([a_new_version("offerte"), a_new_version("une-autre")])
    offered = (Choice(EntryId("offerte"), "Est-ce cela ?"),)

    for log in (fake, question_store):
        log.record(a_recorded_question("q1", answer=an_abstention(choices=offered)))
        for question_id, entry_id in [("q1", "offerte"), ("q1", "offerte"), ("q1", "une-autre"), ("q2", "offerte")]:
            log.record_choice(question_id, EntryId(entry_id))

    with database.reading() as connection:
        rows = connection.execute(select(choices_taken.c.question_id, choices_taken.c.entry_id)).all()
    assert rows == [("q1", "offerte")]
    assert fake.taken == {("q1", "offerte")}


def test_the_last_feedback_counts(database: Database) -> None:
    log = QuestionStore(database)
    log.record(a_recorded_question("q1"))

    log.record_feedback("q1", is_useful=False, reason="incomplete", comment="et les frais ?")
    log.record_feedback("q1", is_useful=True, reason=None, comment="")

    with database.reading() as connection:
        rows = connection.execute(select(feedback.c.question_id, feedback.c.is_useful, feedback.c.comment)).all()
    assert rows == [("q1", True, "")]


def test_an_answer_is_kept_with_the_version_that_was_shown(database: Database, store: EntryStore) -> None:
    store.add_versions([a_new_version(), a_new_version("autre")])

    QuestionStore(database).record(a_recorded_question("q1", answer=an_answer(question_id="q1"), site="cci.example"))

    with database.reading() as connection:
        row = connection.execute(select(questions)).one()
    assert (row.entry_id, row.entry_version, row.status, row.site) == (
        "deposer-une-marque",
        1,
        "answered",
        "cci.example",
    )


def test_an_answer_from_a_version_that_does_not_exist_is_not_recorded(database: Database, store: EntryStore) -> None:
    store.add_versions([a_new_version()])
    answer = an_answer(an_entry_version(version=2))

    with pytest.raises(StorageUnavailable, match=r"(?i)foreign key"):
        QuestionStore(database).record(a_recorded_question("q1", answer=answer))

    with database.reading() as connection:
        assert connection.execute(select(questions)).all() == []


def test_a_conversation_tells_its_last_questions_newest_first(database: Database, store: EntryStore) -> None:
    store.add_versions([a_new_version()])
    log = QuestionStore(database)
    answered = an_answer(question_id="q1")
    log.record(a_recorded_question("q1", answer=answered, asked_at=NOON))
    offered = an_abstention(choices=(Choice(EntryId("deposer-une-marque"), "…"),), understood_as="la marque et le prix")
    log.record(a_recorded_question("q2", answer=offered, asked_at=NOON + timedelta(minutes=1)))
    log.record(a_recorded_question("q3", conversation_id="d" * 32, asked_at=NOON))

    newest, oldest = log.earlier("c" * 32, since=NOON - timedelta(minutes=30))

    assert (newest.understood_as, newest.entry_ids) == ("la marque et le prix", ("deposer-une-marque",))
    assert (oldest.entry_ids, oldest.choices) == (("deposer-une-marque",), ())


def test_what_was_asked_too_long_ago_and_by_others_is_not_told(database: Database) -> None:
    log = QuestionStore(database)
    log.record(a_recorded_question("q1", asked_at=NOON))

    assert not log.earlier("c" * 32, since=NOON + timedelta(seconds=1))
    assert not log.earlier("e" * 32, since=NOON - timedelta(minutes=30))


def test_a_choice_that_was_opened_is_what_the_conversation_is_about(database: Database, store: EntryStore) -> None:
    store.add_versions([a_new_version(), a_new_version("autre")])
    log = QuestionStore(database)
    choices = (Choice(EntryId("deposer-une-marque"), "…"), Choice(EntryId("autre"), "…"))
    log.record(a_recorded_question("q1", answer=an_abstention(choices=choices), asked_at=NOON))

    log.record_choice("q1", EntryId("autre"))

    (turn,) = log.earlier("c" * 32, since=NOON)
    assert (turn.entry_ids, turn.choices) == (("autre",), ("deposer-une-marque", "autre"))


def test_every_part_of_an_answer_is_kept_with_its_version(database: Database, store: EntryStore) -> None:
    store.add_versions([a_new_version()])
    parts = (AnswerPart("ma marque", an_entry_version(), "texte"), AnswerPart("un dragon"))

    QuestionStore(database).record(a_recorded_question("q1", answer=an_answer(parts=parts)))

    with database.reading() as connection:
        stored_parts = connection.execute(select(questions.c.parts)).scalar_one()
    assert stored_parts == [
        {"need": "ma marque", "entry_id": "deposer-une-marque", "version": 1, "section_key": None},
        {"need": "un dragon", "entry_id": None, "version": None, "section_key": None},
    ]


@pytest.mark.parametrize(("model", "mode"), [("fake-model", Mode.ASSISTED), ("another-model", Mode.STRICT)])
def test_words_that_another_model_wrote_are_not_shown_again(database: Database, model: str, mode: Mode) -> None:
    answer = an_answer(question_id="q1")
    sentences = (CheckedSentence("Cela coûte 190 €.", "Comptez 190 €."),)
    store = QuestionStore(database)
    store.record(a_recorded_question("q1"))
    store.record_rephrasing("q1", Rephrasing(model, "answer-chat-2", RephrasingOutcome.SHOWN, sentences))
    records = SimpleNamespace(database=database)
    assistant = Assistant(FakeLanguageModel(), FakeMeaningJudge(), FakeNearness(), records, 5.0, task=Task.ANSWER)  # type: ignore[arg-type]

    assert assistant.as_known(answer).mode is mode
