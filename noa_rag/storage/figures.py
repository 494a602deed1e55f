"""Recorded questions, counted by the database."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, String, case, false, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from noa_rag.domain.answer import AnswerStatus
from noa_rag.domain.entry import EntryId, EntryStatus
from noa_rag.domain.failure import GroupId
from noa_rag.domain.figures import (
    OWN_PAGES,
    AddedVersion,
    Chosen,
    GroupCount,
    HourCount,
    NotableQuestion,
    OpinionCount,
    OutcomeCount,
    PublicCount,
    Span,
)
from noa_rag.domain.mark import Mark, SentenceMark
from noa_rag.storage.database import Database
from noa_rag.storage.moments import in_utc
from noa_rag.storage.tables import (
    answer_marks,
    entries,
    entry_versions,
    feedback,
    group_members,
    question_groups,
    questions,
)

_Q = questions.c


class FigureStore:
    """Implements the follow-up's CountStore; nothing here writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def counting(self) -> Iterator["FigureCounts"]:
        with self._database.reading() as connection:
            yield FigureCounts(connection)


class FigureCounts:
    """Counts over one connection. Each is one pass over the index `ix_questions_follow_up`, which covers them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def hours(self, span: Span, chosen: Chosen) -> Sequence[HourCount]:
        hour = UtcHour(_Q.asked_at).label("hour")
        query = select(hour, _Q.status, func.count()).group_by(hour, _Q.status)
        return [
            HourCount(_hour(at), AnswerStatus(status), count) for at, status, count in self._all(query, span, chosen)
        ]

    def outcomes(self, span: Span, chosen: Chosen) -> Sequence[OutcomeCount]:
        by = (_Q.status, _Q.reason, _Q.entry_id, _Q.contact_agency_id)
        rows = self._all(select(*by, func.count()).group_by(*by), span, chosen)
        return [OutcomeCount(AnswerStatus(status), *rest) for status, *rest in rows]

    def publics(self, span: Span, chosen: Chosen) -> Sequence[PublicCount]:
        by = (_Q.status, _Q.site, _Q.region, _Q.audience, _Q.language)
        rows = self._all(select(*by, func.count()).group_by(*by), span, chosen)
        return [PublicCount(AnswerStatus(status), *rest) for status, *rest in rows]

    def opinions(self, span: Span, chosen: Chosen) -> Sequence[OpinionCount]:
        said = (feedback.c.is_useful, feedback.c.reason)
        about = (_Q.status, _Q.entry_id, _Q.contact_agency_id, _Q.site, _Q.region, _Q.audience, _Q.language)
        query = select(*said, *about, func.count()).select_from(_with_feedback()).group_by(*said, *about)
        return [
            OpinionCount(is_useful, reason, AnswerStatus(status), *rest)
            for is_useful, reason, status, *rest in self._all(query, span, chosen)
        ]

    def groups(self, span: Span, chosen: Chosen) -> Sequence[GroupCount]:
        by = (question_groups.c.id, question_groups.c.canonical)
        joined = questions.join(group_members, group_members.c.question_id == _Q.id).join(
            question_groups, question_groups.c.id == group_members.c.group_id
        )
        rows = self._all(select(*by, func.count()).select_from(joined).group_by(*by), span, chosen)
        return [GroupCount(GroupId(group_id), canonical, count) for group_id, canonical, count in rows]

    def durations(self, span: Span, chosen: Chosen) -> Sequence[float]:
        return [seconds for (seconds,) in self._all(select(_Q.duration_seconds), span, chosen)]

    def slowest(self, span: Span, chosen: Chosen, *, limit: int) -> Sequence[NotableQuestion]:
        order = (_Q.duration_seconds.desc(), _Q.id)
        ids = [question_id for (question_id,) in self._all(select(_Q.id).order_by(*order).limit(limit), span, chosen)]
        query = select(*_NOTABLE).where(_Q.id.in_(ids)).order_by(*order)  # the texts of these alone are read
        return [_notable(row) for row in self._connection.execute(query)]

    def not_useful(self, span: Span, chosen: Chosen, *, limit: int) -> Sequence[NotableQuestion]:
        query = select(*_NOTABLE, feedback.c.reason, feedback.c.comment).select_from(_with_feedback())
        query = query.where(feedback.c.is_useful.is_(False)).order_by(_Q.asked_at.desc(), _Q.id).limit(limit)
        return [_notable(row, row.reason, row.comment) for row in self._all(query, span, chosen)]

    def marks(self, span: Span, chosen: Chosen) -> Mapping[str, Sequence[SentenceMark]]:
        joined = questions.join(answer_marks, answer_marks.c.question_id == _Q.id)
        query = select(answer_marks).select_from(joined).order_by(answer_marks.c.id)
        last: dict[str, dict[tuple[int, str], SentenceMark]] = defaultdict(dict)
        for row in self._all(query, span, chosen):
            mark = SentenceMark(row.sentence_number, row.sentence, Mark(row.mark), row.note)
            last[row.question_id][row.sentence_number, row.sentence] = mark
        return {question_id: list(marks.values()) for question_id, marks in last.items()}

    def never_served(self) -> frozenset[EntryId]:
        served = select(_Q.id).where(_Q.entry_id == entries.c.id).exists()
        return frozenset(map(EntryId, self._connection.execute(select(entries.c.id).where(~served)).scalars()))

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
        found: list[str] = []
        after = select(func.min(_Q.site))
        site = self._connection.execute(after).scalar()
        while site is not None:
            found.append(site)
            site = self._connection.execute(after.where(_Q.site > site)).scalar()
        return found

    def _all(self, query: Select[Any], span: Span, chosen: Chosen) -> Sequence[Any]:
        within = (_Q.asked_at >= span.begins_at.astimezone(UTC), _Q.asked_at < span.ends_at.astimezone(UTC))
        return self._connection.execute(query.where(*within, *_conditions(chosen))).all()


class UtcHour(GenericFunction[str]):
    """The hour in UTC that a moment falls into, written `2026-11-24 09`."""

    type = String()
    inherit_cache = True


@compiles(UtcHour, "sqlite")
def _hour_in_sqlite(element: UtcHour, compiler: SQLCompiler, **options: Any) -> str:
    return f"substr({compiler.process(element.clauses, **options)}, 1, 13)"  # moments are kept as text


@compiles(UtcHour, "postgresql")
def _hour_in_postgresql(element: UtcHour, compiler: SQLCompiler, **options: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **options)} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24')"


_NOTABLE = (_Q.id, _Q.asked_at, _Q.text, _Q.entry_id, _Q.duration_seconds)


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


def _with_feedback() -> Any:
    return questions.join(feedback, feedback.c.question_id == _Q.id)


def _hour(written: str) -> datetime:
    return datetime.fromisoformat(f"{written}:00+00:00")


def _notable(row: Any, reason: str | None = None, comment: str = "") -> NotableQuestion:
    entry_id = EntryId(row.entry_id) if row.entry_id else None
    return NotableQuestion(row.id, in_utc(row.asked_at), row.text, entry_id, row.duration_seconds, reason, comment)
