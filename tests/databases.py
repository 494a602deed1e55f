"""Bases for tests, on SQLite and on PostgreSQL: NOA_TEST_DATABASE names the engine of a whole run.

Where it is empty, SQLite is used, and both by tests of what an engine may do otherwise: storage, statistics, races of
verdicts, the committee.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Connection, make_url, text

from noa_rag.storage.database import Database
from tests.machines import MISSING, PostgresqlServer, is_installed, postgresql_server

ENGINES = ("sqlite", "postgresql")
CHOSEN = os.environ.get("NOA_TEST_DATABASE", "")
if CHOSEN not in ("", *ENGINES):
    raise pytest.UsageError(f"NOA_TEST_DATABASE is {CHOSEN!r}; use sqlite, postgresql, or leave it empty for both.")
NEEDS_POSTGRESQL = [pytest.mark.postgresql, pytest.mark.skipif(not is_installed(), reason=MISSING)]
_postgresql = pytest.param("postgresql", marks=NEEDS_POSTGRESQL)
POSTGRESQL = [_postgresql]
ENGINE = CHOSEN or "sqlite"  # of the tests that are run on one
BACKENDS = [{"sqlite": "sqlite", "postgresql": _postgresql}[engine] for engine in ENGINES if CHOSEN in ("", engine)]
_until_the_end = ExitStack()


@contextmanager
def empty_database(backend: str, folder: Path) -> Iterator[str]:
    """Yield the address of a database without tables; one of the server is dropped afterwards."""
    if backend == "sqlite":
        yield f"sqlite:///{folder / 'noa.db'}"
        return
    with _dropped_later(server().new_database()) as url:
        yield url


@contextmanager
def a_base(backend: str, folder: Path) -> Iterator[str]:
    """Yield the address of a base with its tables and nothing in them."""
    with copied_base(_template(backend), folder) as url:
        yield url


@contextmanager
def copied_base(url: str, folder: Path) -> Iterator[str]:
    """Yield the address of a copy of a base that nobody has open: `noa.db` in the folder, or on the server."""
    if url.startswith("sqlite"):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(str(make_url(url).database), folder / "noa.db")
        yield f"sqlite:///{folder / 'noa.db'}"
        return
    with _dropped_later(server().new_database(like=url)) as copied:
        yield copied


def unguard(connection: Connection) -> None:
    """Take away what keeps the rows of the audit and of versions as they are, as whoever holds the base could."""
    is_sqlite = connection.dialect.name == "sqlite"
    for table in ("audit", "entry_versions"):
        for ending in ("update", "delete") if is_sqlite else ("update_or_delete",):
            of_table = "" if is_sqlite else f" ON {table}"
            connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{ending}{of_table}"))


def beside(data_dir: Path, url: str) -> str:
    """Return NOA_DATABASE_URL for a base: empty where it is the file that stands in the data folder by default."""
    return "" if url == f"sqlite:///{data_dir / 'noa.db'}" else url


@cache
def server() -> PostgresqlServer:
    """Return the server of this process, started at the first call; `stop_server` ends it."""
    return _until_the_end.enter_context(postgresql_server())


def stop_server() -> None:
    _until_the_end.close()


@cache
def _template(backend: str) -> str:
    """Return the address of a base to be copied: the migrations take a tenth of a second, and three on PostgreSQL."""
    if backend == "sqlite":
        url = f"sqlite:///{_until_the_end.enter_context(tempfile.TemporaryDirectory(prefix='noa-base-'))}/noa.db"
    else:
        url = server().new_database()
    Database(url).close()
    return url


@contextmanager
def _dropped_later(url: str) -> Iterator[str]:
    try:
        yield url
    finally:
        server().drop(url)
