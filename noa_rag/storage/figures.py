"""Recorded questions and versions, counted for the follow-up."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection, func, select

from noa_rag.domain.entry import EntryId, EntryStatus
from noa_rag.domain.errors import StorageUnavailable
from noa_rag.domain.figures import EVERYTHING, AddedVersion, Chosen, Span
from noa_rag.storage.asked_counts import ColumnCounts
from noa_rag.storage.database import Database
from noa_rag.storage.question_columns import QuestionDays, days_to_keep, keep_days
from noa_rag.storage.question_tables import questions
from noa_rag.storage.tables import entries, entry_versions, in_utc

_Q = questions.c
_LOGGER = logging.getLogger("noa.storage")


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
        except StorageUnavailable as error:  # the figures hold all the same; the next reader tries again
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


class FigureCounts:
    """Implements the follow-up's Counts over one connection."""

    def __init__(self, connection: Connection, days: QuestionDays) -> None:
        self._connection = connection
        self._days = days

    def asked(self, span: Span, chosen: Chosen) -> ColumnCounts:
        return ColumnCounts(self._connection, self._days.during(span), span, chosen)

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


def _today() -> date:
    return datetime.now(UTC).date()
