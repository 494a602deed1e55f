"""Reference numbers of questions: nothing is kept with one but the question's own number and the moment."""

from datetime import UTC, datetime

from sqlalchemy import insert, select

from noa_rag.domain.draft import Draft
from noa_rag.domain.errors import NotFound
from noa_rag.domain.failure import Asked
from noa_rag.domain.reference import Reference, draw_reference
from noa_rag.storage.asked import asked, questions_with_feedback
from noa_rag.storage.database import VISITOR_TIMEOUT_MILLISECONDS, Database
from noa_rag.storage.draft_text import draft_from_text
from noa_rag.storage.tables import drafts, group_members, question_references, questions


class ReferenceStore:
    """Gives numbers out, and finds the question again with the drafts that were made for its group."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, question_id: str) -> Reference:
        """Return the question's number, the same whenever it is asked for. Raises NotFound for an unknown question."""
        given = select(question_references.c.reference).where(question_references.c.question_id == question_id)
        with self._database.writing(timeout_milliseconds=VISITOR_TIMEOUT_MILLISECONDS) as connection:
            known: str | None = connection.execute(given).scalar()
            if known is not None:
                return Reference(known)
            if connection.execute(select(questions.c.id).where(questions.c.id == question_id)).first() is None:
                raise NotFound("No question has that number; ask it again.")
            reference = draw_reference()
            connection.execute(
                insert(question_references).values(
                    reference=reference, question_id=question_id, created_at=datetime.now(UTC)
                )
            )
            return reference

    def find(self, reference: Reference) -> tuple[Asked, list[Draft]] | None:
        """Return the question as recorded, masked, and the drafts of its group, newest first; None when unknown."""
        query = questions_with_feedback().join(question_references, question_references.c.question_id == questions.c.id)
        with self._database.reading() as connection:
            row = connection.execute(query.where(question_references.c.reference == reference)).first()
            if row is None:
                return None
            of_group = (
                select(drafts.c.draft)
                .join(group_members, group_members.c.group_id == drafts.c.group_id)
                .where(group_members.c.question_id == row.id)
            )
            made = [draft_from_text(text) for text in connection.execute(of_group).scalars()]
        return asked(row, {}), sorted(made, key=lambda draft: (draft.created_at, draft.id), reverse=True)
