"""The agencies, themes and facts that entries refer to; facts are kept in memory until the base changes."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Table, func, insert, select, update

from noa_rag.cache import Memo
from noa_rag.domain.agency import Agency, AgencyId, Office, Theme
from noa_rag.domain.facts import Fact, FactBook, FactId
from noa_rag.storage.database import Database
from noa_rag.storage.entries import base_revision, touch_base
from noa_rag.storage.tables import agencies, facts, themes

_decoder = msgspec.json.Decoder(Fact)
_encoder = msgspec.json.Encoder(order="deterministic")


class Directory:
    """Agencies and themes, read at every call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def agencies(self) -> dict[AgencyId, Agency]:
        with self._database.reading() as connection:
            rows = connection.execute(select(agencies).order_by(agencies.c.name, agencies.c.id))
            return {AgencyId(row.id): _agency(row) for row in rows}

    def themes(self) -> tuple[Theme, ...]:
        columns = (themes.c.id, themes.c.title, themes.c.title_en)
        with self._database.reading() as connection:
            rows = connection.execute(select(*columns).order_by(themes.c.position, themes.c.id))
            return tuple(Theme(**row._mapping) for row in rows)

    def save(self, new_agencies: Iterable[Agency], new_themes: Iterable[Theme]) -> int:
        """Add or update by id, leave the others; return how many rows changed."""
        with self._database.writing() as connection:
            return write_directory(connection, new_agencies, new_themes)


def write_directory(connection: Connection, new_agencies: Iterable[Agency], new_themes: Iterable[Theme]) -> int:
    """Add or update by id within the caller's transaction; return how many rows changed."""
    rows = [asdict(agency) | {"regions": list(agency.regions)} for agency in new_agencies]
    changed = sum(_upsert(connection, agencies, row) for row in rows)
    position = connection.execute(select(func.count()).select_from(themes)).scalar_one()
    for number, theme in enumerate(new_themes):
        changed += _upsert(connection, themes, asdict(theme), position=position + number)
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
    elsewhere = Office(**row.elsewhere) if row.elsewhere else None
    return Agency(**{**row._mapping, "regions": tuple(row.regions), "elsewhere": elsewhere})


class FactStore:
    """Reads the facts; who last wrote each one is known."""

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
    return {one.id: one for one in map(_decoder.decode, rows)}


def write_facts(connection: Connection, new: Iterable[Fact], *, author: str) -> list[Fact]:
    """Add or change facts within the caller's transaction; return those that differ from what was there."""
    known = read_facts(connection)
    changed = [one for one in new if known.get(one.id) != one]
    for one in changed:
        values = {"fact": _encoder.encode(one).decode(), "author": author}
        if one.id in known:
            connection.execute(update(facts).where(facts.c.id == one.id).values(values))
        else:
            connection.execute(insert(facts).values(id=one.id, **values))
    if changed:
        touch_base(connection)
    return changed
