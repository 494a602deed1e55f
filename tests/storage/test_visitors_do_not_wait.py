"""What a visitor's write does behind another writer: it gives up soon, and may be tried again."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select, text

from noa_rag.domain.errors import StorageUnavailable
from noa_rag.storage.database import BUSY_TIMEOUT_MILLISECONDS, Database
from noa_rag.storage.question_log import QuestionStore
from noa_rag.storage.question_tables import questions
from tests.databases import BACKENDS, empty_database
from tests.factories import a_recorded_question

LONGEST_SECONDS = 2.0


@pytest.fixture(params=BACKENDS)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with empty_database(request.param, tmp_path) as url:
        database = Database(url)
        yield database
        database.close()


def test_a_locked_table_is_told_within_two_seconds_and_written_to_once_it_is_free(opened: Database) -> None:
    log = QuestionStore(opened)
    other = create_engine(opened.url)
    with other.connect() as connection:
        connection.execute(text("BEGIN IMMEDIATE" if opened.is_sqlite else "LOCK TABLE questions IN EXCLUSIVE MODE"))

        start = time.monotonic()
        with pytest.raises(StorageUnavailable, match=r"lock"):
            log.record(a_recorded_question("q1"))
        assert time.monotonic() - start < LONGEST_SECONDS
        connection.rollback()
    other.dispose()

    log.record(a_recorded_question("q1"))
    log.record(a_recorded_question("q1"))  # as when it is not known whether the first write came through

    with opened.reading() as connection:
        assert connection.execute(select(func.count()).select_from(questions)).scalar_one() == 1


def test_a_visitor_s_short_wait_is_not_passed_on_to_the_next_writer(database: Database) -> None:
    QuestionStore(database).record(a_recorded_question("q1"))

    with database.writing() as connection:
        assert connection.execute(text("PRAGMA busy_timeout")).scalar_one() == BUSY_TIMEOUT_MILLISECONDS
