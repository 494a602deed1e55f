"""Copies of a database: of what others go on writing, as a file or a dump, and into a database of the other engine."""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection, Table, create_engine, delete, func, insert, inspect, select, text, true
from sqlalchemy.exc import SQLAlchemyError

from noa_rag.domain.errors import NoaError, StorageUnavailable
from noa_rag.domain.ports import Progress, no_progress
from noa_rag.storage.audit import audit_entry, findings
from noa_rag.storage.database import Database
from noa_rag.storage.question_tables import question_days
from noa_rag.storage.tables import audit, base, entries, in_utc, limit_buckets, metadata

PAGES_AT_ONCE = 2_000  # 8 MB between two reports of progress
BUSY_SECONDS = 10
CLIENT_PACKAGE = "PostgreSQL's client programs (Debian: postgresql-client), not older than the server"

ROWS_AT_ONCE = 500
# Buckets last for minutes, by the clock of one server: they are not copied, each database starts without any.
_OF_THE_MOMENT = (limit_buckets,)
# `question_days` comes last: it replaces the rows that triggers wrote while questions were copied.
TABLES = (*(table for table in metadata.sorted_tables if table not in (question_days, *_OF_THE_MOMENT)), question_days)
_WRITTEN_BY_ITSELF = (base, question_days)
Row = Mapping[str, Any]
Steps = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class BaseState:
    """What a copy of a database is checked against; `head` is the newest hash of its audit."""

    schema: str
    revision: int
    entry_count: int
    head: str


def copy_sqlite(source: Path, target: Path, steps: Steps = lambda done, total: None) -> None:
    """Copy a database as it is at this moment, while others write it. Raises StorageUnavailable when it is damaged.

    The reading transaction pins the copy to one state: without it, SQLite would start again at each write of another
    process.
    """
    if not source.is_file():
        raise StorageUnavailable(f"There is no database {source}: there is nothing to copy.")
    try:
        with closing(_connected(source)) as origin, closing(_connected(target)) as copy:
            origin.execute("BEGIN")
            origin.execute("SELECT count(*) FROM sqlite_master").fetchone()
            origin.backup(
                copy, pages=PAGES_AT_ONCE, progress=lambda _, remaining, total: steps(total - remaining, total)
            )
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it
            damage = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise StorageUnavailable(f"The database {source} cannot be copied to {target}: {error}.") from error
    if damage != "ok":
        raise StorageUnavailable(f"The database {source} is damaged: {damage}. Restore it from an earlier backup.")


def write_back(database: Path) -> None:
    """Merge SQLite's write-ahead log into a file that nobody uses. Raises StorageUnavailable when this fails."""
    try:
        with closing(_connected(database)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise StorageUnavailable(f"The database {database} cannot be read: {error}.") from error


def sqlite_state(path: Path) -> BaseState:
    """Return what a copy holds, without changing it."""
    with _reading(URL.create("sqlite", database=str(path))) as connection:
        return _state(connection)


def dump_postgresql(url: URL, target: Path) -> BaseState:
    """Write a dump of one state of the database, and return what it holds. Raises NoaError without `pg_dump`."""
    with _reading(url) as connection:
        state = _state(connection)
        snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar()
        _run(
            "pg_dump",
            url,
            ["--format=custom", "--no-owner", "--no-unlogged-table-data", f"--snapshot={snapshot}", f"--file={target}"],
        )
    return state


def load_postgresql(url: URL, dump: Path) -> None:
    """Load a dump into a database without tables, whole or not at all. Raises NoaError for one that holds some."""
    refuse_filled(url)
    _run("pg_restore", url, ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", str(dump)])


def refuse_filled(url: URL) -> None:
    """Raise NoaError for a PostgreSQL database that holds tables, StorageUnavailable for one that cannot be reached."""
    with _reading(url) as connection:
        tables = inspect(connection).get_table_names()
    if tables:
        raise NoaError(
            f"The database {url.render_as_string()} holds {len(tables)} tables. Make an empty one (`createdb"
            " noa_restored`), name it in NOA_DATABASE_URL and restore into that: what is here stays as it is."
        )


def require_program(name: str) -> str:
    """Return the path of a PostgreSQL program. Raises NoaError that says what to install."""
    path = shutil.which(name)
    if path is None:
        raise NoaError(f"`{name}` is not installed: install {CLIENT_PACKAGE}.")
    return path


def _connected(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)


@contextmanager
def _reading(url: URL) -> Iterator[Connection]:
    try:
        engine = create_engine(url)
        try:
            with engine.connect() as connection:
                if url.get_backend_name() != "sqlite":
                    connection.execution_options(isolation_level="REPEATABLE READ")
                yield connection
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError) as error:
        seen = str(getattr(error, "orig", None) or error)
        raise StorageUnavailable(f"The database {url.render_as_string()} cannot be read: {seen}.") from error


def _state(connection: Connection) -> BaseState:
    newest = connection.execute(select(audit.c.hash).order_by(audit.c.number.desc()).limit(1)).scalar()
    return BaseState(
        schema=MigrationContext.configure(connection).get_current_revision() or "",
        revision=connection.execute(select(base.c.revision)).scalar() or 0,
        entry_count=connection.execute(select(func.count()).select_from(entries)).scalar() or 0,
        head=newest or "",
    )


def _run(program: str, url: URL, options: Sequence[str]) -> None:
    """Run a PostgreSQL program on a database; the password is passed in the environment, where others cannot see it."""
    plain = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    environment = dict(os.environ)
    if url.password:
        environment["PGPASSWORD"] = str(url.password)
    command = [require_program(program), *options, f"--dbname={plain.render_as_string(hide_password=False)}"]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if outcome.returncode:
        raise StorageUnavailable(f"`{program}` failed: {' '.join(outcome.stderr.split())[-600:]}")


@dataclass(frozen=True, slots=True)
class MovedTable:
    """The number of rows of a moved table, and the sum of their SHA-256 in hexadecimal, whatever their order."""

    name: str
    count: int
    checksum: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The moved tables, the faults of the audit as sentences, and the tables that changed in the source meanwhile."""

    tables: Sequence[MovedTable]
    audit_findings: Sequence[str]
    changed_meanwhile: Sequence[str]


def move_base(source: Database, target: Database, progress: Progress = no_progress) -> Moved:
    """Copy a base as it is at one moment into an empty database, in one transaction there.

    Raises StorageUnavailable when the target is not empty, or its rows differ afterwards; it is then left as it was.
    """
    with source.reading() as reader, target.writing() as writer:
        _check_empty(writer, target)
        moved = [_move(reader, writer, table, progress) for table in TABLES]
        for table in TABLES:
            _set_sequence(writer, table)
        chain = writer.execute(select(audit).order_by(audit.c.number))
        problems = [str(finding) for finding in findings(writer, (audit_entry(row) for row in chain))]
    with source.reading() as reader:
        changed = [table.name for table in moved if _count(reader, metadata.tables[table.name]) != table.count]
    return Moved(moved, problems, changed)


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
    sums = _Sum()
    for rows in _batches(writer, table):
        for row in rows:
            sums.add(row)
    if (given.count, given.total) != (sums.count, sums.total):
        raise StorageUnavailable(
            f"`{table.name}` has {given.count} rows in the source and {sums.count} in the target, or not the same ones:"
            " nothing was moved."
        )
    return MovedTable(table.name, given.count, given.checksum)


def _batches(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    """Yield all rows, with moments in UTC as either engine keeps them."""
    rows = connection.execute(select(table).execution_options(yield_per=ROWS_AT_ONCE))
    for batch in rows.mappings().partitions():
        yield [
            {name: in_utc(value) if isinstance(value, datetime) else value for name, value in row.items()}
            for row in batch
        ]


class _Sum:
    """Adds up the hashes of rows, in any order: the two engines sort texts differently."""

    def __init__(self) -> None:
        self.count = self.total = 0

    def add(self, row: Row) -> None:
        values = json.dumps([_plain(value) for value in row.values()], sort_keys=True).encode()
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
    """Make PostgreSQL number new rows after the copied ones; SQLite does so by itself."""
    column = table.autoincrement_column
    if connection.dialect.name == "sqlite" or column is None:
        return
    last = connection.execute(select(func.max(column))).scalar()
    if last is not None:
        sequence = text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)")
        connection.execute(sequence, {"table": table.name, "column": column.name, "last": last})


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
