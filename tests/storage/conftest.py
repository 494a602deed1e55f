"""A base for each test on each engine, with an agency and a theme to hang entries on."""

from collections.abc import Iterator

import pytest

from noa_rag.storage.database import Database
from noa_rag.storage.directory import Directory
from noa_rag.storage.entries import EntryStore
from tests.databases import BACKENDS
from tests.factories import a_theme, an_agency


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database(base_url: str) -> Iterator[Database]:
    database = Database(base_url)
    Directory(database).save([an_agency()], [a_theme()])
    yield database
    database.close()


@pytest.fixture
def store(database: Database) -> EntryStore:
    return EntryStore(database)


@pytest.fixture
def directory(database: Database) -> Directory:
    return Directory(database)
