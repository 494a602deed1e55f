"""Opening the database: its schema, what SQLite is told, and what a person is told when it cannot be used."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from filelock import FileLock
from sqlalchemy import select, text

from noa_rag.domain.errors import StorageUnavailable
from noa_rag.service.records import check_data_dir, open_records
from noa_rag.settings import Settings
from noa_rag.storage.database import Database
from noa_rag.storage.directory import Directory
from noa_rag.storage.entries import EntryStore
from noa_rag.storage.tables import base
from tests.factories import a_new_version, an_agency

NOBODY = 65534
PROCESSES = 4


@pytest.fixture
def folder_for_all() -> Iterator[Path]:
    """A folder that every account may enter, unlike pytest's own."""
    with TemporaryDirectory(prefix="noa-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def address(path: Path) -> str:
    return f"sqlite:///{path}"


def test_a_new_base_has_revision_zero_and_no_entry(tmp_path: Path) -> None:
    database = Database(address(tmp_path / "noa.db"))

    assert EntryStore(database).changed_since(-1) == (0, [])
    database.close()


@pytest.mark.sqlite
def test_sqlite_checks_foreign_keys_and_lets_readers_go_on_while_one_writes(database: Database) -> None:
    with database.reading() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2  # FULL: on the disk when acknowledged
        assert connection.execute(text("PRAGMA busy_timeout")).scalar_one() == 10_000
        assert connection.execute(text("PRAGMA secure_delete")).scalar_one() == 1

    with database.writing() as writer, database.reading() as reader:
        writer.execute(base.update().values(revision=41))
        assert reader.execute(select(base.c.revision)).scalar_one() == 1


def test_a_failed_change_leaves_nothing_behind(database: Database, store: EntryStore) -> None:
    def fail_halfway() -> None:
        with database.writing() as connection:
            connection.execute(base.update().values(revision=41))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()

    assert store.revision() == 1


def test_a_process_that_starts_waits_for_the_one_before_without_touching_the_file(tmp_path: Path) -> None:
    path = tmp_path / "noa.db"  # SQLite says "database is locked" at once to two that switch to WAL together

    with ThreadPoolExecutor(1) as pool:
        with FileLock(f"{path}.lock"):
            opening = pool.submit(Database, address(path))
            touched = wait([opening], timeout=0.3).done or path.exists()
        opening.result(timeout=60).close()

    assert not touched
    assert path.exists()


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\x00" + b"\xff" * 5_000])
def test_a_damaged_file_is_told_with_the_way_out(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "noa.db").write_bytes(content)

    with pytest.raises(StorageUnavailable, match=r"noa\.db cannot be used: .*[Rr]estore it from a backup"):
        Database(address(tmp_path / "noa.db"))

    assert (tmp_path / "noa.db").read_bytes() == content


def test_damage_met_while_reading_is_told_too(tmp_path: Path) -> None:
    path = tmp_path / "noa.db"
    database = Database(address(path))
    Directory(database).save([an_agency()], [])
    EntryStore(database).add_versions([a_new_version(f"e-{number}") for number in range(200)])
    database.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))

    with pytest.raises(StorageUnavailable, match="restore it from a backup"):
        EntryStore(Database(address(path))).changed_since(-1)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("garbage", r"NOA_DATABASE_URL is not a database address such as postgresql"),
        ("nosuchdatabase://host/noa", r"nosuchdatabase.*Check NOA_DATABASE_URL"),
        ("mysql+nosuchdriver://host/noa", r"Check NOA_DATABASE_URL"),
        ("sqlite:////no/such/folder/noa.db", r"unable to open database file.*NOA_DATA_DIR"),
    ],
)
def test_an_address_that_leads_nowhere_is_told(url: str, words: str) -> None:
    with pytest.raises(StorageUnavailable, match=words):
        Database(url)


@pytest.mark.parametrize("url", ["garbage:hunter2@", "nosuchdatabase://noa:hunter2@host/noa"])
def test_a_password_is_never_repeated(url: str) -> None:
    with pytest.raises(StorageUnavailable) as caught:
        Database(url)

    assert "hunter2" not in str(caught.value)


def test_a_driver_that_is_not_installed_is_named() -> None:
    with pytest.raises(StorageUnavailable, match=r"pg8000.*Install that driver beside Noa"):
        Database("postgresql+pg8000://host/noa")


def test_a_file_where_the_data_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")

    for attempt in (check_data_dir, lambda folder: open_records(Settings(data_dir=folder))):
        with pytest.raises(StorageUnavailable, match=r"data cannot be written.*NOA_DATA_DIR"):
            attempt(tmp_path / "data")


def test_a_read_only_folder_is_told(folder_for_all: Path) -> None:
    folder = folder_for_all

    said = as_nobody(folder, lambda: open_records(Settings(data_dir=folder)))

    assert "cannot be written: Permission denied" in said
    assert "set NOA_DATA_DIR to another folder" in said
    assert list(folder.iterdir()) == []


def test_a_read_only_database_is_told(folder_for_all: Path) -> None:
    folder = folder_for_all
    open_records(Settings(data_dir=folder)).close()

    said = as_nobody(folder, lambda: EntryStore(Database(address(folder / "noa.db"))).add_versions([a_new_version()]))

    assert "noa.db cannot be used" in said
    assert "Let the account that runs Noa write to the data folder" in said


@pytest.mark.sqlite
def test_a_full_disk_is_told_and_loses_nothing(database: Database, store: EntryStore) -> None:
    store.add_versions([a_new_version()])
    with database.reading() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    database.close()
    full = Database(str(database.url))
    with full.engine.connect() as connection:
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))

    with pytest.raises(StorageUnavailable, match=r"full\. Free disk space"):
        EntryStore(full).add_versions([a_new_version("longue", answer="a" * 500_000)])

    assert EntryStore(full).ids() == ["deposer-une-marque"]
    full.close()


def as_nobody(folder: Path, attempt: Callable[[], object]) -> str:
    """Return what a child process is told that may read the folder but not write into it."""
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        if os.geteuid() == 0:  # root writes into read-only folders
            os.setegid(NOBODY)
            os.seteuid(NOBODY)
        os.write(writing, _what_is_told(attempt).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    folder.chmod(0o755)
    return said


def _what_is_told(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except StorageUnavailable as error:
        return str(error)
    except BaseException as error:
        return f"not told in words: {error!r}"
    return "nothing"
