"""QA's marks on answers, of which the last counts, and labelled cases made of them and of recorded questions."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from noa_rag.domain.answer import GivenMark, Mark, MarkedAnswer, SentenceMark, overall
from noa_rag.domain.errors import ContentProblem, InvalidContent, NotFound
from noa_rag.domain.people import PersonId
from noa_rag.storage.audit import write_audit
from noa_rag.storage.database import Database
from noa_rag.storage.question_tables import answer_marks, recorded_cases
from noa_rag.storage.tables import in_utc

CaseFields = Mapping[str, Any]

QUESTION = "question"  # the field of a case that holds its words
SENTENCE = "sentence"  # the kind of the cases that are a model's sentence, judged against the passage it cites
NOTE_LIMIT = 1_000  # A few sentences: what needs more belongs into a draft.


@dataclass(frozen=True, slots=True)
class RecordedCase:
    """A case as it is kept; `fields` are those of the evaluations' cases, the id left out."""

    id: str
    question_id: str | None
    fields: CaseFields
    made_by: PersonId
    made_at: datetime


class RecordedCaseStore:
    """Keeps one case for each question, recorded or not; a newer one replaces it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[RecordedCase]:
        """Return every case about a question, in the order they were made."""
        return [case for case in self._every() if case.fields.get("kind") != SENTENCE]

    def sentences(self) -> list[RecordedCase]:
        """Return every case about a sentence of a model's, in the order they were made."""
        return [case for case in self._every() if case.fields.get("kind") == SENTENCE]

    def keep_sentence(self, fields: CaseFields, *, by: PersonId, at: datetime) -> str:
        """Keep a judged sentence in place of an earlier verdict on it for the same question, audited; return its id.

        `fields` hold the visitor's question, the entry, the sentence, the quote that it cites and the verdict.
        """
        case_id = sentence_case_id(str(fields[QUESTION]), str(fields["sentence"]))
        with self._database.writing() as connection:
            return _write(
                connection, case_id, {**fields, "kind": SENTENCE}, question_id=None, was_asked=True, by=by, at=at
            )

    def _every(self) -> list[RecordedCase]:
        query = select(recorded_cases).order_by(recorded_cases.c.made_at, recorded_cases.c.id)
        with self._database.reading() as connection:
            return [
                RecordedCase(row.id, row.question_id, row.case, PersonId(row.made_by), in_utc(row.made_at))
                for row in connection.execute(query)
            ]

    def get(self, case_id: str) -> RecordedCase | None:
        return next((case for case in self._every() if case.id == case_id), None)

    def keep(self, fields: CaseFields, *, question_id: str | None, by: PersonId, at: datetime) -> str:
        """Keep a case in place of an earlier one about the same question, audited, and return its id."""
        with self._database.writing() as connection:
            return write_case(connection, fields, question_id=question_id, by=by, at=at)

    def remove(self, case_id: str, *, by: PersonId, at: datetime) -> None:
        """Take a case away, audited with what it held. Raises NotFound."""
        with self._database.writing() as connection:
            row = connection.execute(select(recorded_cases).where(recorded_cases.c.id == case_id)).first()
            if row is None:
                raise NotFound(f"No case has the id `{case_id}`.")
            connection.execute(delete(recorded_cases).where(recorded_cases.c.id == case_id))
            detail = _told(row.case, was_asked=row.was_asked)
            write_audit(connection, actor=by, action="case_removed", subject=case_id, detail=detail, at=at)


def write_case(
    connection: Connection, fields: CaseFields, *, question_id: str | None, by: PersonId, at: datetime
) -> str:
    """Keep a case within the caller's transaction and return its id."""
    case_id = case_id_of(str(fields[QUESTION]), question_id)
    was_asked = question_id is not None
    return _write(connection, case_id, fields, question_id=question_id, was_asked=was_asked, by=by, at=at)


def _write(
    connection: Connection,
    case_id: str,
    fields: CaseFields,
    *,
    question_id: str | None,
    was_asked: bool,
    by: PersonId,
    at: datetime,
) -> str:
    values = {"case": dict(fields), "made_by": by, "made_at": at}
    result = connection.execute(update(recorded_cases).where(recorded_cases.c.id == case_id).values(values))
    if result.rowcount == 0:
        connection.execute(
            insert(recorded_cases).values(id=case_id, question_id=question_id, was_asked=was_asked, **values)
        )
    detail = _told(fields, was_asked=was_asked)
    write_audit(connection, actor=by, action="case_made", subject=case_id, detail=detail, at=at)
    return case_id


def sentence_case_id(question: str, sentence: str) -> str:
    """Return the id of the case about a sentence that a model wrote for a question."""
    return hashlib.blake2b(f"{question}\0{sentence}".encode(), digest_size=16).hexdigest()


def case_id_of(question: str, question_id: str | None) -> str:
    """Return the id of the case about a question: that of its record, or a hash of its words."""
    return question_id or hashlib.blake2b(question.encode(), digest_size=16).hexdigest()


def _told(fields: CaseFields, *, was_asked: bool) -> dict[str, str]:
    """Return a case as the audit keeps it, without a visitor's words, which could not be erased from there."""
    detail = {name: value for name, value in fields.items() if value and not (was_asked and name == QUESTION)}
    return {name: value if isinstance(value, str) else ", ".join(value) for name, value in detail.items()}


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
        if too_long := [mark for mark in marks if len(mark.note) > NOTE_LIMIT]:
            raise InvalidContent(
                [ContentProblem(f"note-{mark.number}", "too_long", str(len(mark.note))) for mark in too_long]
            )
        rows = [
            {
                "question": answer.question,
                "question_id": answer.question_id,
                "entry_id": answer.entry_id,
                "entry_version": answer.entry_version,
                "sentence_number": mark.number,
                "sentence": mark.sentence,
                "mark": mark.mark.value,
                "note": mark.note,
                "marked_by": by,
                "marked_at": at,
            }
            for mark in marks
        ]
        if not rows and case is None:
            return
        said = " ".join(f"{mark.number}:{mark.mark.value}" for mark in marks)
        detail = {"entry": answer.entry_id, "version": answer.entry_version, "marks": said}
        with self._database.writing() as connection:
            if rows:
                connection.execute(insert(answer_marks), rows)
                subject = answer.question_id or answer.entry_id
                write_audit(connection, actor=by, action="answer_marked", subject=subject, detail=detail, at=at)
            if case is not None:
                write_case(connection, case, question_id=answer.question_id, by=by, at=at)

    def of(self, answer: MarkedAnswer) -> dict[tuple[int, str], GivenMark]:
        """Return the last mark of each sentence, by number and words, so that a changed sentence has none yet."""
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


def overall_marks(connection: Connection, condition: ColumnElement[bool]) -> dict[str, Mark]:
    """Return QA's overall mark of each answer, by question; `condition` selects among the marks."""
    last: dict[str, dict[tuple[int, str], SentenceMark]] = defaultdict(dict)
    for row in connection.execute(select(answer_marks).where(condition).order_by(answer_marks.c.id)):
        mark = SentenceMark(row.sentence_number, row.sentence, Mark(row.mark), row.note)
        last[row.question_id][row.sentence_number, row.sentence] = mark
    said = {question_id: overall([*marks.values()]) for question_id, marks in last.items()}
    return {question_id: mark for question_id, mark in said.items() if mark is not None}


def _about(answer: MarkedAnswer) -> ColumnElement[bool]:
    if answer.question_id is not None:
        return and_(answer_marks.c.question_id == answer.question_id, answer_marks.c.entry_id == answer.entry_id)
    return and_(
        answer_marks.c.question_id.is_(None),
        answer_marks.c.question == answer.question,
        answer_marks.c.entry_id == answer.entry_id,
    )
