"""Recorded questions and versions, counted for the follow-up from columns and records."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, case, exists, false, func, select

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.answer import AnswerStatus, Mark, Reason
from noa_rag.domain.entry import EntryId, EntryStatus
from noa_rag.domain.errors import StorageUnavailable
from noa_rag.domain.failure import GroupId, Noise
from noa_rag.domain.figures import (
    EVERYTHING,
    OWN_PAGES,
    AddedVersion,
    Chosen,
    GroupCount,
    Key,
    NotableQuestion,
    RephrasingCount,
    Side,
    Span,
    Tally,
)
from noa_rag.domain.queue import Pile
from noa_rag.domain.rephrasing import RephrasingOutcome
from noa_rag.storage.asked import IS_QUESTION
from noa_rag.storage.counted import counted_verdicts, verdicts_given
from noa_rag.storage.database import Database
from noa_rag.storage.question_columns import NOTHING, QuestionColumns, QuestionDays, days_to_keep, keep_days, moment_of
from noa_rag.storage.question_tables import (
    answer_marks,
    entry_verdicts,
    feedback,
    purged_questions,
    question_groups,
    questions,
    queue_items,
)
from noa_rag.storage.recorded_cases import overall_marks
from noa_rag.storage.tables import entries, entry_versions, in_utc

_Q, _V, _P = questions.c, entry_verdicts.c, purged_questions.c
_LOGGER = logging.getLogger("noa.storage")
_HOUR = 3_600_000_000  # microseconds
_Numbers = NDArray[Any]


class FigureStore:
    """Implements the follow-up's CountStore; writes nothing but the columns of days that are over."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def counting(self) -> Iterator["FigureCounts"]:
        with self._database.reading() as connection:
            days = QuestionDays(connection)
            yield FigureCounts(connection, days)
        try:
            keep_days(self._database, days.read.values(), today=_today())
        except StorageUnavailable as error:  # the figures are right anyway; the next reader tries again
            _LOGGER.warning("days of the follow-up are not kept: %s", error)

    def days_to_keep(self) -> Sequence[date]:
        """Return the days that are over and not kept, newest first."""
        with self._database.reading() as connection:
            return days_to_keep(connection, today=_today())

    def keep_day(self, day: date) -> None:
        """Read a day from the records and keep what the follow-up counts of it."""
        begins_at = datetime.combine(day, time(), UTC)
        with self.counting() as counts:
            counts.asked(Span(begins_at, begins_at + timedelta(days=1)), EVERYTHING)


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
        self._on_entries = (*_given_in(span), *_verdict_conditions(chosen))
        these = _chosen(connection, columns, chosen)
        is_distress = these.has("reason", Reason.DISTRESS.value)
        self._columns = these.only(~is_distress)
        self._asked = self._columns.only(self._columns["status"] != NOTHING)  # without the verdicts on entries
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
        tallies = self._by_name(others, "contact_agency_id")
        return {AgencyId(key) if key is not None else None: tally for key, tally in tallies.items()}

    def hours(self) -> Mapping[datetime, Tally]:
        hours = self._columns.asked_at // _HOUR
        if not len(hours):
            return {}
        first = int(hours[0])
        tallies = _tallies(self._columns, hours - first, size=int(hours[-1]) - first + 1)
        return {moment_of((first + hour) * _HOUR): tally for hour, tally in tallies.items()}

    def refusals(self) -> Mapping[Key, int]:
        return self._numbers("reason", self._columns.has("status", AnswerStatus.ABSTAINED))

    def complaints(self) -> Mapping[Key, int]:
        return self._numbers("complaint", self._columns.has("is_useful", False))

    def groups(self) -> Sequence[GroupCount]:
        # Insults and the like lie in the queue's pile; as matters that rise they would tell nobody anything.
        counts = self._numbers("group_id", self._columns["group_id"] != NOTHING)
        noisy = exists().where(
            queue_items.c.id == question_groups.c.id,
            queue_items.c.owner_reason.in_(list(Noise)),
            queue_items.c.pile != Pile.TO_DO.value,
        )
        wanted = select(question_groups).where(~noisy)
        canonical = {row.id: row.canonical for row in self._connection.execute(wanted)}
        # A group is deleted once all its questions are gone, but these are still counted under its id.
        known = [(key, count) for key, count in counts.items() if key and key in canonical]
        return [GroupCount(GroupId(key), canonical[key], count) for key, count in known]

    def rephrasings(self) -> Sequence[RephrasingCount]:
        return [
            RephrasingCount(outcome, reason, count)
            for outcome in RephrasingOutcome
            for reason, count in self._numbers("rephrasing_reason", self._columns.has("rephrasing", outcome)).items()
        ]

    def durations(self) -> Sequence[float]:
        return [*np.sort(self._asked.seconds).tolist()]

    def slowest(self, *, limit: int) -> Sequence[NotableQuestion]:
        seconds = self._asked.seconds
        if not len(seconds):
            return []
        least = float(np.partition(seconds, -min(limit, len(seconds)))[-min(limit, len(seconds))])
        query = select(*_NOTABLE).where(_Q.duration_seconds >= least, *self._conditions)
        query = query.order_by(_Q.duration_seconds.desc(), _Q.id).limit(limit)
        return [_notable(row) for row in self._connection.execute(query)]

    def not_useful(self, *, limit: int) -> Sequence[NotableQuestion]:
        moments = self._columns.asked_at[self._columns.has("is_useful", False)]
        if not len(moments):
            return []
        since = moment_of(moments[-limit:][0])
        judged = questions.join(feedback, feedback.c.question_id == _Q.id)
        query = select(*_NOTABLE, feedback.c.reason, feedback.c.comment).select_from(judged)
        query = query.where(feedback.c.is_useful.is_(False), _Q.asked_at >= since, *self._conditions)
        query = query.order_by(_Q.asked_at.desc(), _Q.id).limit(limit)
        rows = [_notable(row, row.reason, row.comment) for row in self._connection.execute(query)]
        rows += self._entries_not_useful(since, limit)
        return sorted(rows, key=lambda question: (-question.asked_at.timestamp(), question.question_id))[:limit]

    def _entries_not_useful(self, since: datetime, limit: int) -> list[NotableQuestion]:
        shown = select(_V.question_id, _V.given_at, _Q.text, _V.entry_id, _V.reason, _V.comment)
        query = verdicts_given(shown).where(_V.is_useful.is_(False), _V.given_at >= since, *self._on_entries)
        return [
            NotableQuestion(
                *(row.question_id or "", in_utc(row.given_at), row.text or "", EntryId(row.entry_id), 0.0),
                reason=row.reason,
                comment=row.comment,
            )
            for row in self._connection.execute(query.order_by(_V.given_at.desc(), _V.id).limit(limit))
        ]

    def marks(self) -> Mapping[Mark, int]:
        # Few answers are marked: not a join, for which SQLite looks through all questions of the span.
        question_of_mark = select(_Q.id).where(_Q.id == answer_marks.c.question_id, *self._conditions).exists()
        said = [*overall_marks(self._connection, question_of_mark).values()]
        return {mark: said.count(mark) + int(self._columns.has("mark", mark).sum()) for mark in Mark}

    def _by_name(self, columns: QuestionColumns, column: str) -> dict[Key, Tally]:
        tallies = _tallies(columns, columns[column], size=len(columns.names))
        return {columns.names[code]: tally for code, tally in tallies.items()}

    def _numbers(self, column: str, mask: _Numbers) -> dict[Key, int]:
        counts = np.bincount(self._columns[column][mask], minlength=len(self._columns.names))
        return {self._columns.names[code]: int(counts[code]) for code in map(int, np.flatnonzero(counts))}


class FigureCounts:
    """Implements the follow-up's Counts over one connection."""

    def __init__(self, connection: Connection, days: QuestionDays) -> None:
        self._connection = connection
        self._days = days

    def asked(self, span: Span, chosen: Chosen) -> ColumnCounts:
        columns = self._days.during(span)
        verdicts = self._connection.execute(counted_verdicts(*_given_in(span)).order_by(_V.given_at, _V.id)).all()
        if verdicts:
            given = QuestionColumns.of((in_utc(moment), *values) for moment, *values in verdicts)
            columns = QuestionColumns.joined([columns, given]).in_order()
        return ColumnCounts(self._connection, columns, span, chosen)

    def never_served(self) -> frozenset[EntryId]:
        served = exists().where(_Q.entry_id == entries.c.id)
        was_served = exists().where(_P.entry_id == entries.c.id, _P.status.is_not(None))  # not only judged
        query = select(entries.c.id).where(~served, ~was_served)
        return frozenset(map(EntryId, self._connection.execute(query).scalars()))

    def versions(self) -> Sequence[AddedVersion]:
        columns = (entry_versions.c.entry_id, entry_versions.c.version, entries.c.agency_id)
        joined = entry_versions.join(entries, entries.c.id == entry_versions.c.entry_id)
        query = select(*columns, entry_versions.c.status, entry_versions.c.approved_at).select_from(joined)
        rows = self._connection.execute(query.order_by(entry_versions.c.approved_at, *columns[:2]))
        return [
            AddedVersion(
                EntryId(row.entry_id), row.version, row.agency_id, EntryStatus(row.status), in_utc(row.approved_at)
            )
            for row in rows
        ]

    def sites(self) -> Sequence[str]:
        """Step from each site to the next one in the index: `distinct` would read all of it."""
        names: list[str] = []
        after = select(func.min(_Q.site))
        site = self._connection.execute(after).scalar()
        while site is not None:
            names.append(site)
            site = self._connection.execute(after.where(_Q.site > site)).scalar()
        return names


def _today() -> date:
    return datetime.now(UTC).date()


def _tallies(columns: QuestionColumns, keys: _Numbers, *, size: int) -> dict[int, Tally]:
    """Return the tally of each key that occurs; keys are numbers below `size`."""
    masks = (
        *(columns.has("status", status) for status in _TALLIED),
        columns.has("is_useful", True, False),
        columns.has("is_useful", True),
    )
    counts = np.array([np.bincount(keys[mask], minlength=size) for mask in masks])
    return {int(key): Tally(*counts[:, key].tolist()) for key in np.flatnonzero(counts.any(axis=0))}


_TALLIED = (AnswerStatus.ANSWERED, AnswerStatus.CLARIFICATION, AnswerStatus.ABSTAINED)  # as a Tally has them
_NOTABLE = (_Q.id, _Q.asked_at, _Q.text, _Q.entry_id, _Q.duration_seconds)


def _chosen(connection: Connection, columns: QuestionColumns, chosen: Chosen) -> QuestionColumns:
    """Return the columns of the chosen questions; `_conditions` makes the same choice in SQL."""
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


def _given_in(span: Span) -> tuple[ColumnElement[bool], ...]:
    return _V.given_at >= span.begins_at.astimezone(UTC), _V.given_at < span.ends_at.astimezone(UTC)


def _verdict_conditions(chosen: Chosen) -> Iterator[ColumnElement[bool]]:
    if chosen.site is not None:
        yield _V.site.is_(None) if chosen.site == OWN_PAGES else _V.site == chosen.site
    if chosen.agencies is not None:
        yield _V.entry_id.in_(select(entries.c.id).where(entries.c.agency_id.in_(chosen.agencies)))


def _notable(row: Any, reason: str | None = None, comment: str = "") -> NotableQuestion:
    entry_id = EntryId(row.entry_id) if row.entry_id else None
    return NotableQuestion(row.id, in_utc(row.asked_at), row.text, entry_id, row.duration_seconds, reason, comment)
