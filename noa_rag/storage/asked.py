"""Recorded questions as the review and the committee read them, and what the committee decided about their groups."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, insert, select

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.agenda import AgendaDecision, CommitteeDecision, EntryAnswer, Month
from noa_rag.domain.answer import AnswerStatus, Reason
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import NotFound
from noa_rag.domain.failure import Asked, GroupId
from noa_rag.domain.people import Person, PersonId
from noa_rag.domain.question import Language
from noa_rag.storage.audit import write_audit
from noa_rag.storage.database import Database, chunks
from noa_rag.storage.people import read_person
from noa_rag.storage.question_tables import (
    agenda_decisions,
    choices_taken,
    entry_verdicts,
    feedback,
    question_groups,
    questions,
)
from noa_rag.storage.stored_text import draft_from_text
from noa_rag.storage.tables import drafts, in_utc


def last_verdict(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a column of the last verdict on an entry that was chosen for the question of the query around it."""
    of_question = select(column).where(entry_verdicts.c.question_id == questions.c.id).correlate(questions)
    return of_question.order_by(entry_verdicts.c.given_at.desc(), entry_verdicts.c.id.desc()).limit(1).scalar_subquery()


_READ = (
    *("id", "conversation_id", "asked_at", "text", "normalised", "language", "status", "reason", "region", "audience"),
    *("site", "entry_id", "entry_version", "choices", "contact_agency_id", "confidence"),
)
_SHOWN = (
    *(questions.c[name] for name in _READ),
    # What is said of the answer; else of an entry that was chosen among those offered.
    func.coalesce(feedback.c.is_useful, last_verdict(entry_verdicts.c.is_useful)).label("is_useful"),
    case((feedback.c.is_useful.is_(None), last_verdict(entry_verdicts.c.reason)), else_=feedback.c.reason).label(
        "feedback_reason"
    ),
)
IS_QUESTION = questions.c.reason.is_distinct_from(Reason.DISTRESS.value)
_IN_ORDER = (questions.c.asked_at, questions.c.id)
Taken = Mapping[str, tuple[EntryId, ...]]


def questions_with_feedback(*further: ColumnElement[Any]) -> Select[Any]:
    """Return a query for all recorded questions, oldest first; callers add their own conditions.

    Messages of distress are left out: their words are not kept, and they must not become work for the review.
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
    """Return questions asked after `moment`, oldest first; with `limit`, only the newest `limit` of them."""
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
    questions_asked: list[Asked] = []
    for chunk in chunks(sorted(set(conversation_ids))):
        these = questions.c.conversation_id.in_(chunk)
        taken = choices_by_question(connection, these)
        questions_asked += [asked(row, taken) for row in connection.execute(questions_with_feedback().where(these))]
    return sorted(questions_asked, key=lambda question: (question.asked_at, question.question_id))


def asked(row: Row[Any], taken: Taken) -> Asked:
    """Convert a row of `questions_with_feedback` to the review's `Asked`."""
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
        choices=tuple(EntryId(choice) for choice in row.choices),
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
        """Return how often each entry was shown, by region and audience; questions that name neither are left out."""
        counts: list[AskedFrom] = []
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
                    counted = AskedFrom(
                        EntryId(row.entry_id), row.region, row.audience, row.asked_count, in_utc(row.last)
                    )
                    counts.append(counted)
        return counts


class SqlAgendaStore:
    """Implements the port `AgendaStore`; decisions are only ever added."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def deciding(self) -> Iterator["SqlAgendaChange"]:
        with self._database.writing() as connection:
            yield SqlAgendaChange(connection)

    def decisions(self) -> list[AgendaDecision]:
        with self._database.reading() as connection:
            return [
                AgendaDecision(
                    month=Month.parse(row.month),
                    group_id=GroupId(row.group_id),
                    decision=CommitteeDecision(row.decision),
                    note=row.note,
                    decided_by=PersonId(row.decided_by),
                    decided_at=in_utc(row.decided_at),
                )
                for row in connection.execute(select(agenda_decisions).order_by(agenda_decisions.c.id))
            ]

    def answers_of(self, entry_ids: Collection[EntryId], *, since: datetime) -> list[EntryAnswer]:
        listed = sorted(set(entry_ids))
        shown = (questions.c.id, questions.c.normalised, questions.c.asked_at, questions.c.entry_id)
        answered = select(*shown).where(
            questions.c.asked_at > since.astimezone(UTC), questions.c.status == AnswerStatus.ANSWERED.value
        )
        answers: list[EntryAnswer] = []
        with self._database.reading() as connection:
            for chunk in chunks(listed):
                these = questions.c.entry_id.in_(chunk)
                for row in connection.execute(answered.where(these)):
                    answers.append(EntryAnswer(row.id, row.normalised, in_utc(row.asked_at), EntryId(row.entry_id)))
        return sorted(answers, key=lambda answer: (answer.asked_at, answer.question_id))


class SqlAgendaChange:
    """One transaction about the agenda; implements the port `AgendaChange`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def person(self, person_id: PersonId) -> Person | None:
        return read_person(self._connection, person_id)

    def owner_of(self, group_id: GroupId) -> AgencyId | None:
        known = select(question_groups.c.id).where(question_groups.c.id == group_id)
        if self._connection.execute(known).first() is None:
            raise NotFound(f"No group of questions has the id `{group_id}`.")
        texts = self._connection.execute(select(drafts.c.draft).where(drafts.c.group_id == group_id)).scalars()
        newest = max(
            (draft_from_text(text) for text in texts), key=lambda draft: (draft.created_at, draft.id), default=None
        )
        return newest.owner if newest else None

    def add(self, decision: AgendaDecision) -> None:
        self._connection.execute(
            insert(agenda_decisions).values(
                month=str(decision.month),
                group_id=decision.group_id,
                decision=decision.decision.value,
                note=decision.note,
                decided_by=decision.decided_by,
                decided_at=decision.decided_at,
            )
        )
        write_audit(
            self._connection,
            actor=decision.decided_by,
            action="agenda_decided",
            subject=decision.group_id,
            detail={"month": str(decision.month), "decision": decision.decision.value, "note": decision.note},
            at=decision.decided_at,
        )
