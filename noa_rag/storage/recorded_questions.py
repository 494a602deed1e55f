"""Recorded questions as QA reads them, page by page, and as their answers can be shown again; never distress."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.answer import AnswerStatus, GivenAnswer, Reason, RecordedAnswer, RecordedPart
from noa_rag.domain.days import PARIS
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import NotFound
from noa_rag.domain.question import Language
from noa_rag.storage.asked import IS_QUESTION, last_verdict
from noa_rag.storage.database import Database
from noa_rag.storage.question_tables import (
    answer_marks,
    answers_given,
    choices_taken,
    entry_verdicts,
    feedback,
    questions,
    recorded_cases,
)
from noa_rag.storage.tables import entries, in_utc

SUBJECTS_LIMIT = 5  # questions of a conversation: a follow-up is understood with at most four before it


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which recorded questions to list; None and an empty text match everything. Days are those of Paris."""

    day: date | None = None
    status: AnswerStatus | None = None
    agency_id: AgencyId | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class RecordedQuestionRow:
    """A recorded question, masked, with its outcome, and whether QA marked it or made a case of it."""

    question_id: str
    asked_at: datetime
    text: str
    language: str
    region: str | None
    status: AnswerStatus
    reason: str | None
    entry_id: EntryId | None
    entry_version: int | None
    section_key: str | None
    choices: tuple[EntryId, ...]
    agency_id: AgencyId | None
    confidence: float
    is_useful: bool | None
    has_case: bool
    has_marks: bool


class RecordedQuestions:
    """Reads the record; nothing here writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, wanted: Wanted) -> int:
        """Return how many questions match."""
        query = _wanted(_listed(), wanted)
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()

    def page(self, wanted: Wanted, *, limit: int, offset: int = 0) -> list[RecordedQuestionRow]:
        """Return one page of the matching questions, newest first."""
        query = _wanted(_listed(), wanted).order_by(questions.c.asked_at.desc(), questions.c.id)
        with self._database.reading() as connection:
            return [_recorded(row) for row in connection.execute(query.limit(limit).offset(offset))]

    def get(self, question_id: str) -> RecordedQuestionRow:
        """Return one question. Raises NotFound."""
        with self._database.reading() as connection:
            row = connection.execute(_listed().where(questions.c.id == question_id)).first()
        if row is None:
            raise NotFound(f"No recorded question has the id `{question_id}`.")
        return _recorded(row)


_AGENCY = func.coalesce(entries.c.agency_id, questions.c.contact_agency_id)


def _listed() -> Select[Any]:
    marked = select(answer_marks.c.id).where(answer_marks.c.question_id == questions.c.id).exists()
    return (
        select(
            questions,
            _AGENCY.label("agency_id"),
            func.coalesce(feedback.c.is_useful, last_verdict(entry_verdicts.c.is_useful)).label("is_useful"),
            recorded_cases.c.id.label("case_id"),
            marked.label("has_marks"),
        )
        .select_from(questions)
        .outerjoin(entries, entries.c.id == questions.c.entry_id)
        .outerjoin(feedback, feedback.c.question_id == questions.c.id)
        .outerjoin(recorded_cases, recorded_cases.c.question_id == questions.c.id)
        .where(IS_QUESTION)
    )


def _wanted(query: Select[Any], wanted: Wanted) -> Select[Any]:
    if wanted.day is not None:
        start, end = (_midnight(wanted.day + timedelta(days=more)) for more in (0, 1))
        query = query.where(questions.c.asked_at >= start, questions.c.asked_at < end)
    if wanted.status is not None:
        query = query.where(questions.c.status == wanted.status.value)
    if wanted.agency_id is not None:
        query = query.where(_AGENCY.in_([wanted.agency_id]))
    for word in _words(wanted.text):
        query = query.where(questions.c.text.icontains(word, autoescape=True))
    return query


def _words(text: str) -> Sequence[str]:
    return text.split()[:10]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), PARIS).astimezone(UTC)


def _recorded(row: Row[Any]) -> RecordedQuestionRow:
    return RecordedQuestionRow(
        question_id=row.id,
        asked_at=in_utc(row.asked_at),
        text=row.text,
        language=row.language,
        region=row.region,
        status=AnswerStatus(row.status),
        reason=row.reason,
        entry_id=EntryId(row.entry_id) if row.entry_id else None,
        entry_version=row.entry_version,
        section_key=row.section_key,
        choices=tuple(EntryId(choice) for choice in row.choices),
        agency_id=AgencyId(row.agency_id) if row.agency_id else None,
        confidence=row.confidence,
        is_useful=row.is_useful,
        has_case=row.case_id is not None,
        has_marks=row.has_marks,
    )


class RecordedAnswers:
    """Reads the record; nothing here writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, question_id: str) -> RecordedAnswer:
        """Return what was recorded of a question. Raises NotFound."""
        query = select(questions, answers_given.c.kept, answers_given.c.hash).join(answers_given)
        with self._database.reading() as connection:
            row = connection.execute(query.where(questions.c.id == question_id)).first()
            if row is None:
                raise NotFound("No question has that number; ask it again.")
            return _recorded_answer(row, _subjects(connection, row) if row.understood_as else ())

    def asked_text(self, question_id: str) -> str | None:
        """Return the masked text of a question, None for an unknown one."""
        with self._database.reading() as connection:
            text: str | None = connection.execute(
                select(questions.c.text).where(questions.c.id == question_id)
            ).scalar()
            return text

    def choices_taken(self, question_id: str) -> list[EntryId]:
        """Return the entries that the visitor opened among those offered for a question, in that order."""
        query = select(choices_taken.c.entry_id).where(choices_taken.c.question_id == question_id)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(choices_taken.c.taken_at, choices_taken.c.entry_id)).scalars()
            return [EntryId(entry_id) for entry_id in rows]


def _subjects(connection: Connection, row: Row[Any]) -> tuple[EntryId, ...]:
    query = (
        select(questions.c.entry_id, questions.c.choices)
        .where(questions.c.conversation_id == row.conversation_id, questions.c.asked_at <= row.asked_at)
        .order_by(questions.c.asked_at.desc(), questions.c.id)
        .limit(SUBJECTS_LIMIT)
    )
    rows = connection.execute(query).all()
    return tuple(
        EntryId(choice)
        for other_row in rows
        for choice in ((other_row.entry_id,) if other_row.entry_id else other_row.choices)
    )


def _recorded_answer(row: Row[Any], subjects: tuple[EntryId, ...]) -> RecordedAnswer:
    alone = {"need": "", "entry_id": row.entry_id, "version": row.entry_version, "section_key": row.section_key}
    return RecordedAnswer(
        question_id=row.id,
        conversation_id=row.conversation_id,
        asked=row.text,
        language=Language(row.language),
        region=row.region,
        status=AnswerStatus(row.status),
        reason=Reason(row.reason) if row.reason else None,
        parts=tuple(RecordedPart(**part) for part in row.parts or ([alone] if row.entry_id else [])),
        choices=tuple(EntryId(choice) for choice in row.choices),
        contact_agency_id=AgencyId(row.contact_agency_id) if row.contact_agency_id else None,
        confidence=row.confidence,
        understood_as=row.understood_as,
        subjects=subjects,
        given=GivenAnswer(row.kept, row.hash),
    )
