"""The first schema, bases that a later release brings up to date, and those from before there was a release."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from noa_rag.domain.errors import MigrationPending, StorageUnavailable
from noa_rag.storage import schemas
from noa_rag.storage.audit import AuditStore
from noa_rag.storage.database import Database
from noa_rag.storage.directory import Directory
from noa_rag.storage.entries import EntryStore
from noa_rag.storage.tables import metadata
from tests.databases import empty_database
from tests.factories import a_new_version, a_theme, an_agency

SECOND = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "second", "agencies_of_groups", None, None


def upgrade():
    op.add_column("agencies", sa.Column("motto", sa.Text(), nullable=False, server_default="servir"))
"""


@pytest.fixture
def url(backend: str, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables."""
    with empty_database(backend, tmp_path) as address:
        yield address


@pytest.fixture
def filled(url: str) -> str:
    """The address of a base of this release with an entry."""
    database = Database(url)
    Directory(database).save([an_agency()], [a_theme()])
    EntryStore(database).add_versions([a_new_version()])
    database.close()
    return url


@pytest.fixture
def later_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A release with a further migration; `undo` goes back to this one."""
    shutil.copytree(schemas.MIGRATIONS, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "migrations" / "versions" / "0005_second.py").write_text(SECOND)
    monkeypatch.setattr(schemas, "MIGRATIONS", tmp_path / "migrations")
    _forget_schemas()
    yield monkeypatch
    monkeypatch.undo()
    _forget_schemas()


def _forget_schemas() -> None:
    schemas.newest_schema.cache_clear()
    schemas.known_schemas.cache_clear()


def test_the_first_schema_is_that_of_the_code(url: str) -> None:
    database = Database(url)

    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()


def test_a_later_release_brings_a_base_up_to_date_and_keeps_what_is_there(
    filled: str, later_release: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MigrationPending, match="noa serve"):
        Database(filled, is_read_only=True)

    database = Database(filled)

    assert "motto" in {column["name"] for column in inspect(database.engine).get_columns("agencies")}
    assert EntryStore(database).ids() == ["deposer-une-marque"]
    EntryStore(database).add_versions([a_new_version(expected_version=1, answer="Autrement.")])
    assert AuditStore(database).verify() == []
    database.close()


def test_an_earlier_release_leaves_a_base_of_a_later_one_alone(filled: str, later_release: pytest.MonkeyPatch) -> None:
    Database(filled).close()
    later_release.undo()
    _forget_schemas()

    for is_read_only in (False, True):
        with pytest.raises(StorageUnavailable, match="A newer Noa has changed this database"):
            Database(filled, is_read_only=is_read_only)


def test_a_log_that_is_taken_away_while_a_reader_opens_the_base_keeps_no_one_out(
    backend: str, filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if backend != "sqlite":
        pytest.skip("PostgreSQL keeps its log to itself")
    writer = Database(filled)
    assert EntryStore(writer).ids() == ["deposer-une-marque"]
    connect = sqlite3.connect

    def connect_late(*arguments: Any, **options: Any) -> sqlite3.Connection:
        writer.close()  # after the reader looked for the log, before SQLite opens it
        return connect(*arguments, **options)

    monkeypatch.setattr("noa_rag.storage.database.sqlite3.connect", connect_late)
    assert EntryStore(Database(filled, is_read_only=True)).ids() == ["deposer-une-marque"]


@pytest.mark.parametrize("schema", ["0001", "0030"])
def test_a_base_from_before_the_first_release_is_left_alone_with_the_way_out(filled: str, schema: str) -> None:
    database = Database(filled)
    with database.writing() as connection:
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{schema}'"))

    for is_read_only in (False, True):
        with pytest.raises(StorageUnavailable, match=r"left as it is.*noa knowledge export DIR.*NOA_DATA_DIR"):
            Database(filled, is_read_only=is_read_only)

    with database.reading() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == schema
    assert EntryStore(database).ids() == ["deposer-une-marque"]
    database.close()
