"""Facts in the database: read at every answer, so kept in memory until the base changes."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, insert, select, update

from noa_rag.domain.facts import Fact, FactBook, FactId
from noa_rag.storage.database import Database
from noa_rag.storage.entries import base_revision, touch_base
from noa_rag.storage.tables import facts

_decoder = msgspec.json.Decoder(Fact)
_encoder = msgspec.json.Encoder(order="deterministic")


class FactStore:
    """Reads the facts; who last wrote each one is known."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: tuple[int, FactBook] = (-1, FactBook())

    def book(self) -> FactBook:
        with self._database.reading() as connection:
            revision = base_revision(connection)
            if self._kept[0] != revision:
                self._kept = (revision, FactBook(read_facts(connection).values()))
        return self._kept[1]

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
