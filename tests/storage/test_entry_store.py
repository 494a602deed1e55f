"""Entry versions in the database: never changed, never lost, one winner when two people race."""

import threading
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, text

from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import StorageUnavailable, VersionConflict
from noa_rag.storage import database as database_module
from noa_rag.storage.database import Database
from noa_rag.storage.directory import LibraryStore
from noa_rag.storage.entries import EntryStore
from noa_rag.storage.tables import entry_versions
from tests.factories import a_new_version, an_entry_content

ID = EntryId("deposer-une-marque")
ROUNDS = 200
RACERS = 4


def rows_of(database: Database) -> list[tuple[object, ...]]:
    query = select(entry_versions).order_by(entry_versions.c.entry_id, entry_versions.c.version)
    with database.reading() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_later_versions_leave_earlier_rows_untouched(database: Database, store: EntryStore) -> None:
    store.add_versions([a_new_version()])
    before = rows_of(database)

    store.add_versions([a_new_version(expected_version=1, answer="Autre réponse.")])
    store.withdraw(ID, author="camille", note="", at=datetime.now(UTC))
    store.add_versions([a_new_version(expected_version=3)])

    assert rows_of(database)[: len(before)] == before
    assert [(entry.version, entry.status.value) for entry in store.history(ID)] == [
        (1, "approved"),
        (2, "approved"),
        (3, "withdrawn"),
        (4, "approved"),
    ]


def test_ids_are_found_in_several_chunks(store: EntryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "IDS_AT_ONCE", 5)
    ids = [EntryId(f"entree-{number}") for number in range(13)]
    store.add_versions([a_new_version(entry_id) for entry_id in ids])

    assert set(store.current(ids)) == set(store.ids()) == set(ids)
    assert len(store.in_force(ids, date(2026, 12, 31))) == 13


def test_exactly_one_of_several_racing_changes_wins_each_round(store: EntryStore) -> None:
    store.add_versions([a_new_version()])
    start_together = threading.Barrier(RACERS)
    wins: list[list[int]] = [[] for _ in range(RACERS)]
    strange: list[Exception] = []

    def race(racer: int) -> None:
        for round_number in range(1, ROUNDS + 1):
            start_together.wait(timeout=30)
            try:
                store.add_versions([a_new_version(expected_version=round_number, author=f"{racer}")])
                wins[racer].append(round_number)
            except VersionConflict:
                pass
            except Exception as error:
                strange.append(error)

    threads = [threading.Thread(target=race, args=(racer,)) for racer in range(RACERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert strange == []
    assert sorted(number for won in wins for number in won) == list(range(1, ROUNDS + 1))
    history = store.history(ID)
    assert [entry.version for entry in history] == list(range(1, ROUNDS + 2))
    assert all(entry.version - 1 in wins[int(entry.author)] for entry in history[1:])


def test_racing_first_versions_leave_one_entry(store: EntryStore) -> None:
    outcomes: list[str] = []

    def create() -> None:
        try:
            store.add_versions([a_new_version()])
            outcomes.append("won")
        except VersionConflict:
            outcomes.append("lost")

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["lost"] * 7 + ["won"]
    assert len(store.history(ID)) == 1


def test_an_entry_of_an_unknown_agency_is_refused(store: EntryStore) -> None:
    with pytest.raises(StorageUnavailable, match=r"(?i)foreign key"):
        store.add_versions([a_new_version(agency_id="inconnue")])

    assert store.ids() == []


def test_an_agency_with_entries_cannot_be_deleted(database: Database, store: EntryStore) -> None:
    store.add_versions([a_new_version()])

    with pytest.raises(StorageUnavailable, match=r"(?i)foreign key"), database.writing() as connection:
        connection.execute(text("DELETE FROM agencies"))


def test_library_texts_are_no_entries(database: Database, store: EntryStore) -> None:
    library = LibraryStore(database)
    content = an_entry_content()

    assert library.save([(ID, content), (EntryId("autre"), content)]) == 2
    assert library.save([(ID, content)]) == 0
    assert library.save([(ID, an_entry_content(answer="Autre."))]) == 1

    assert library.count() == 2
    assert library.get(ID) == an_entry_content(answer="Autre.")
    assert library.get(EntryId("inconnue")) is None
    assert store.changed_since(-1)[1] == []
