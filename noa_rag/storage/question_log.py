"""Questions with their outcomes, what visitors thought of them, and the reference numbers they noted down."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from noa_rag.domain.answer import AnswerPart, GivenAnswer, Reason
from noa_rag.domain.draft import Draft
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import NotFound
from noa_rag.domain.failure import Asked
from noa_rag.domain.ports import EarlierTurn, EntryVerdict, RecordedQuestion
from noa_rag.domain.question import Reference, draw_reference
from noa_rag.domain.queue import Pile
from noa_rag.domain.rephrasing import Rephrasing
from noa_rag.storage.asked import asked, choices_by_question, questions_with_feedback
from noa_rag.storage.database import VISITOR_TIMEOUT_MILLISECONDS, Database
from noa_rag.storage.entries import read_version
from noa_rag.storage.question_tables import (
    answers_given,
    choices_taken,
    entry_verdicts,
    feedback,
    group_members,
    question_references,
    questions,
    queue_items,
    rephrasings,
)
from noa_rag.storage.rephrasings import rephrasing_row
from noa_rag.storage.stored_text import draft_from_text
from noa_rag.storage.tables import drafts, entries

EARLIER_LIMIT = 4  # questions back; older ones no longer belong to the subject


class QuestionStore:
    """Records questions, whose personal data the caller has masked.

    A write waits a quarter of a second for other writers, then raises StorageUnavailable: a visitor waits for it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, recorded: RecordedQuestion) -> None:
        """Record a question; one that is recorded already is left as it is, so that a write may be retried."""
        question, answer = recorded.question, recorded.answer
        row = {
            "id": recorded.question_id,
            "conversation_id": recorded.conversation_id,
            "asked_at": recorded.asked_at.astimezone(UTC),
            "text": question.text,
            "normalised": question.normalised,
            "language": question.language.value,
            "region": question.region,
            "audience": question.audience.value if question.audience else None,
            "site": recorded.site,
            "as_of": question.as_of,
            "mode": answer.mode.value,
            "status": answer.status.value,
            "reason": answer.reason.value if answer.reason else None,
            "entry_id": answer.entry.id if answer.entry else None,
            "entry_version": answer.entry.version if answer.entry else None,
            "section_key": answer.section_key,
            "choices": [choice.entry_id for choice in answer.choices],
            "contact_agency_id": answer.contact.id if answer.contact else None,
            "confidence": answer.confidence,
            "duration_seconds": recorded.duration_seconds,
            "understood_as": answer.understood_as,
            "parts": [_part(part) for part in answer.parts] or None,
        }
        with self._writing() as connection:
            if _is_known(connection, recorded.question_id):
                return
            connection.execute(insert(questions), [row])
            if recorded.given is not None:
                given = {"kept": recorded.given.kept, "hash": recorded.given.hash}
                connection.execute(insert(answers_given).values(question_id=recorded.question_id, **given))
            if answer.rephrasing is not None:
                connection.execute(insert(rephrasings).values(rephrasing_row(recorded.question_id, answer.rephrasing)))

    def earlier(self, conversation_id: str, *, since: datetime) -> Sequence[EarlierTurn]:
        query = (
            select(questions)
            .where(questions.c.conversation_id == conversation_id, questions.c.asked_at >= since.astimezone(UTC))
            .order_by(questions.c.asked_at.desc(), questions.c.id)
            .limit(EARLIER_LIMIT)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
            taken = choices_by_question(connection, questions.c.id.in_([row.id for row in rows])) if rows else {}
        return [
            EarlierTurn(
                text=row.text,
                normalised=row.normalised,
                understood_as=row.understood_as,
                entry_ids=_led_to(row, taken.get(row.id, ())),
                choices=tuple(EntryId(choice) for choice in row.choices),
            )
            for row in rows
        ]

    def given(self, question_id: str) -> tuple[GivenAnswer, EntryId | None, int | None, str | None]:
        """Return what is kept of an answer, with the entry, version and section behind it. Raises NotFound."""
        query = select(
            answers_given.c.kept, answers_given.c.hash, questions.c.entry_id, questions.c.entry_version,
            questions.c.section_key,
        ).join(questions)  # fmt: skip
        with self._database.reading() as connection:
            row = connection.execute(query.where(questions.c.id == question_id)).first()
        if row is None:
            raise NotFound("No answer is kept under that number.")
        entry_id = EntryId(row.entry_id) if row.entry_id is not None else None
        return GivenAnswer(row.kept, row.hash), entry_id, row.entry_version, row.section_key

    def record_feedback(self, question_id: str, *, is_useful: bool, reason: str | None, comment: str) -> None:
        question = select(questions.c.id, questions.c.reason).where(questions.c.id == question_id)
        with self._writing() as connection:
            known = connection.execute(question).first()
            if known is None:
                raise NotFound("No question has that number; ask it again.")
            connection.execute(delete(feedback).where(feedback.c.question_id == question_id))
            connection.execute(
                insert(feedback).values(
                    question_id=question_id,
                    is_useful=is_useful,
                    reason=reason,
                    comment="" if known.reason == Reason.DISTRESS.value else comment,
                    given_at=datetime.now(UTC),
                )
            )

    def record_entry_verdict(self, verdict: EntryVerdict) -> None:
        with self._writing() as connection:
            _write_entry_verdict(connection, verdict)

    def record_rephrasing(self, question_id: str, rephrasing: Rephrasing) -> None:
        with self._writing() as connection:
            if not _is_known(connection, question_id):
                raise NotFound("No question has that number; ask it again.")
            connection.execute(insert(rephrasings).values(rephrasing_row(question_id, rephrasing)))

    def record_choice(self, question_id: str, entry_id: EntryId) -> None:
        taken = {"question_id": question_id, "entry_id": entry_id}
        known = select(choices_taken.c.taken_at).filter_by(**taken)
        with self._writing() as connection:
            offered = connection.execute(select(questions.c.choices).where(questions.c.id == question_id)).scalar()
            is_offered = entry_id in (offered or ()) or entry_id in _branches_taken(connection, question_id)
            if is_offered and connection.execute(known).first() is None:
                connection.execute(insert(choices_taken).values(**taken, taken_at=datetime.now(UTC)))

    def _writing(self) -> AbstractContextManager[Connection]:
        return self._database.writing(timeout_milliseconds=VISITOR_TIMEOUT_MILLISECONDS)


def _write_entry_verdict(connection: Connection, verdict: EntryVerdict) -> None:
    """Write a verdict down; the last one on an entry counts for a question. Raises NotFound.

    Nothing that somebody in distress writes is kept.
    """
    if connection.execute(select(entries.c.id).where(entries.c.id == verdict.entry_id)).first() is None:
        raise NotFound(f"No entry has the id {verdict.entry_id!r}.")
    comment = verdict.comment
    if verdict.question_id is not None:
        row = connection.execute(select(questions.c.reason).where(questions.c.id == verdict.question_id)).first()
        if row is None:
            raise NotFound("No question has that number; ask it again.")
        comment = "" if row.reason == Reason.DISTRESS.value else comment
        same = (entry_verdicts.c.question_id == verdict.question_id, entry_verdicts.c.entry_id == verdict.entry_id)
        connection.execute(delete(entry_verdicts).where(*same))
    connection.execute(
        insert(entry_verdicts).values(
            entry_id=verdict.entry_id,
            question_id=verdict.question_id,
            site=verdict.site,
            is_useful=verdict.is_useful,
            reason=verdict.reason,
            comment=comment,
            given_at=datetime.now(UTC),
        )
    )


def _branches_taken(connection: Connection, question_id: str) -> set[EntryId]:
    """Return the entries that the situations already chosen for a question lead to."""
    taken = choices_by_question(connection, questions.c.id == question_id).get(question_id, ())
    versions = (read_version(connection, entry_id) for entry_id in taken)
    return {branch.entry for version in versions if version for branch in version.content.branches}


def _is_known(connection: Connection, question_id: str) -> bool:
    return connection.execute(select(questions.c.id).where(questions.c.id == question_id)).first() is not None


def _part(part: AnswerPart) -> dict[str, Any]:
    return {
        "need": part.need,
        "entry_id": part.entry.id if part.entry else None,
        "version": part.entry.version if part.entry else None,
        "section_key": part.section_key,
    }


def _led_to(row: Row[Any], taken: Sequence[EntryId]) -> tuple[EntryId, ...]:
    """Return the entry that was shown; where there was a choice, those that were taken, else those offered."""
    if row.entry_id and row.reason != Reason.SITUATION.value:
        return (EntryId(row.entry_id),)
    return tuple(taken[::-1]) or tuple(EntryId(choice) for choice in row.choices)


class ReferenceStore:
    """Gives out reference numbers, and finds a question by its number, with the drafts made for its group."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, question_id: str) -> Reference:
        """Return the question's number, the same whenever it is asked for. Raises NotFound for an unknown question."""
        given = select(question_references.c.reference).where(question_references.c.question_id == question_id)
        with self._database.writing(timeout_milliseconds=VISITOR_TIMEOUT_MILLISECONDS) as connection:
            known: str | None = connection.execute(given).scalar()
            if known is not None:
                return Reference(known)
            if not _is_known(connection, question_id):
                raise NotFound("No question has that number; ask it again.")
            reference = draw_reference()
            connection.execute(
                insert(question_references).values(
                    reference=reference, question_id=question_id, created_at=datetime.now(UTC)
                )
            )
            return reference

    def find(self, reference: Reference) -> tuple[Asked, list[Draft], Pile] | None:
        """Return the question as recorded, masked, the drafts of its group, newest first, and where the group lies.

        Return None for a number that was never given out.
        """
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
            placed = (
                select(queue_items.c.pile)
                .join(group_members, group_members.c.group_id == queue_items.c.id)
                .where(group_members.c.question_id == row.id)
            )
            pile = Pile(connection.execute(placed).scalar() or Pile.TO_DO)
        return asked(row, {}), sorted(made, key=lambda draft: (draft.created_at, draft.id), reverse=True), pile
