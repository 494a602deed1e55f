"""Recorded questions in columns of numbers, kept for each day that is over: a month is counted in milliseconds.

The table `question_days` has a row for every day in UTC that ever had a question. Triggers raise its revision and empty
it with each change in what is counted, in the same transaction, so what is there is up to date. See decision 11. The
counts of questions that are gone are in `purged_days`, which nothing empties. See decision 7.
"""

import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, or_, select, update

from noa_rag.domain.figures import Span
from noa_rag.storage.database import Database
from noa_rag.storage.question_tables import feedback, group_members, purged_days, question_days, questions, rephrasings
from noa_rag.storage.tables import in_utc

_Q = questions.c

# Raise it when the packed layout changes: days kept in another layout are then read from the records again. Those of
# `purged_days` cannot be: a migration must repack them.
LAYOUT = 2
NAMED = (
    *("status", "reason", "entry_id", "contact_agency_id", "site", "region", "audience", "language"),
    *("verdict", "complaint", "group_id", "rephrasing", "rephrasing_reason"),
    "mark",  # QA's word on the answer, of questions that are gone: marks of the others are read where they stand
)
USEFUL, USELESS = "useful", "useless"
NOTHING = 0  # the code of None
Codes = NDArray[np.uint32]
Mask = NDArray[np.bool_]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class QuestionColumns:
    """Columns with one value per question, oldest first; `codes` has one row for each of NAMED.

    A code is an index into `names`, of which the first is None. Moments are microseconds since
    1970, as exact as the database has them.
    """

    names: Sequence[str | None]
    asked_at: NDArray[np.int64]
    seconds: NDArray[np.float64]
    codes: Codes

    @classmethod
    def of(cls, rows: Iterable[tuple[datetime, float, Sequence[str | None]]]) -> Self:
        """Return the columns of questions, given oldest first: moment, duration, and what NAMED lists."""
        listed = list(rows)
        numbers: dict[str | None, int] = {None: NOTHING}
        codes = [[numbers.setdefault(name, len(numbers)) for name in named] for _, _, named in listed]
        return cls(
            tuple(numbers),
            np.array([microseconds(moment) for moment, _, _ in listed], np.int64),
            np.array([seconds for _, seconds, _ in listed], np.float64),
            np.array(codes, np.uint32).reshape(len(listed), len(NAMED)).T,
        )

    @classmethod
    def joined(cls, parts: Sequence["QuestionColumns"]) -> "QuestionColumns":
        """Return the questions of all parts, given oldest first, numbered alike."""
        numbers: dict[str | None, int] = {None: NOTHING}
        renumbered = [
            np.array([numbers.setdefault(name, len(numbers)) for name in part.names], np.uint32)[part.codes]
            for part in parts
        ]
        return cls(
            tuple(numbers),
            np.concatenate([np.empty(0, np.int64), *(part.asked_at for part in parts)]),
            np.concatenate([np.empty(0, np.float64), *(part.seconds for part in parts)]),
            np.concatenate([np.empty((len(NAMED), 0), np.uint32), *renumbered], axis=1),
        )

    def __getitem__(self, column: str) -> Codes:
        """Return one of the columns that NAMED lists."""
        codes: Codes = self.codes[NAMED.index(column)]
        return codes

    def during(self, begins_at: int, ends_at: int) -> "QuestionColumns":
        """Return the questions from one moment on and before another."""
        first, end = np.searchsorted(self.asked_at, (begins_at, ends_at))
        these = slice(first, max(first, end))
        return QuestionColumns(self.names, self.asked_at[these], self.seconds[these], self.codes[:, these])

    def only(self, mask: Mask) -> "QuestionColumns":
        """Return the questions that the mask lets through."""
        return QuestionColumns(self.names, self.asked_at[mask], self.seconds[mask], self.codes[:, mask])

    def has(self, column: str, *names: Any) -> Mask:
        """Return a mask of the questions that have one of these names in that column; None counts as a name."""
        wanted = set(names)
        found: Mask = np.array([name in wanted for name in self.names], np.bool_)[self[column]]
        return found

    def packed(self) -> bytes:
        """Return everything but the names, in little-endian order."""
        columns: Iterable[NDArray[Any]] = (self.asked_at, self.seconds, self.codes)
        return b"".join(one.astype(one.dtype.newbyteorder("<")).tobytes() for one in columns)

    @classmethod
    def unpacked(cls, names: Sequence[str | None], packed: bytes) -> Self:
        """Return the columns that `packed` gave."""
        count = len(packed) // (8 + 8 + 4 * len(NAMED))
        codes = np.frombuffer(packed, "<u4", offset=16 * count).reshape(len(NAMED), count)
        seconds = np.frombuffer(packed, "<f8", count, offset=8 * count)
        return cls(names, np.frombuffer(packed, "<i8", count), seconds, codes)

    def in_order(self) -> "QuestionColumns":
        """Return the same questions, oldest first; those of the same moment are sorted by their codes and durations."""
        order = np.lexsort((self.seconds, *self.codes[::-1], self.asked_at))
        return QuestionColumns(self.names, self.asked_at[order], self.seconds[order], self.codes[:, order])

    def __len__(self) -> int:
        return len(self.asked_at)


def microseconds(moment: datetime) -> int:
    """Return a moment as the columns have it."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(microseconds: int) -> datetime:
    return _EPOCH + int(microseconds) * _MICROSECOND


@dataclass(frozen=True, slots=True)
class QuestionDay:
    """A day read from the records, with the revision that it had then."""

    day: date
    revision: int
    columns: QuestionColumns


class QuestionDays:
    """Reads days over one connection; `read` holds those that were not kept and were read from the records."""

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
        gone = purged_columns(self._connection, first=first, last=last)
        for row in self._connection.execute(query.order_by(question_days.c.day)).all():
            columns = self._recorded(row)
            yield QuestionColumns.joined([gone[row.day], columns]).in_order() if row.day in gone else columns

    def _recorded(self, row: Any) -> QuestionColumns:
        if row.packed is not None and row.layout == LAYOUT:
            return QuestionColumns.unpacked(row.names, row.packed)
        day = date.fromisoformat(row.day)
        if day not in self.read:
            self.read[day] = QuestionDay(day, row.revision, _columns(self._connection, day))
        return self.read[day].columns


def purged_columns(connection: Connection, *, first: str, last: str) -> dict[str, QuestionColumns]:
    """Return the columns of questions that are gone, by the day they were asked on."""
    query = select(purged_days).where(purged_days.c.day >= first, purged_days.c.day <= last)
    return {
        row.day: QuestionColumns.unpacked(row.names, zlib.decompress(row.packed)) for row in connection.execute(query)
    }


def days_to_keep(connection: Connection, *, today: date) -> list[date]:
    """Return the days that are over and not kept, newest first."""
    is_missing = or_(question_days.c.packed.is_(None), question_days.c.layout != LAYOUT)
    query = select(question_days.c.day).where(question_days.c.day < today.isoformat(), is_missing)
    found = connection.execute(query.order_by(question_days.c.day.desc())).scalars()
    return [date.fromisoformat(day) for day in found]


def keep_days(database: Database, days: Collection[QuestionDay], *, today: date) -> None:
    """Store the columns of days that are over, except those that changed since they were read."""
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
        COUNTED.where(_Q.asked_at >= begins_at, _Q.asked_at < begins_at + timedelta(days=1)).order_by(
            _Q.asked_at, _Q.id
        )
    )
    return QuestionColumns.of((in_utc(row[0]), row[1], named_values(row)) for row in rows)


def named_values(row: Any) -> tuple[str | None, ...]:
    """Return what NAMED lists, in its order."""
    _, _, *of_question, is_useful, complaint, group_id, outcome, reason = row
    verdict = None if is_useful is None else USEFUL if is_useful else USELESS
    return *of_question, verdict, complaint, group_id, outcome, reason or None, None


_LAST_ATTEMPT = (
    select(func.max(rephrasings.c.id)).where(rephrasings.c.question_id == _Q.id).correlate(questions).scalar_subquery()
)
COUNTED = select(
    *(_Q.asked_at, _Q.duration_seconds, _Q.status, _Q.reason, _Q.entry_id, _Q.contact_agency_id),
    *(_Q.site, _Q.region, _Q.audience, _Q.language, feedback.c.is_useful, feedback.c.reason),
    *(group_members.c.group_id, rephrasings.c.outcome, rephrasings.c.reason),
).select_from(
    questions.outerjoin(feedback, feedback.c.question_id == _Q.id)
    .outerjoin(group_members, group_members.c.question_id == _Q.id)
    .outerjoin(rephrasings, rephrasings.c.id == _LAST_ATTEMPT)
)
