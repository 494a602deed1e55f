"""Labelled cases that QA made of recorded questions and of marks; what a case holds is known to the evaluations."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from noa_rag.domain.errors import NotFound
from noa_rag.domain.people import PersonId
from noa_rag.storage.audit import write_audit
from noa_rag.storage.database import Database
from noa_rag.storage.moments import in_utc
from noa_rag.storage.question_tables import recorded_cases

CaseFields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RecordedCase:
    """A case as it is kept; `fields` are those of the evaluations' cases, the id left out."""

    id: str
    question_id: str | None
    fields: CaseFields
    made_by: PersonId
    made_at: datetime


class RecordedCaseStore:
    """One case for each recorded question, and one for each other question; the last word on it counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[RecordedCase]:
        """Return every case, in the order they were made."""
        query = select(recorded_cases).order_by(recorded_cases.c.made_at, recorded_cases.c.id)
        with self._database.reading() as connection:
            return [
                RecordedCase(row.id, row.question_id, row.case, PersonId(row.made_by), in_utc(row.made_at))
                for row in connection.execute(query)
            ]

    def get(self, case_id: str) -> RecordedCase | None:
        return next((one for one in self.all() if one.id == case_id), None)

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
            write_audit(connection, actor=by, action="case_removed", subject=case_id, detail=_told(row.case), at=at)


def write_case(
    connection: Connection, fields: CaseFields, *, question_id: str | None, by: PersonId, at: datetime
) -> str:
    """Keep a case within the caller's transaction and return its id."""
    case_id = case_id_of(str(fields["question"]), question_id)
    values = {"case": dict(fields), "made_by": by, "made_at": at}
    kept = connection.execute(update(recorded_cases).where(recorded_cases.c.id == case_id).values(values))
    if kept.rowcount == 0:
        connection.execute(insert(recorded_cases).values(id=case_id, question_id=question_id, **values))
    write_audit(connection, actor=by, action="case_made", subject=case_id, detail=_told(fields), at=at)
    return case_id


def case_id_of(question: str, question_id: str | None) -> str:
    """Return the id of the case about a question: that of its record, or a hash of its words."""
    return question_id or hashlib.blake2b(question.encode(), digest_size=16).hexdigest()


def _told(fields: CaseFields) -> dict[str, str]:
    return {name: value if isinstance(value, str) else ", ".join(value) for name, value in fields.items() if value}
