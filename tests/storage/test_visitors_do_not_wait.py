"""What a visitor's write does behind another writer: it gives up soon, and may be tried again."""

import time

import pytest
from sqlalchemy import create_engine, func, select, text

from noa_rag.domain.errors import StorageUnavailable
from noa_rag.storage.database import BUSY_TIMEOUT_MILLISECONDS, Database
from noa_rag.storage.question_log import QuestionStore
from noa_rag.storage.question_tables import questions
from tests.factories import a_recorded_question

LONGEST_SECONDS = 2.0


def test_a_locked_table_is_told_within_two_seconds_and_written_to_once_it_is_free(database: Database) -> None:
    log = QuestionStore(database)
    other = create_engine(database.url)
    with other.connect() as connection:
        connection.execute(text("BEGIN IMMEDIATE" if database.is_sqlite else "LOCK TABLE questions IN EXCLUSIVE MODE"))

        start = time.monotonic()
        with pytest.raises(StorageUnavailable, match=r"lock"):
            log.record(a_recorded_question("q1"))
        assert time.monotonic() - start < LONGEST_SECONDS
        connection.rollback()
    other.dispose()

    log.record(a_recorded_question("q1"))
    log.record(a_recorded_question("q1"))  # as when it is not known whether the first write came through

    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(questions)).scalar_one() == 1


@pytest.mark.sqlite
def test_a_visitor_s_short_wait_is_not_passed_on_to_the_next_writer(database: Database) -> None:
    QuestionStore(database).record(a_recorded_question("q1"))

    with database.writing() as connection:
        assert connection.execute(text("PRAGMA busy_timeout")).scalar_one() == BUSY_TIMEOUT_MILLISECONDS
