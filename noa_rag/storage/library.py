"""Official texts kept as evidence for drafts, never served."""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import delete, func, insert, select

from noa_rag.domain.entry import EntryContent, EntryId
from noa_rag.storage.database import Database
from noa_rag.storage.stored_text import content_from_text, content_hash, content_to_text
from noa_rag.storage.tables import library


class LibraryStore:
    """The imported texts by id; the newest import of an id replaces the one before."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, texts: Iterable[tuple[EntryId, EntryContent]]) -> int:
        """Keep the texts, all or none, and return how many were new or changed."""
        changed = 0
        with self._database.writing() as connection:
            rows = connection.execute(select(library.c.id, library.c.content_hash))
            known = {row.id: row.content_hash for row in rows}
            for text_id, content in texts:
                text = content_to_text(content)
                digest = content_hash(text)
                if known.get(text_id) == digest:
                    continue
                changed += 1
                connection.execute(delete(library).where(library.c.id == text_id))
                connection.execute(
                    insert(library).values(id=text_id, content=text, content_hash=digest, imported_at=datetime.now(UTC))
                )
        return changed

    def get(self, text_id: EntryId) -> EntryContent | None:
        with self._database.reading() as connection:
            row = connection.execute(select(library.c.content).where(library.c.id == text_id)).first()
            return content_from_text(row.content) if row else None

    def all(self) -> dict[EntryId, EntryContent]:
        """Return every text by its id."""
        with self._database.reading() as connection:
            rows = connection.execute(select(library.c.id, library.c.content).order_by(library.c.id))
            return {EntryId(row.id): content_from_text(row.content) for row in rows}

    def stamp(self) -> str:
        """Return a short text that changes whenever a text does."""
        with self._database.reading() as connection:
            count, newest = connection.execute(select(func.count(), func.max(library.c.imported_at))).one()
            return f"{count} {newest}"

    def count(self) -> int:
        with self._database.reading() as connection:
            count: int = connection.execute(select(func.count()).select_from(library)).scalar_one()
            return count
