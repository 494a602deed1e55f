"""A PostgreSQL server that crashes under an open database, and comes back."""

import time

import pytest

from noa_rag.domain.errors import StorageUnavailable
from noa_rag.storage.database import Database
from noa_rag.storage.directory import Directory
from noa_rag.storage.entries import EntryStore
from noa_rag.storage.question_log import QuestionStore
from noa_rag.storage.remedies import remedy
from tests.factories import a_new_version, a_recorded_question, a_theme, an_agency
from tests.machines import MISSING, is_installed, postgresql_server

NOTICED_SECONDS = 10


@pytest.mark.parametrize(
    "seen",
    [
        "connection failed: FATAL:  the database system is starting up",
        "FATAL:  the database system is not yet accepting connections",
        "FATAL:  the database system is in recovery mode",
        "server closed the connection unexpectedly",
    ],
)
def test_a_server_that_just_returns_is_to_be_tried_again(seen: str) -> None:
    assert "try again in a moment" in remedy(seen)
    assert "backup" not in remedy(seen)


@pytest.mark.postgresql
@pytest.mark.skipif(not is_installed(), reason=MISSING)
def test_what_was_acknowledged_outlives_a_crash_and_the_database_is_used_again_by_itself() -> None:
    with postgresql_server(fsync="on", synchronous_commit="on", full_page_writes="on") as server:
        database = Database(server.new_database())
        store, log = EntryStore(database), QuestionStore(database)
        Directory(database).save([an_agency()], [a_theme()])
        for number in range(5):
            store.add_versions([a_new_version(f"fiche-{number}")])

        server.kill()

        start = time.monotonic()
        with pytest.raises(StorageUnavailable, match="Start PostgreSQL"):
            store.ids()
        with pytest.raises(StorageUnavailable, match="Start PostgreSQL"):
            log.record(a_recorded_question("q1"))
        assert time.monotonic() - start < NOTICED_SECONDS

        server.start()

        assert store.ids() == [f"fiche-{number}" for number in range(5)]
        log.record(a_recorded_question("q1"))
        database.close()
