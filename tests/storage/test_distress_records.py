"""A message of distress is counted apart; groups, drafts, previews and QA's lists never see it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from noa_rag.answering.distress.recognise import NOT_KEPT
from noa_rag.domain.answer import Reason
from noa_rag.domain.entry import EntryId
from noa_rag.domain.failure import Failure, FailureKind, Noise
from noa_rag.domain.ports import EntryVerdict, RecordedQuestion
from noa_rag.review.failures import noise_in
from noa_rag.review.grouping import Assignment, group_failures
from noa_rag.service.records import Records
from noa_rag.statistics.follow_up import FollowUps
from noa_rag.statistics.period import PeriodKind
from noa_rag.storage.question_tables import entry_verdicts, feedback
from noa_rag.storage.recorded_questions import RecordedQuestions, Wanted
from tests.factories import a_new_version, a_question, a_recorded_question, a_theme, an_agency, an_answer

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _entry_that_helps(records: Records) -> None:
    records.directory.save([an_agency()], [a_theme()])
    records.entries.add_versions([a_new_version("deposer-une-marque")])


def a_cry(question_id: str = "cri", *, conversation_id: str = "d" * 32) -> RecordedQuestion:
    """Return a message of distress as it is written down."""
    return a_recorded_question(
        question_id,
        conversation_id=conversation_id,
        asked_at=NOON,
        question=a_question(NOT_KEPT),
        answer=an_answer(reason=Reason.DISTRESS, question_id=question_id),
    )


def a_failed_question() -> RecordedQuestion:
    return a_recorded_question("echec", asked_at=NOON)


class EverythingFailed:
    """Groups whatever it is shown, and keeps what that was."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def failures(self, asked, *, now):  # type: ignore[no-untyped-def]
        self.seen += [question.question_id for question in asked]
        return [Failure(question, FailureKind.NOT_USEFUL) for question in asked]

    def noise(self, asked) -> Noise | None:  # type: ignore[no-untyped-def]
        return None

    def assign(self, groups, new, *, now):  # type: ignore[no-untyped-def]
        return Assignment((), ())


def test_no_group_is_made_of_it_even_when_it_was_found_useless(records: Records) -> None:
    records.questions.record(a_failed_question())
    records.questions.record(a_cry())
    records.questions.record_feedback("cri", is_useful=False, reason="other", comment="")
    grouping = EverythingFailed()

    group_failures(records.review, grouping, now=lambda: NOON)

    assert grouping.seen == ["echec"]


def test_what_is_written_down_of_it_would_be_noise_anyhow() -> None:
    assert noise_in(NOT_KEPT, knows=lambda word: True) is Noise.EMPTY


def test_the_lists_of_recorded_questions_leave_it_out(records: Records) -> None:
    records.questions.record(a_failed_question())
    records.questions.record(a_cry())
    listed = RecordedQuestions(records.database)

    assert listed.count(Wanted()) == 1
    assert [row.question_id for row in listed.page(Wanted(), limit=10)] == ["echec"]


def test_a_comment_on_it_is_not_kept(records: Records) -> None:
    records.questions.record(a_cry())

    records.questions.record_feedback("cri", is_useful=True, reason=None, comment="merci, je vais appeler")
    records.questions.record_entry_verdict(
        EntryVerdict(EntryId("deposer-une-marque"), is_useful=True, comment="merci", question_id="cri")
    )

    with records.database.reading() as connection:
        rows = [connection.execute(select(table)).one() for table in (feedback, entry_verdicts)]
    assert [(row.is_useful, row.comment) for row in rows] == [(True, "")] * 2


def test_the_follow_up_counts_it_apart(records: Records) -> None:
    records.questions.record(a_failed_question())
    records.questions.record(a_cry("cri-1"))
    records.questions.record(a_cry("cri-2"))
    follow_ups = FollowUps(records, lambda: NOON.replace(hour=13))

    figures = follow_ups.of(follow_ups.current(PeriodKind.DAY))

    assert (figures.total.asked, figures.distress.now, figures.distress.before) == (1, 2, 0)
    assert [question.question_id for question in figures.slowest] == ["echec"]
    assert all(row.now.answered == 0 for row in figures.languages)
