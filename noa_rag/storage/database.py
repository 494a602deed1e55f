"""Opening the database, and the two ways of using it: reading and writing."""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from filelock import FileLock
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from sqlalchemy.pool import NullPool, QueuePool

from noa_rag.domain.errors import MigrationPending, StorageUnavailable
from noa_rag.storage import question_tables  # noqa: F401 - its foreign keys and those of `tables` name each other
from noa_rag.storage.remedies import remedy
from noa_rag.storage.schemas import (
    BEFORE_FIRST_RELEASE,
    is_before_first_release,
    known_schemas,
    migrations,
    newest_schema,
)

BUSY_TIMEOUT_MILLISECONDS = 10_000
VISITOR_TIMEOUT_MILLISECONDS = 250  # A visitor waits for her answer; what she did can be written later, or not at all.
IDS_AT_ONCE = 500  # in one IN clause; SQLite allows 32,766 variables
_WRITING = "noa_writing"  # with the milliseconds that it waits for other writers
_FAILURES = (OperationalError, DatabaseError, NoConnectionLeft)
_LOCKS = 6_620  # the first key of Noa's advisory locks: other applications may have locks of their own
_VISITORS, _OFFICE = 1, 2  # two queues of writers, each with a lock of its own
# A server that is gone is noticed within seconds, not after the two hours of the system's defaults.
_POSTGRESQL = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}

Id = TypeVar("Id", bound=str | int)


class Database:
    """An engine with its schema at the newest revision.

    SQLite is put in WAL mode with foreign keys on. Writers begin with BEGIN IMMEDIATE: with the
    default deferred transactions 180 of 240 concurrent read-then-write updates were lost silently.
    On PostgreSQL an advisory lock does the same, one for what visitors write and one for everything else.
    """

    def __init__(self, url: str, *, is_read_only: bool = False, if_new: Callable[[], None] = lambda: None) -> None:
        """Open a database whose tables are made or brought up to date, unless it `is_read_only`.

        `if_new` is called where there are no tables yet, before anything is made. Raises StorageUnavailable.
        """
        self.url = _parsed(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.is_read_only = is_read_only
        name = self.url.database or ""
        self._file = Path(name) if self.is_sqlite and name and not name.startswith((":memory:", "file:")) else None
        try:
            self.engine = self._engine()
            with ExitStack() as on_failure:
                # Not whenever memory is collected: closing takes SQLite's log away, from under a reader's eyes.
                on_failure.callback(self.engine.dispose)
                (self._check_schema if is_read_only else self._migrate)(if_new)
                on_failure.pop_all()
        except (SQLAlchemyError, CommandError, OSError, ImportError) as error:
            raise self._translated(error) from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one consistent state of the database."""
        try:
            with self.engine.connect() as connection:
                if not self.is_sqlite:  # SQLite does so by itself
                    connection.execution_options(isolation_level="REPEATABLE READ")
                yield connection
        except _FAILURES as error:
            raise self._translated(error) from error

    @contextmanager
    def writing(self, *, timeout_milliseconds: int = BUSY_TIMEOUT_MILLISECONDS) -> Iterator[Connection]:
        """Yield a connection inside one transaction, committed at the end or not at all.

        Raises StorageUnavailable where another writer does not end within the timeout.
        """
        options = {_WRITING: timeout_milliseconds}
        try:
            with self.engine.connect().execution_options(**options) as connection, connection.begin():
                if not self.is_sqlite:
                    _take_turn(connection, timeout_milliseconds)
                yield connection
        except _FAILURES as error:
            raise self._translated(error) from error

    @contextmanager
    def each_by_itself(self) -> Iterator[Connection]:
        """Yield a connection whose statements are each a transaction, and wait for no other writer."""
        try:
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                yield connection
        except _FAILURES as error:
            raise self._translated(error) from error

    @contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """Hold a lock that keeps all other processes on this database, on other machines too, from doing the same."""
        if self.is_sqlite:
            with FileLock(f"{self.url.database}.{what}.lock") if self.url.database else nullcontext():
                yield
            return
        key = {"locks": _LOCKS, "what": what}
        try:
            with self.engine.connect() as connection:
                connection.execute(text("SELECT pg_advisory_lock(:locks, hashtext(:what))"), key)
                connection.commit()  # the lock belongs to the session, and ends with it
                try:
                    yield
                finally:
                    connection.execute(text("SELECT pg_advisory_unlock(:locks, hashtext(:what))"), key)
        except _FAILURES as error:
            raise self._translated(error) from error

    def check(self) -> None:
        """Look for damaged pages, afresh from the disk. Raises StorageUnavailable that says what to do.

        A PostgreSQL server is only asked whether it answers.
        """
        engine = self._engine()
        try:
            with engine.connect() as connection:
                outcome = connection.exec_driver_sql(
                    "PRAGMA quick_check(1)" if self.is_sqlite else "SELECT 'ok'"
                ).scalar()
        except SQLAlchemyError as error:
            raise self._translated(error) from error
        finally:
            engine.dispose()
        if outcome != "ok":
            where = self.url.render_as_string(hide_password=True)
            raise StorageUnavailable(
                f"The database {where} is damaged: {' '.join(str(outcome).split())}. Stop the service and restore it"
                " from a backup: until then entries and questions may be missing, or lost when they are written."
            )

    def overwrite_deleted(self) -> bool:
        """Checkpoint SQLite's log, so that zeros overwrite what was deleted; return whether it was done.

        It is not done while others read or write; the log is then overwritten in time.
        """
        if not self.is_sqlite:
            return False
        connection = self.engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout = {VISITOR_TIMEOUT_MILLISECONDS}")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            is_busy, *_ = cursor.fetchone() or (1,)
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MILLISECONDS}")
            return not is_busy
        finally:
            connection.close()

    def close(self) -> None:
        self.engine.dispose()

    def _engine(self) -> Engine:
        if not self.is_sqlite:
            defaults = _POSTGRESQL if self.url.get_driver_name().startswith("psycopg") else {}
            connect_args = {name: value for name, value in defaults.items() if name not in self.url.query}
            options = {"postgresql_readonly": True} if self.is_read_only else {}
            engine = create_engine(self.url, pool_pre_ping=True, connect_args=connect_args, execution_options=options)
            # Many rows per statement: the day triggers run once for each, and would take quadratic time row by row.
            engine.dialect.use_insertmanyvalues_wo_returning = True
            return engine
        if self.is_read_only and (file := self._file):
            engine = create_engine("sqlite://", poolclass=NullPool, creator=lambda: _read_only(file))
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        engine = create_engine(
            self.url,
            poolclass=QueuePool if self._file else NullPool,
            connect_args={"timeout": BUSY_TIMEOUT_MILLISECONDS / 1000, "check_same_thread": False},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _check_schema(self, if_new: Callable[[], None]) -> None:
        seen, where = self._known_revision(), self.url.render_as_string(hide_password=True)
        if seen is None:
            if_new()
            raise StorageUnavailable(
                f"There is no base in {where} yet: `noa setup` makes one, `noa restore FILE` brings a backup back."
            )
        if seen != newest_schema():
            raise MigrationPending(
                f"{where} is of an earlier release, and unchanged (migration pending): `noa serve` brings it up to"
                " date. Make a `noa backup` first: the earlier release cannot open it afterwards."
            )

    def _migrate(self, if_new: Callable[[], None]) -> None:
        with self._start_lock():
            seen = self._known_revision()
            if seen == newest_schema():
                return
            if seen is None:
                if_new()
            if self._file is not None and self._file.parent.is_dir():
                with suppress(FileExistsError):  # SQLite would follow the umask; -wal and -shm follow the file
                    os.close(os.open(self._file, os.O_CREAT | os.O_EXCL, 0o600))
            config = migrations()
            with self.engine.connect() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                connection.commit()

    def _known_revision(self) -> str | None:
        """Return the revision of the tables, None without any. Raises StorageUnavailable, CommandError for others'."""
        if self._file is not None and self._file.parent.is_dir() and not self._file.exists():
            return None  # connecting would create the file
        with self.engine.connect() as connection:
            seen = MigrationContext.configure(connection).get_current_revision()
        if seen is not None and is_before_first_release(seen):
            where = self.url.render_as_string(hide_password=True)
            raise StorageUnavailable(f"The database {where} is left as it is: {BEFORE_FIRST_RELEASE}")
        if seen is not None and seen not in known_schemas():
            raise CommandError(f"Can't locate revision {seen}")
        return seen

    @contextmanager
    def _start_lock(self) -> Iterator[None]:
        """Let one process at a time create the tables, or switch the file to WAL mode.

        SQLite does not wait for others when it switches: it fails at once with "database is locked".
        """
        if not self.is_sqlite:
            with self.alone("start"):
                yield
            return
        if self._file is None or not self._file.parent.is_dir():
            yield  # in memory, or in a missing folder: opening reports that
            return
        with FileLock(f"{self._file}.lock", timeout=60, mode=0o600):
            yield

    def _translated(self, error: Exception) -> StorageUnavailable:
        seen = str(getattr(error, "orig", None) or error)
        where = self.url.render_as_string(hide_password=True)
        return StorageUnavailable(f"The database {where} cannot be used: {seen}. {remedy(seen)}")


def chunks(ids: Iterable[Id]) -> Iterator[list[Id]]:
    """Yield the ids in lists short enough for an IN clause."""
    listed = list(ids)
    for start in range(0, len(listed), IDS_AT_ONCE):
        yield listed[start : start + IDS_AT_ONCE]


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:  # does not repeat the address, which may hold a password
        raise StorageUnavailable(
            "NOA_DATABASE_URL is not a database address such as postgresql+psycopg://noa@localhost/noa;"
            " leave it empty for an SQLite file in the data folder."
        ) from error


def _take_turn(connection: Connection, timeout_milliseconds: int) -> None:
    """Wait for the writers before this one, so that what it reads still holds when it writes.

    Visitors do not wait for the office, whose imports take seconds. They wait for one another, as they would without
    this lock, since each question changes the row of its day.
    """
    lane = _OFFICE if timeout_milliseconds == BUSY_TIMEOUT_MILLISECONDS else _VISITORS
    turn = text("SELECT set_config('lock_timeout', :timeout, true), pg_advisory_xact_lock(:locks, :lane)")
    connection.execute(turn, {"timeout": str(timeout_milliseconds), "locks": _LOCKS, "lane": lane})


def _read_only(path: Path) -> sqlite3.Connection:
    """Connect without writing a byte, not even beside the file, where SQLite would leave -wal and -shm.

    The last writer takes its log away when it closes, which may happen between looking for it and opening: look again.
    """
    try:
        return _opened_for_reading(path)
    except sqlite3.OperationalError:
        return _opened_for_reading(path)


def _opened_for_reading(path: Path) -> sqlite3.Connection:
    has_log, has_index = (Path(f"{path}{ending}").exists() for ending in ("-wal", "-shm"))
    mode = f"mode=ro{'&readonly_shm=1' if has_index else ''}" if has_log else "immutable=1"
    uri, timeout = f"{path.absolute().as_uri()}?{mode}", BUSY_TIMEOUT_MILLISECONDS / 1000
    connection = sqlite3.connect(uri, timeout=timeout, uri=True, check_same_thread=False, isolation_level=None)
    with ExitStack() as on_failure:
        on_failure.callback(connection.close)
        connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
        on_failure.pop_all()
    connection.create_function("lower", 1, _lowered, deterministic=True)
    return connection


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    connection.create_function("lower", 1, _lowered, deterministic=True)  # its own leaves É as it is
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MILLISECONDS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # what is acknowledged outlives a power cut; NORMAL loses some seconds
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten, not only unlinked
    cursor.close()


def _lowered(value: object) -> str | None:
    return None if value is None else str(value).lower()


def _begin_sqlite(connection: Connection) -> None:
    timeout_milliseconds = connection.get_execution_options().get(_WRITING)
    if timeout_milliseconds is None:
        connection.exec_driver_sql("BEGIN")
        return
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {timeout_milliseconds}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")
