"""The questions of a stretch of time in columns: of days that are over as they were kept, of others from the records.

The table `question_days` has a row for every day in UTC that ever had a question. Triggers raise its revision and empty
it with each change in what is counted, within the same transaction: what is there holds. See decision 12.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, func, or_, select, update

from noa_rag.domain.figures import Span
from noa_rag.storage.database import Database
from noa_rag.storage.moments import in_utc
from noa_rag.storage.question_columns import LAYOUT, USEFUL, USELESS, QuestionColumns, microseconds
from noa_rag.storage.tables import feedback, group_members, question_days, questions, rephrasings

_Q = questions.c


@dataclass(frozen=True, slots=True)
class QuestionDay:
    """A day read from the records, with the revision that it had then."""

    day: date
    revision: int
    columns: QuestionColumns


class QuestionDays:
    """Reads over one connection; `read` are the days that were not kept."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.read: dict[date, QuestionDay] = {}

    def during(self, span: Span) -> QuestionColumns:
        """Return the questions that were asked in the span."""
        every = QuestionColumns.joined(list(self._days(span)))
        return every.during(microseconds(span.begins_at), microseconds(span.ends_at))

    def _days(self, span: Span) -> Iterator[QuestionColumns]:
        within = (span.begins_at, span.ends_at - timedelta(microseconds=1))
        first, last = (moment.astimezone(UTC).date().isoformat() for moment in within)
        query = select(question_days).where(question_days.c.day >= first, question_days.c.day <= last)
        for row in self._connection.execute(query.order_by(question_days.c.day)).all():
            if row.packed is not None and row.layout == LAYOUT:
                yield QuestionColumns.unpacked(row.names, row.packed)
                continue
            day = date.fromisoformat(row.day)
            if day not in self.read:
                self.read[day] = QuestionDay(day, row.revision, _columns(self._connection, day))
            yield self.read[day].columns


def days_to_keep(connection: Connection, *, today: date) -> list[date]:
    """Return the days that are over and not kept, newest first."""
    is_missing = or_(question_days.c.packed.is_(None), question_days.c.layout != LAYOUT)
    query = select(question_days.c.day).where(question_days.c.day < today.isoformat(), is_missing)
    found = connection.execute(query.order_by(question_days.c.day.desc())).scalars()
    return [date.fromisoformat(day) for day in found]


def keep_days(database: Database, days: Collection[QuestionDay], *, today: date) -> None:
    """Keep what was read of days that are over, unless something changed meanwhile."""
    over = sorted((one for one in days if one.day < today), key=lambda one: one.day)
    if not over:
        return
    with database.writing() as connection:
        for one in over:
            values = {"layout": LAYOUT, "names": list(one.columns.names), "packed": one.columns.packed()}
            unchanged = (question_days.c.day == one.day.isoformat(), question_days.c.revision == one.revision)
            connection.execute(update(question_days).where(*unchanged).values(values))


def _columns(connection: Connection, day: date) -> QuestionColumns:
    begins_at = datetime.combine(day, time(), UTC)
    rows = connection.execute(
        _COUNTED.where(_Q.asked_at >= begins_at, _Q.asked_at < begins_at + timedelta(days=1)).order_by(
            _Q.asked_at, _Q.id
        )
    )
    return QuestionColumns.of((in_utc(row[0]), row[1], _named(row)) for row in rows)


def _named(row: Any) -> tuple[str | None, ...]:
    """Return what NAMED lists, in its order."""
    _, _, *of_question, is_useful, complaint, group_id, outcome, reason = row
    verdict = None if is_useful is None else USEFUL if is_useful else USELESS
    return *of_question, verdict, complaint, group_id, outcome, reason or None


_LAST_ATTEMPT = (
    select(func.max(rephrasings.c.id)).where(rephrasings.c.question_id == _Q.id).correlate(questions).scalar_subquery()
)
_COUNTED = select(
    *(_Q.asked_at, _Q.duration_seconds, _Q.status, _Q.reason, _Q.entry_id, _Q.contact_agency_id),
    *(_Q.site, _Q.region, _Q.audience, _Q.language, feedback.c.is_useful, feedback.c.reason),
    *(group_members.c.group_id, rephrasings.c.outcome, rephrasings.c.reason),
).select_from(
    questions.outerjoin(feedback, feedback.c.question_id == _Q.id)
    .outerjoin(group_members, group_members.c.question_id == _Q.id)
    .outerjoin(rephrasings, rephrasings.c.id == _LAST_ATTEMPT)
)
