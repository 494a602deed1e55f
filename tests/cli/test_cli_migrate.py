"""`noa migrate`: what is printed, and what is refused."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from noa_rag.service.records import open_records
from noa_rag.settings import Settings
from noa_rag.storage.database import Database
from noa_rag.storage.entries import EntryStore
from tests.factories import a_new_version, a_theme, an_agency

Command = Any


@pytest.fixture
def filled(settings: Settings) -> str:
    """The address of a base with an entry."""
    records = open_records(settings)
    records.directory.save([an_agency()], [a_theme()])
    records.entries.add_versions([a_new_version()])
    records.close()
    return settings.effective_database_url


def test_a_base_is_moved_to_a_file_with_its_counts_and_checksums(noa: Command, filled: str, tmp_path: Path) -> None:
    outcome = noa("migrate", filled, tmp_path / "moved.db")

    assert outcome.status == 0
    counted = {line.split()[0]: line.split()[1] for line in outcome.out.splitlines()}
    assert (counted["entries"], counted["audit"], counted["questions"]) == ("1", "1", "0")
    assert outcome.out.endswith("and the audit holds. Set NOA_DATABASE_URL to the target.\n")
    moved = Database(f"sqlite:///{tmp_path / 'moved.db'}")
    assert EntryStore(moved).ids() == ["deposer-une-marque"]
    moved.close()


def test_a_second_move_into_the_same_base_is_refused(noa: Command, filled: str, tmp_path: Path) -> None:
    noa("migrate", filled, tmp_path / "moved.db")

    outcome = noa("migrate", filled, tmp_path / "moved.db")

    assert (outcome.status, outcome.out) == (1, "")
    assert "is not empty" in outcome.err
    assert "nothing was moved" in outcome.err


def test_an_audit_that_does_not_hold_is_told_with_status_1(noa: Command, filled: str, tmp_path: Path) -> None:
    database = Database(filled)
    with database.writing() as connection:
        connection.execute(text("UPDATE entries SET current_version = 7"))
    database.close()

    outcome = noa("migrate", filled, tmp_path / "moved.db")

    assert outcome.status == 1
    assert "audit: `deposer-une-marque` is served at version 7, its newest is 1" in outcome.out
    assert "the audit does not hold" in outcome.err
