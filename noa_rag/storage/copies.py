"""Copies of a database that others go on writing, and what a copy holds."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection, create_engine, func, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from noa_rag.domain.errors import NoaError, StorageUnavailable
from noa_rag.storage.tables import audit, base, entries

PAGES_AT_ONCE = 2_000  # 8 MB between two reports of progress
BUSY_SECONDS = 10
CLIENT_PACKAGE = "PostgreSQL's client programs (Debian: postgresql-client), not older than the server"

Steps = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class BaseState:
    """What a database holds, as far as a copy of it can be checked by: `head` is the newest hash of its audit."""

    schema: str
    revision: int
    entry_count: int
    head: str


def copy_sqlite(source: Path, target: Path, steps: Steps = lambda done, total: None) -> None:
    """Copy a database as it is at this moment, while others write it. Raises StorageUnavailable when it is damaged.

    The reading transaction holds SQLite's copying to one state: without it, each write of another process would make
    it begin anew.
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
    """Bring what SQLite keeps beside a file that nobody uses into it. Raises StorageUnavailable where it cannot."""
    try:
        with closing(_connected(database)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise StorageUnavailable(f"The database {database} cannot be read: {error}.") from error


def sqlite_state(path: Path) -> BaseState:
    """Return what a copy holds, and leave it as it is."""
    with _reading(URL.create("sqlite", database=str(path))) as connection:
        return _state(connection)


def dump_postgresql(url: URL, target: Path) -> BaseState:
    """Write a dump of one state of the database, and return what it holds. Raises NoaError without `pg_dump`."""
    with _reading(url) as connection:
        state = _state(connection)
        snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar()
        _run("pg_dump", url, ["--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={target}"])
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
    """Return where a program of PostgreSQL's lies. Raises NoaError that says what to install."""
    found = shutil.which(name)
    if found is None:
        raise NoaError(f"`{name}` is not installed: install {CLIENT_PACKAGE}.")
    return found


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
    """Run a program of PostgreSQL's over a database; the password is in its environment, where others cannot see it."""
    plain = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    environment = dict(os.environ)
    if url.password:
        environment["PGPASSWORD"] = str(url.password)
    command = [require_program(program), *options, f"--dbname={plain.render_as_string(hide_password=False)}"]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if outcome.returncode:
        raise StorageUnavailable(f"`{program}` failed: {' '.join(outcome.stderr.split())[-600:]}")
