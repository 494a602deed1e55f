"""The chosen questions of a span, and from where entries were asked for, counted from columns and records."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, case, false, func, select

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.answer import AnswerStatus, Reason
from noa_rag.domain.entry import EntryId
from noa_rag.domain.failure import GroupId
from noa_rag.domain.figures import (
    OWN_PAGES,
    Chosen,
    GroupCount,
    Key,
    NotableQuestion,
    RephrasingCount,
    Side,
    Span,
    Tally,
)
from noa_rag.domain.mark import Mark, SentenceMark
from noa_rag.domain.rephrasing import RephrasingOutcome
from noa_rag.storage.asked import IS_QUESTION
from noa_rag.storage.database import Database
from noa_rag.storage.question_columns import NOTHING, USEFUL, USELESS, QuestionColumns, moment_of
from noa_rag.storage.question_tables import answer_marks, feedback, questions
from noa_rag.storage.tables import entries, in_utc, question_groups

_Q = questions.c
_HOUR = 3_600_000_000  # microseconds
_Numbers = NDArray[Any]

_CHUNK = 500  # ids in one IN clause; SQLite allows 32,766 variables


class ColumnCounts:
    """Implements the follow-up's AskedCounts over one connection."""

    def __init__(self, connection: Connection, columns: QuestionColumns, span: Span, chosen: Chosen) -> None:
        self._connection = connection
        self._conditions = (
            _Q.asked_at >= span.begins_at.astimezone(UTC),
            _Q.asked_at < span.ends_at.astimezone(UTC),
            IS_QUESTION,
            *_conditions(chosen),
        )
        these = _chosen(connection, columns, chosen)
        is_distress = these.has("reason", Reason.DISTRESS.value)
        self._columns = these.only(~is_distress)
        self._distress_count = int(is_distress.sum())

    def total(self) -> Tally:
        everything = np.zeros(len(self._columns), np.uint32)
        return _tallies(self._columns, everything, size=1).get(0, Tally())

    def distress_count(self) -> int:
        return self._distress_count

    def by(self, side: Side) -> Mapping[Key, Tally]:
        return self._by_name(self._columns, side.value)

    def entries(self) -> Mapping[EntryId, Tally]:
        answered = self._columns.only(self._columns["entry_id"] != NOTHING)
        return {EntryId(key): tally for key, tally in self._by_name(answered, "entry_id").items() if key is not None}

    def contacts(self) -> Mapping[AgencyId | None, Tally]:
        others = self._columns.only(self._columns["entry_id"] == NOTHING)
        found = self._by_name(others, "contact_agency_id")
        return {AgencyId(key) if key is not None else None: tally for key, tally in found.items()}

    def hours(self) -> Mapping[datetime, Tally]:
        hours = self._columns.asked_at // _HOUR
        if not len(hours):
            return {}
        first = int(hours[0])
        found = _tallies(self._columns, hours - first, size=int(hours[-1]) - first + 1)
        return {moment_of((first + hour) * _HOUR): tally for hour, tally in found.items()}

    def refusals(self) -> Mapping[Key, int]:
        return self._numbers("reason", self._columns.has("status", AnswerStatus.ABSTAINED))

    def complaints(self) -> Mapping[Key, int]:
        return self._numbers("complaint", self._columns.has("verdict", USELESS))

    def groups(self) -> Sequence[GroupCount]:
        counts = self._numbers("group_id", self._columns["group_id"] != NOTHING)
        canonical = {row.id: row.canonical for row in self._connection.execute(select(question_groups))}
        return [GroupCount(GroupId(key), canonical[key], count) for key, count in counts.items() if key is not None]

    def rephrasings(self) -> Sequence[RephrasingCount]:
        return [
            RephrasingCount(outcome, reason, count)
            for outcome in RephrasingOutcome
            for reason, count in self._numbers("rephrasing_reason", self._columns.has("rephrasing", outcome)).items()
        ]

    def durations(self) -> Sequence[float]:
        return [*np.sort(self._columns.seconds).tolist()]

    def slowest(self, *, limit: int) -> Sequence[NotableQuestion]:
        seconds = self._columns.seconds
        if not len(seconds):
            return []
        least = float(np.partition(seconds, -min(limit, len(seconds)))[-min(limit, len(seconds))])
        query = select(*_NOTABLE).where(_Q.duration_seconds >= least, *self._conditions)
        query = query.order_by(_Q.duration_seconds.desc(), _Q.id).limit(limit)
        return [_notable(row) for row in self._connection.execute(query)]

    def not_useful(self, *, limit: int) -> Sequence[NotableQuestion]:
        moments = self._columns.asked_at[self._columns.has("verdict", USELESS)]
        if not len(moments):
            return []
        since = moment_of(moments[-limit:][0])
        judged = questions.join(feedback, feedback.c.question_id == _Q.id)
        query = select(*_NOTABLE, feedback.c.reason, feedback.c.comment).select_from(judged)
        query = query.where(feedback.c.is_useful.is_(False), _Q.asked_at >= since, *self._conditions)
        query = query.order_by(_Q.asked_at.desc(), _Q.id).limit(limit)
        return [_notable(row, row.reason, row.comment) for row in self._connection.execute(query)]

    def marks(self) -> Mapping[str, Sequence[SentenceMark]]:
        # Few answers are marked: not a join, for which SQLite looks through all questions of the span.
        asked = select(_Q.id).where(_Q.id == answer_marks.c.question_id, *self._conditions).exists()
        query = select(answer_marks).where(asked).order_by(answer_marks.c.id)
        last: dict[str, dict[tuple[int, str], SentenceMark]] = defaultdict(dict)
        for row in self._connection.execute(query):
            mark = SentenceMark(row.sentence_number, row.sentence, Mark(row.mark), row.note)
            last[row.question_id][row.sentence_number, row.sentence] = mark
        return {question_id: list(marks.values()) for question_id, marks in last.items()}

    def _by_name(self, columns: QuestionColumns, column: str) -> dict[Key, Tally]:
        found = _tallies(columns, columns[column], size=len(columns.names))
        return {columns.names[code]: tally for code, tally in found.items()}

    def _numbers(self, column: str, mask: _Numbers) -> dict[Key, int]:
        counts = np.bincount(self._columns[column][mask], minlength=len(self._columns.names))
        return {self._columns.names[code]: int(counts[code]) for code in map(int, np.flatnonzero(counts))}


def _tallies(columns: QuestionColumns, keys: _Numbers, *, size: int) -> dict[int, Tally]:
    """Return the tally of each key, a number below `size`, that a question has."""
    masks = (
        *(columns.has("status", status) for status in _TALLIED),
        columns.has("verdict", USEFUL, USELESS),
        columns.has("verdict", USEFUL),
    )
    counts = np.array([np.bincount(keys[mask], minlength=size) for mask in masks])
    return {int(key): Tally(*counts[:, key].tolist()) for key in np.flatnonzero(counts.any(axis=0))}


_TALLIED = (AnswerStatus.ANSWERED, AnswerStatus.CLARIFICATION, AnswerStatus.ABSTAINED)  # as a Tally has them
_NOTABLE = (_Q.id, _Q.asked_at, _Q.text, _Q.entry_id, _Q.duration_seconds)


def _chosen(connection: Connection, columns: QuestionColumns, chosen: Chosen) -> QuestionColumns:
    """Return the questions that are chosen; `_conditions` says the same in SQL."""
    if chosen.site is not None:
        columns = columns.only(columns.has("site", chosen.site if chosen.site != OWN_PAGES else None))
    if chosen.agencies is None:
        return columns
    owned = connection.execute(select(entries.c.id).where(entries.c.agency_id.in_(chosen.agencies))).scalars()
    contacted = columns.has("contact_agency_id", *chosen.agencies)
    return columns.only(np.where(columns["entry_id"] == NOTHING, contacted, columns.has("entry_id", *owned)))


def _conditions(chosen: Chosen) -> Iterator[ColumnElement[bool]]:
    if chosen.site is not None:
        yield _Q.site.is_(None) if chosen.site == OWN_PAGES else _Q.site == chosen.site
    if chosen.agencies is None:
        return
    if not chosen.agencies:
        yield false()
        return
    owned = select(entries.c.id).where(entries.c.agency_id.in_(chosen.agencies))
    contacted = _Q.contact_agency_id.in_(chosen.agencies)
    # A case, not an `or`: for that SQLite leaves the covering index and takes five times as long.
    yield case((_Q.entry_id.is_(None), contacted), else_=_Q.entry_id.in_(owned))


def _notable(row: Any, reason: str | None = None, comment: str = "") -> NotableQuestion:
    entry_id = EntryId(row.entry_id) if row.entry_id else None
    return NotableQuestion(row.id, in_utc(row.asked_at), row.text, entry_id, row.duration_seconds, reason, comment)


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
        listed = sorted(entry_ids)
        found: list[AskedFrom] = []
        groups = (questions.c.entry_id, questions.c.region, questions.c.audience)
        with self._database.reading() as connection:
            for start in range(0, len(listed), _CHUNK):
                query = (
                    select(*groups, func.count().label("asked_count"), func.max(questions.c.asked_at).label("last"))
                    .where(questions.c.entry_id.in_(listed[start : start + _CHUNK]))
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
