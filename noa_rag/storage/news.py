"""The histories of entries that may be news."""

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import select

from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.news import IMPORTED_BY
from noa_rag.storage.database import Database
from noa_rag.storage.entries import version_of_row
from noa_rag.storage.tables import entry_versions

_CHUNK = 500  # ids in one IN clause; SQLite allows 32,766 variables


class NewsReader:
    """Reads versions; nothing here writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def histories(self, since: datetime, *, also: Collection[EntryId] = ()) -> dict[EntryId, list[EntryVersion]]:
        """Return all versions, oldest first, of entries that a person approved since then, and of those of `also`."""
        recent = select(entry_versions.c.entry_id).where(
            entry_versions.c.approved_at >= since.astimezone(UTC), entry_versions.c.approver != IMPORTED_BY
        )
        found: dict[EntryId, list[EntryVersion]] = defaultdict(list)
        with self._database.reading() as connection:
            ids = sorted({*connection.execute(recent).scalars(), *also})
            for start in range(0, len(ids), _CHUNK):
                chunk = entry_versions.c.entry_id.in_(ids[start : start + _CHUNK])
                ordered = select(entry_versions).where(chunk).order_by(entry_versions.c.version)
                for row in connection.execute(ordered):
                    found[EntryId(row.entry_id)].append(version_of_row(row))
        return found
