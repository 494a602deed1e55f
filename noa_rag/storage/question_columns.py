"""Recorded questions in columns of numbers, kept for each day that is over: a month is counted in milliseconds.

The table `question_days` has a row for every day in UTC that ever had a question. Triggers raise its revision and empty
it with each change in what is counted, in the same transaction, so what is there is up to date. See decision 12.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, or_, select, update

from noa_rag.domain.figures import Span
from noa_rag.storage.counted import COUNTED, counted_of_purged, counted_questions
from noa_rag.storage.database import Database
from noa_rag.storage.question_tables import purged_questions, question_days, questions
from noa_rag.storage.tables import in_utc

LAYOUT = 1  # raise it when the packed layout changes: days kept in another one are read from the records again
NAMED = COUNTED[2:]  # all but the moment and the duration
NOTHING = 0  # the code of None
Name = Any  # a text, a truth value or None
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

    names: Sequence[Name]
    asked_at: NDArray[np.int64]
    seconds: NDArray[np.float64]
    codes: Codes

    @classmethod
    def of(cls, rows: Iterable[Sequence[Any]]) -> Self:
        """Return the columns of questions, given oldest first, each with what COUNTED lists."""
        listed = list(rows)
        numbers: dict[Name, int] = {None: NOTHING}
        codes = [[numbers.setdefault(name, len(numbers)) for name in named] for _, _, *named in listed]
        return cls(
            tuple(numbers),
            np.array([microseconds(moment) for moment, *_ in listed], np.int64),
            np.array([seconds for _, seconds, *_ in listed], np.float64),
            np.array(codes, np.uint32).reshape(len(listed), len(NAMED)).T,
        )

    @classmethod
    def joined(cls, parts: Sequence["QuestionColumns"]) -> "QuestionColumns":
        """Return the questions of all parts, given oldest first, numbered alike."""
        numbers: dict[Name, int] = {None: NOTHING}
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
        mask: Mask = np.array([name in wanted for name in self.names], np.bool_)[self[column]]
        return mask

    def packed(self) -> bytes:
        """Return everything but the names, in little-endian order."""
        columns: Iterable[NDArray[Any]] = (self.asked_at, self.seconds, self.codes)
        return b"".join(column.astype(column.dtype.newbyteorder("<")).tobytes() for column in columns)

    @classmethod
    def unpacked(cls, names: Sequence[Name], packed: bytes) -> Self:
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
        for row in self._connection.execute(query.order_by(question_days.c.day)).all():
            yield self._day(row)

    def _day(self, row: Any) -> QuestionColumns:
        if row.packed is not None and row.layout == LAYOUT:
            return QuestionColumns.unpacked(row.names, row.packed)
        day = date.fromisoformat(row.day)
        if day not in self.read:
            self.read[day] = QuestionDay(day, row.revision, _columns(self._connection, day))
        return self.read[day].columns


def days_to_keep(connection: Connection, *, today: date) -> list[date]:
    """Return the days that are over and not kept, newest first."""
    is_missing = or_(question_days.c.packed.is_(None), question_days.c.layout != LAYOUT)
    query = select(question_days.c.day).where(question_days.c.day < today.isoformat(), is_missing)
    days = connection.execute(query.order_by(question_days.c.day.desc())).scalars()
    return [date.fromisoformat(day) for day in days]


def keep_days(database: Database, days: Collection[QuestionDay], *, today: date) -> None:
    """Store the columns of days that are over, except those that changed since they were read."""
    over = sorted((day for day in days if day.day < today), key=lambda kept: kept.day)
    if not over:
        return
    with database.writing() as connection:
        for day in over:
            values = {"layout": LAYOUT, "names": list(day.columns.names), "packed": day.columns.packed()}
            unchanged = (question_days.c.day == day.day.isoformat(), question_days.c.revision == day.revision)
            connection.execute(update(question_days).where(*unchanged).values(values))


def _columns(connection: Connection, day: date) -> QuestionColumns:
    begins_at = datetime.combine(day, time(), UTC)
    rows = [
        (in_utc(asked_at), *values)
        for moment, query in (
            (questions.c.asked_at, counted_questions),
            (purged_questions.c.asked_at, counted_of_purged),
        )
        for asked_at, *values in connection.execute(
            query(moment >= begins_at, moment < begins_at + timedelta(days=1)).order_by(moment)
        )
    ]
    return QuestionColumns.of(sorted(rows, key=itemgetter(0)))
