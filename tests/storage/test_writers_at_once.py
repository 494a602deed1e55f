"""What several processes or threads do to one base at the same moment."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import StorageUnavailable
from noa_rag.storage.database import VISITOR_TIMEOUT_MILLISECONDS, Database
from noa_rag.storage.entries import EntryStore
from noa_rag.storage.question_log import QuestionStore, ReferenceStore
from tests.databases import POSTGRESQL, empty_database
from tests.factories import a_new_version, a_recorded_question

ROUNDS, AT_ONCE = 10, 4


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other work on the machine may keep a visitor's write from ending in a quarter of a second."""
    monkeypatch.setattr("noa_rag.storage.question_log.VISITOR_TIMEOUT_MILLISECONDS", 5_000)


def at_once(call: Callable[[], Any]) -> list[Any]:
    """Call something from several threads at the same moment; an error in one of them is raised."""
    barrier = Barrier(AT_ONCE, timeout=60)

    def wait_and_call() -> Any:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [future.result() for future in [pool.submit(wait_and_call) for _ in range(AT_ONCE)]]


def test_a_button_pressed_twice_records_one_feedback_and_fails_for_nobody(database: Database) -> None:
    log = QuestionStore(database)

    for number in range(ROUNDS):
        log.record(a_recorded_question(f"q{number}"))
        at_once(lambda n=number: log.record_feedback(f"q{n}", is_useful=True, reason=None, comment=""))  # type: ignore[misc]


def test_a_question_written_twice_at_once_is_there_once(database: Database) -> None:
    log = QuestionStore(database)

    for number in range(ROUNDS):
        at_once(lambda n=number: log.record(a_recorded_question(f"q{n}")))  # type: ignore[misc]


def test_a_question_has_one_reference_number_whoever_asks_for_it_at_once(database: Database) -> None:
    log, references = QuestionStore(database), ReferenceStore(database)

    for number in range(ROUNDS):
        log.record(a_recorded_question(f"q{number}"))
        assert len(set(at_once(lambda n=number: references.keep(f"q{n}")))) == 1  # type: ignore[misc]


def test_new_entries_get_revisions_in_the_order_in_which_they_can_be_read(database: Database) -> None:
    store, names = EntryStore(database), iter(range(10_000))

    def add() -> int:
        return store.add_versions([a_new_version(f"fiche-{next(names)}")])

    seen = 0
    for _ in range(ROUNDS):
        revisions = at_once(add)
        revision, changed = store.changed_since(seen)
        assert revision == max(revisions)
        assert len(changed) == (AT_ONCE if seen else store.revision() - 1)
        seen = revision

    assert len(store.ids()) == ROUNDS * AT_ONCE


def test_processes_that_start_on_an_empty_database_at_once_make_one_schema(backend: str, tmp_path: Path) -> None:
    with empty_database(backend, tmp_path) as url:
        opened = at_once(lambda: Database(url))

        assert {EntryStore(path).revision() for path in opened} == {0}
        for path in opened:
            path.close()


def test_only_one_at_a_time_does_what_is_to_be_done_alone(database: Database) -> None:
    inside: list[int] = []

    def work() -> int:
        with database.alone("setup"):
            inside.append(1)
            seen = len(inside)
            time.sleep(0.02)
            inside.pop()
        return seen

    assert at_once(work) == [1] * AT_ONCE


@pytest.mark.parametrize("backend", POSTGRESQL)
def test_visitors_do_not_wait_for_an_import(database: Database) -> None:
    log = QuestionStore(database)

    with database.writing():
        log.record(a_recorded_question("q1"))


def test_a_writer_gives_up_behind_another_after_its_own_time(database: Database) -> None:
    def write() -> None:
        with database.writing(timeout_milliseconds=VISITOR_TIMEOUT_MILLISECONDS):
            pass

    with database.writing(timeout_milliseconds=VISITOR_TIMEOUT_MILLISECONDS):
        start = time.monotonic()
        with pytest.raises(StorageUnavailable, match="Another process is writing"):
            write()
        assert 0.2 < time.monotonic() - start < 5


def test_an_approval_is_seen_by_a_reader_that_began_after_it_and_by_none_that_began_before(database: Database) -> None:
    store, entry_id = EntryStore(database), EntryId("deposer-une-marque")
    store.add_versions([a_new_version()])

    with database.reading() as connection:
        before = connection.exec_driver_sql("SELECT max(version) FROM entry_versions").scalar_one()
        store.add_versions([a_new_version(expected_version=1, answer="Autrement.")])
        still = connection.exec_driver_sql("SELECT max(version) FROM entry_versions").scalar_one()

    assert (before, still, store.current([entry_id])[entry_id].version) == (1, 1, 2)
