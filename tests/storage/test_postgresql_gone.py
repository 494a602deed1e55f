"""A PostgreSQL server that crashes under an open database, and comes back."""

import time

import pytest

from noa_rag.domain.errors import StorageUnavailable
from noa_rag.storage.database import Database
from noa_rag.storage.directory import Directory
from noa_rag.storage.entries import EntryStore
from noa_rag.storage.question_log import QuestionStore
from tests.databases import NEEDS_POSTGRESQL
from tests.factories import a_new_version, a_recorded_question, a_theme, an_agency
from tests.machines import postgresql_server

pytestmark = NEEDS_POSTGRESQL
NOTICED_SECONDS = 10


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
