"""What entries refer to: agencies, themes and facts, and the official texts that are kept as evidence for drafts."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Table, delete, func, insert, select, update

from noa_rag.cache import Memo
from noa_rag.domain.agency import Agency, AgencyId, LocalOffice, SubTheme, Theme
from noa_rag.domain.entry import EntryContent, EntryId
from noa_rag.domain.facts import Fact, FactBook, FactId
from noa_rag.storage.database import Database
from noa_rag.storage.entries import base_revision, touch_base
from noa_rag.storage.stored_text import content_from_text, content_hash, content_to_text
from noa_rag.storage.tables import agencies, facts, library, themes

_decoder = msgspec.json.Decoder(Fact)
_encoder = msgspec.json.Encoder(order="deterministic")


class Directory:
    """Agencies, read at every call, and themes, read again after a change of the base."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._themes: Memo[int, tuple[Theme, ...]] = Memo()

    def agencies(self) -> dict[AgencyId, Agency]:
        with self._database.reading() as connection:
            rows = connection.execute(select(agencies).order_by(agencies.c.name, agencies.c.id))
            return {AgencyId(row.id): _agency(row) for row in rows}

    def themes(self) -> tuple[Theme, ...]:
        with self._database.reading() as connection:
            return self._themes.get_or_make(base_revision(connection), lambda: read_themes(connection))

    def save(self, new_agencies: Iterable[Agency], new_themes: Iterable[Theme]) -> int:
        """Add or update by id, leave the others; return how many rows changed."""
        with self._database.writing() as connection:
            return write_directory(connection, new_agencies, new_themes)


def write_directory(connection: Connection, new_agencies: Iterable[Agency], new_themes: Iterable[Theme]) -> int:
    """Add or update by id within the caller's transaction; return how many rows changed."""
    rows = [asdict(agency) | {"regions": list(agency.regions), "names": list(agency.names)} for agency in new_agencies]
    changed = sum(_upsert(connection, agencies, row) for row in rows)
    position = connection.execute(select(func.count()).select_from(themes)).scalar_one()
    for number, theme in enumerate(new_themes):
        row = msgspec.json.decode(msgspec.json.encode(theme))  # with lists, as the columns give them back
        changed += _upsert(connection, themes, row, position=position + number)
    if changed:
        touch_base(connection)
    return changed


def _upsert(connection: Connection, table: Table, values: dict[str, object], **only_new: object) -> bool:
    columns: Sequence[object] = [table.c[name] for name in values]
    known = connection.execute(select(*columns).where(table.c.id == values["id"])).first()  # type: ignore[call-overload]
    if known is None:
        connection.execute(insert(table).values(**values, **only_new))
        return True
    if dict(known._mapping) == values:
        return False
    connection.execute(update(table).where(table.c.id == values["id"]).values(**values))
    return True


def _agency(row: Row[Any]) -> Agency:
    elsewhere = LocalOffice(**row.elsewhere) if row.elsewhere else None
    lists = {"regions": tuple(row.regions), "names": tuple(row.names)}
    return Agency(**{**row._mapping, **lists, "elsewhere": elsewhere})


def read_themes(connection: Connection) -> tuple[Theme, ...]:
    """Return the themes in their order, as the caller's transaction sees them."""
    columns = [themes.c[field.name] for field in fields(Theme)]
    rows = connection.execute(select(*columns).order_by(themes.c.position, themes.c.id))
    return tuple(_theme(row) for row in rows)


def _theme(row: Row[Any]) -> Theme:
    children = tuple(SubTheme(**{**child, "entries": tuple(child["entries"])}) for child in row.children)
    return Theme(row.id, row.title, row.title_en, tuple(row.top), tuple(row.start), children)


class FactStore:
    """Reads the facts, and who last wrote each one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._book: Memo[int, FactBook] = Memo()

    def book(self) -> FactBook:
        with self._database.reading() as connection:
            return self._book.get_or_make(base_revision(connection), lambda: FactBook(read_facts(connection).values()))

    def authors(self) -> dict[FactId, str]:
        """Return who last wrote each fact."""
        with self._database.reading() as connection:
            rows = connection.execute(select(facts.c.id, facts.c.author))
            return {FactId(row.id): row.author for row in rows}


def read_facts(connection: Connection) -> dict[FactId, Fact]:
    """Return the facts by their ids, as the caller's transaction sees them."""
    rows = connection.execute(select(facts.c.fact).order_by(facts.c.id)).scalars()
    return {fact.id: fact for fact in map(_decoder.decode, rows)}


def write_facts(connection: Connection, new: Iterable[Fact], *, author: str) -> list[Fact]:
    """Add or change facts within the caller's transaction; return those that differ from what was there."""
    known = read_facts(connection)
    changed = [fact for fact in new if known.get(fact.id) != fact]
    for fact in changed:
        values = {"fact": _encoder.encode(fact).decode(), "author": author}
        if fact.id in known:
            connection.execute(update(facts).where(facts.c.id == fact.id).values(values))
        else:
            connection.execute(insert(facts).values(id=fact.id, **values))
    if changed:
        touch_base(connection)
    return changed


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

    def count(self) -> int:
        with self._database.reading() as connection:
            count: int = connection.execute(select(func.count()).select_from(library)).scalar_one()
            return count
