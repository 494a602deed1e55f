"""Recorded questions as the review reads them: what the visitor thought, what she opened, from where she asked."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from noa_rag.domain.answer import Reason
from noa_rag.domain.entry import EntryId
from noa_rag.domain.failure import Asked
from noa_rag.domain.question import Language
from noa_rag.storage.database import Database, chunks
from noa_rag.storage.question_tables import choices_taken, feedback, questions
from noa_rag.storage.tables import in_utc

_SHOWN = (
    questions.c.id,
    questions.c.conversation_id,
    questions.c.asked_at,
    questions.c.text,
    questions.c.normalised,
    questions.c.language,
    questions.c.status,
    questions.c.reason,
    questions.c.region,
    questions.c.audience,
    questions.c.site,
    questions.c.entry_id,
    questions.c.entry_version,
    questions.c.choices,
    questions.c.contact_agency_id,
    questions.c.confidence,
    feedback.c.is_useful,
    feedback.c.reason.label("feedback_reason"),
)
IS_QUESTION = questions.c.reason.is_distinct_from(Reason.DISTRESS.value)
_IN_ORDER = (questions.c.asked_at, questions.c.id)
Taken = Mapping[str, tuple[EntryId, ...]]


def questions_with_feedback(*further: ColumnElement[Any]) -> Select[Any]:
    """Return the query of every recorded question, oldest first, which callers narrow down.

    Messages of distress are left out: their words are not kept, and nobody's work is to be made of them.
    """
    joined = questions.outerjoin(feedback, feedback.c.question_id == questions.c.id)
    return select(*_SHOWN, *further).select_from(joined).where(IS_QUESTION).order_by(*_IN_ORDER)


def choices_by_question(connection: Connection, condition: ColumnElement[bool] | None = None) -> Taken:
    """Return the offered entries that were opened, by question; `condition` is about questions."""
    query = select(choices_taken.c.question_id, choices_taken.c.entry_id).order_by(
        choices_taken.c.taken_at, choices_taken.c.entry_id
    )
    if condition is not None:
        query = query.join(questions, questions.c.id == choices_taken.c.question_id).where(condition)
    taken: dict[str, tuple[EntryId, ...]] = defaultdict(tuple)
    for row in connection.execute(query):
        taken[row.question_id] += (EntryId(row.entry_id),)
    return taken


def asked_since(connection: Connection, moment: datetime | None, *, limit: int | None = None) -> list[Asked]:
    """Return questions asked after `moment`, oldest first; with `limit`, the newest so many."""
    query = questions_with_feedback()
    if moment is not None:
        query = query.where(questions.c.asked_at > moment.astimezone(UTC))
    if limit is not None:
        newest_first = (column.desc() for column in _IN_ORDER)
        query = query.order_by(None).order_by(*newest_first).limit(limit)
    rows = connection.execute(query).all()
    if limit is not None:
        rows = rows[::-1]
    if not rows:
        return []
    taken = choices_by_question(connection, questions.c.asked_at >= rows[0].asked_at)
    return [asked(row, taken) for row in rows]


def asked_in(connection: Connection, conversation_ids: Collection[str]) -> list[Asked]:
    """Return all questions of these conversations, oldest first."""
    found: list[Asked] = []
    for chunk in chunks(sorted(set(conversation_ids))):
        these = questions.c.conversation_id.in_(chunk)
        taken = choices_by_question(connection, these)
        found += [asked(row, taken) for row in connection.execute(questions_with_feedback().where(these))]
    return sorted(found, key=lambda one: (one.asked_at, one.question_id))


def asked(row: Row[Any], taken: Taken) -> Asked:
    """Return a row of `questions_with_feedback` as the review knows it."""
    return Asked(
        question_id=row.id,
        conversation_id=row.conversation_id,
        asked_at=in_utc(row.asked_at),
        text=row.text,
        normalised=row.normalised,
        language=Language(row.language),
        status=row.status,
        reason=Reason(row.reason) if row.reason else None,
        region=row.region,
        audience=row.audience,
        site=row.site,
        entry_id=EntryId(row.entry_id) if row.entry_id else None,
        entry_version=row.entry_version,
        choices=tuple(EntryId(one) for one in row.choices),
        contact_agency_id=row.contact_agency_id,
        confidence=row.confidence,
        taken=taken.get(row.id, ()),
        is_useful=row.is_useful,
        feedback_reason=row.feedback_reason,
    )


@dataclass(frozen=True, slots=True)
class AskedFrom:
    """How often an entry was shown to people of one region and audience, and when last."""

    entry_id: EntryId
    region: str | None
    audience: str | None
    count: int
    last_asked_at: datetime


class AskedFromReader:
    """Reads the record; nothing here writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def shown_to(self, entry_ids: Collection[EntryId]) -> list[AskedFrom]:
        """Return to whom these entries were shown, as far as a region or an audience was known."""
        found: list[AskedFrom] = []
        groups = (questions.c.entry_id, questions.c.region, questions.c.audience)
        with self._database.reading() as connection:
            for chunk in chunks(sorted(entry_ids)):
                query = (
                    select(*groups, func.count().label("asked_count"), func.max(questions.c.asked_at).label("last"))
                    .where(questions.c.entry_id.in_(chunk))
                    .where(questions.c.region.is_not(None) | questions.c.audience.is_not(None))
                    .group_by(*groups)
                    .order_by(*groups)
                )
                for row in connection.execute(query):
                    asked = AskedFrom(
                        EntryId(row.entry_id), row.region, row.audience, row.asked_count, in_utc(row.last)
                    )
                    found.append(asked)
        return found
