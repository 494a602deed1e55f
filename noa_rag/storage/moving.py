"""A base moved to another database, of the other engine too: all of it, compared afterwards, or nothing."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, text, true

from noa_rag.domain.errors import StorageUnavailable
from noa_rag.domain.ports import Progress, no_progress
from noa_rag.storage.audit import audit_entry, findings
from noa_rag.storage.database import Database
from noa_rag.storage.question_tables import question_days
from noa_rag.storage.tables import audit, base, in_utc, metadata

ROWS_AT_ONCE = 500
# Last, in place of what triggers wrote there while questions were copied.
TABLES = (*(one for one in metadata.sorted_tables if one is not question_days), question_days)
_WRITTEN_BY_ITSELF = (base, question_days)
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MovedTable:
    """How many rows a table has on both sides, and the sum of their SHA-256 in hexadecimal, in whatever order."""

    name: str
    count: int
    checksum: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved; what is wrong with the audit, in words; tables that the source has changed meanwhile."""

    tables: Sequence[MovedTable]
    audit_findings: Sequence[str]
    changed_meanwhile: Sequence[str]


def move_base(source: Database, target: Database, progress: Progress = no_progress) -> Moved:
    """Copy a base as it is at one moment into an empty database, in one transaction there.

    Raises StorageUnavailable where the target is not empty, or has other rows afterwards; it is then left as it was.
    """
    with source.reading() as reader, target.writing() as writer:
        _check_empty(writer, target)
        moved = [_move(reader, writer, table, progress) for table in TABLES]
        for table in TABLES:
            _set_sequence(writer, table)
        chain = writer.execute(select(audit).order_by(audit.c.number))
        found = [str(one) for one in findings(writer, (audit_entry(row) for row in chain))]
    with source.reading() as reader:
        changed = [one.name for one in moved if _count(reader, metadata.tables[one.name]) != one.count]
    return Moved(moved, found, changed)


def _check_empty(connection: Connection, target: Database) -> None:
    where = target.url.render_as_string(hide_password=True)
    for table in TABLES:
        own = table.c.revision > 0 if table is base else true()  # migrations write one row there
        count = connection.execute(select(func.count()).select_from(table).where(own)).scalar_one()
        if count:
            raise StorageUnavailable(
                f"The database {where} is not empty: `{table.name}` has {count} rows. Give an empty one;"
                " nothing was moved."
            )


def _move(reader: Connection, writer: Connection, table: Table, progress: Progress) -> MovedTable:
    if table in _WRITTEN_BY_ITSELF:
        writer.execute(delete(table))
    total, given = _count(reader, table), _Sum()
    for rows in _batches(reader, table):
        for row in rows:
            given.add(row)
        try:
            writer.execute(insert(table), rows)
        except Exception as error:
            raise StorageUnavailable(_told(table, rows, error)) from error
        progress(f"moving {table.name}", given.count, total)
    kept = _Sum()
    for rows in _batches(writer, table):
        for row in rows:
            kept.add(row)
    if (given.count, given.total) != (kept.count, kept.total):
        raise StorageUnavailable(
            f"`{table.name}` has {given.count} rows in the source and {kept.count} in the target, or not the same ones:"
            " nothing was moved."
        )
    return MovedTable(table.name, given.count, given.checksum)


def _batches(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    """Yield all rows, with moments in UTC as either engine keeps them."""
    rows = connection.execute(select(table).execution_options(yield_per=ROWS_AT_ONCE))
    for batch in rows.mappings().partitions():
        yield [{name: in_utc(one) if isinstance(one, datetime) else one for name, one in row.items()} for row in batch]


class _Sum:
    """Adds up hashes of rows: the engines sort texts otherwise, so that no order can be relied on."""

    def __init__(self) -> None:
        self.count = self.total = 0

    def add(self, row: Row) -> None:
        values = json.dumps([_plain(one) for one in row.values()], sort_keys=True).encode()
        self.count += 1
        self.total = (self.total + int.from_bytes(hashlib.sha256(values).digest())) % 2**256

    @property
    def checksum(self) -> str:
        return f"{self.total:064x}"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes | memoryview) else value


def _told(table: Table, rows: Sequence[Row], error: Exception) -> str:
    keys = [column.name for column in table.primary_key]
    first, last = (" ".join(str(row[key]) for key in keys) for row in (rows[0], rows[-1]))
    why = " ".join(str(getattr(error, "orig", None) or error).split())
    return f"A row of `{table.name}` between {first} and {last} cannot be written: {why}. Nothing was moved."


def _set_sequence(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number new rows after those that were copied; SQLite does so of itself."""
    column = table.autoincrement_column
    if connection.dialect.name == "sqlite" or column is None:
        return
    last = connection.execute(select(func.max(column))).scalar()
    if last is not None:
        sequence = text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)")
        connection.execute(sequence, {"table": table.name, "column": column.name, "last": last})


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
