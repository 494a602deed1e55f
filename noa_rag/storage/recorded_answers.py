"""Recorded answers, each as it can be shown again."""

from typing import Any

from sqlalchemy import Connection, Row, select

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.answer import AnswerStatus, GivenAnswer, Reason, RecordedAnswer, RecordedPart
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import NotFound
from noa_rag.domain.question import Language
from noa_rag.storage.database import Database
from noa_rag.storage.question_tables import answers_given, questions

SUBJECTS_LIMIT = 5  # questions of a conversation: a follow-up is understood with at most four before it


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
            return _recorded(row, _subjects(connection, row) if row.understood_as else ())

    def asked_text(self, question_id: str) -> str | None:
        """Return the masked text of a question, None for an unknown one."""
        with self._database.reading() as connection:
            found: str | None = connection.execute(
                select(questions.c.text).where(questions.c.id == question_id)
            ).scalar()
            return found


def _subjects(connection: Connection, row: Row[Any]) -> tuple[EntryId, ...]:
    query = (
        select(questions.c.entry_id, questions.c.choices)
        .where(questions.c.conversation_id == row.conversation_id, questions.c.asked_at <= row.asked_at)
        .order_by(questions.c.asked_at.desc(), questions.c.id)
        .limit(SUBJECTS_LIMIT)
    )
    rows = connection.execute(query).all()
    return tuple(EntryId(one) for found in rows for one in ((found.entry_id,) if found.entry_id else found.choices))


def _recorded(row: Row[Any], subjects: tuple[EntryId, ...]) -> RecordedAnswer:
    alone = {
        "need": "",
        "entry_id": row.entry_id,
        "version": row.entry_version,
        "section_key": row.section_key,
    }
    return RecordedAnswer(
        question_id=row.id,
        conversation_id=row.conversation_id,
        asked=row.text,
        language=Language(row.language),
        region=row.region,
        status=AnswerStatus(row.status),
        reason=Reason(row.reason) if row.reason else None,
        parts=tuple(RecordedPart(**one) for one in row.parts or ([alone] if row.entry_id else [])),
        choices=tuple(EntryId(one) for one in row.choices),
        contact_agency_id=AgencyId(row.contact_agency_id) if row.contact_agency_id else None,
        confidence=row.confidence,
        understood_as=row.understood_as,
        subjects=subjects,
        given=GivenAnswer(row.kept, row.hash),
    )
