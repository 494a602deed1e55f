"""From where, and by whom, entries were asked for: counted from the recorded questions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from noa_rag.domain.entry import EntryId
from noa_rag.storage.database import Database
from noa_rag.storage.moments import in_utc
from noa_rag.storage.tables import questions

_CHUNK = 500  # ids in one IN clause; SQLite allows 32,766 variables


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
