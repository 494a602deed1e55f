"""Damaged pages of the records are found while the database still opens and answers."""

from pathlib import Path

import pytest

from noa_rag.domain.errors import StorageUnavailable
from noa_rag.storage.database import Database

PAGE_BYTES = 4096


def a_filled_database(path: Path) -> Database:
    database = Database(f"sqlite:///{path}")
    with database.writing() as connection:
        for number in range(400):
            connection.exec_driver_sql(
                "INSERT INTO agencies (id, name, short_name, url, remit) VALUES (?, ?, ?, ?, ?)",
                (f"a{number}", "n" * 200, "a", "https://a.fr", ""),
            )
    with database.reading() as connection:
        connection.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[attr-defined]
    return database


def test_a_sound_database_passes(tmp_path: Path) -> None:
    database = a_filled_database(tmp_path / "noa.db")

    database.check()
    database.close()


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9])
def test_bad_pages_are_told_with_what_to_do(tmp_path: Path, share: float) -> None:
    database = a_filled_database(tmp_path / "noa.db")
    with (tmp_path / "noa.db").open("r+b") as file:
        page_count = file.seek(0, 2) // PAGE_BYTES
        file.seek(int(page_count * share) * PAGE_BYTES)
        file.write(b"\xa5" * 3 * PAGE_BYTES)

    with pytest.raises(StorageUnavailable, match="restore it from a"):
        database.check()
    with database.reading() as connection:  # what it answers otherwise, and why nobody noticed
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    database.close()


def test_a_file_cut_short_is_told(tmp_path: Path) -> None:
    database = a_filled_database(tmp_path / "noa.db")
    whole = (tmp_path / "noa.db").read_bytes()
    (tmp_path / "noa.db").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(StorageUnavailable, match="restore it from a"):
        database.check()
    database.close()
