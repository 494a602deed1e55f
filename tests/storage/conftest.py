"""One SQLite base a test, with an agency and a theme to hang entries on."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from noa_rag.storage.database import Database
from noa_rag.storage.directory import Directory
from noa_rag.storage.entries import EntryStore
from tests.factories import a_theme, an_agency


@pytest.fixture
def database(tmp_path: Path, empty_base: Path) -> Iterator[Database]:
    shutil.copy(empty_base, tmp_path)
    database = Database(f"sqlite:///{tmp_path / 'noa.db'}")
    Directory(database).save([an_agency()], [a_theme()])
    yield database
    database.close()


@pytest.fixture
def store(database: Database) -> EntryStore:
    return EntryStore(database)


@pytest.fixture
def directory(database: Database) -> Directory:
    return Directory(database)
