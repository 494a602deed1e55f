"""Marks on answers: rows are only added, and the last word on a sentence counts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, insert, select

from noa_rag.domain.errors import ContentProblem, InvalidContent
from noa_rag.domain.mark import GivenMark, Mark, MarkedAnswer, SentenceMark
from noa_rag.domain.people import PersonId
from noa_rag.storage.audit import write_audit
from noa_rag.storage.database import Database
from noa_rag.storage.moments import in_utc
from noa_rag.storage.question_tables import answer_marks
from noa_rag.storage.recorded_cases import CaseFields, write_case

NOTE_LIMIT = 1_000  # A few sentences: what needs more belongs into a draft.


class MarkStore:
    """Keeps what QA said of answers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(
        self,
        answer: MarkedAnswer,
        marks: Sequence[SentenceMark],
        *,
        by: PersonId,
        at: datetime,
        case: CaseFields | None = None,
    ) -> None:
        """Add marks, and the case that they make of the question, in one audited transaction.

        Raises InvalidContent for a note that is too long; nothing is kept then.
        """
        if too_long := [one for one in marks if len(one.note) > NOTE_LIMIT]:
            raise InvalidContent(
                [ContentProblem(f"note-{one.number}", "too_long", str(len(one.note))) for one in too_long]
            )
        rows = [
            {
                "question": answer.question,
                "question_id": answer.question_id,
                "entry_id": answer.entry_id,
                "entry_version": answer.entry_version,
                "sentence_number": one.number,
                "sentence": one.sentence,
                "mark": one.mark.value,
                "note": one.note,
                "marked_by": by,
                "marked_at": at,
            }
            for one in marks
        ]
        if not rows and case is None:
            return
        said = " ".join(f"{one.number}:{one.mark.value}" for one in marks)
        detail = {"entry": answer.entry_id, "version": answer.entry_version, "marks": said}
        with self._database.writing() as connection:
            if rows:
                connection.execute(insert(answer_marks), rows)
                subject = answer.question_id or answer.entry_id
                write_audit(connection, actor=by, action="answer_marked", subject=subject, detail=detail, at=at)
            if case is not None:
                write_case(connection, case, question_id=answer.question_id, by=by, at=at)

    def of(self, answer: MarkedAnswer) -> dict[tuple[int, str], GivenMark]:
        """Return the last mark of each sentence, by its number and words: a text that changed has none yet."""
        query = select(answer_marks).where(_about(answer)).order_by(answer_marks.c.id)
        with self._database.reading() as connection:
            return {
                (row.sentence_number, row.sentence): GivenMark(
                    SentenceMark(row.sentence_number, row.sentence, Mark(row.mark), row.note),
                    PersonId(row.marked_by),
                    in_utc(row.marked_at),
                )
                for row in connection.execute(query)
            }


def _about(answer: MarkedAnswer) -> ColumnElement[bool]:
    if answer.question_id is not None:
        return and_(answer_marks.c.question_id == answer.question_id, answer_marks.c.entry_id == answer.entry_id)
    return and_(
        answer_marks.c.question_id.is_(None),
        answer_marks.c.question == answer.question,
        answer_marks.c.entry_id == answer.entry_id,
    )
