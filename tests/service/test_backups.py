"""Backups taken while others write, and what becomes of a data folder when one is restored, or cannot be."""

import json
import shutil
import sqlite3
import threading
import zipfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import select

from noa_rag.domain.errors import NoaError, StorageUnavailable
from noa_rag.domain.question import Ask
from noa_rag.service.backup import DATABASE, MANIFEST, NotABackup, make_backup
from noa_rag.service.downloads import FORMAT
from noa_rag.service.noa import open_noa
from noa_rag.service.records import Records, answer_again, open_records
from noa_rag.service.restore import NotProven, restore_backup
from noa_rag.settings import Settings
from noa_rag.storage.question_tables import answers_given
from tests.databases import BACKENDS, empty_database
from tests.factories import a_new_version, a_theme, an_agency
from tests.fakes import FakeEmbedder

NO_COMMUNES = f"{FORMAT} none\n"
SUBJECTS = ("vitraux", "ruches", "horloges", "girouettes")


class CountingEmbedder(FakeEmbedder):
    """Counts the passages that it is given."""

    passage_count = 0

    def embed_passages(
        self, passages: Sequence[str], *, progress: Callable[[str], None] = lambda message: None
    ) -> NDArray[np.float32]:
        CountingEmbedder.passage_count += len(passages)
        return super().embed_passages(passages, progress=progress)


@pytest.fixture(autouse=True)
def _fake_model(monkeypatch: pytest.MonkeyPatch) -> None:
    use_fake_model(monkeypatch)


def use_fake_model(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("noa", "models"):
        monkeypatch.setattr(f"noa_rag.service.{module}.open_embedder", lambda *arguments, **options: CountingEmbedder())


@pytest.fixture
def backend() -> str:
    """SQLite, whose file is backed up; what is about PostgreSQL names it."""
    return "sqlite"


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with four entries and a question, with places and an evaluation of its own, and a backup of it."""
    folder = tmp_path_factory.mktemp("lived")
    settings = Settings(data_dir=folder / "data", knowledge=Path())
    with pytest.MonkeyPatch.context() as patched:
        use_fake_model(patched)
        records = open_records(settings)
        fill(records, *SUBJECTS)
        noa = open_noa(settings, records=records)
        noa.ask(Ask("Où déclarer mon activité de ruches ?"))
        noa.close()
    (settings.data_dir / "places.tsv").write_text(NO_COMMUNES)
    evaluation = settings.data_dir / "evaluations" / "2026-11-27T10-00-00" / "settings.json"
    evaluation.parent.mkdir(parents=True)
    evaluation.write_text("{}")
    page = settings.data_dir / "pages" / "legal.fr.md"
    page.parent.mkdir()
    page.write_text("# Mentions légales", encoding="utf-8")
    make_backup(settings, folder / "backup.zip")
    return folder


@pytest.fixture
def filled(lived: Path, settings: Settings) -> Settings:
    """Settings over a folder of its own in which a service has lived."""
    shutil.copytree(lived / "data", settings.data_dir)
    return settings


@pytest.fixture
def backup(lived: Path, filled: Settings, tmp_path: Path) -> Path:
    """A backup of that folder."""
    return Path(shutil.copy(lived / "backup.zip", tmp_path))


def fill(records: Records, *subjects: str) -> None:
    records.directory.save([an_agency()], [a_theme()])
    records.entries.add_versions(
        [
            a_new_version(subject, question=f"Où déclarer mon activité de {subject} ?", answer=f"Les {subject}.")
            for subject in subjects
        ]
    )


def rows(database: Path) -> list[str]:
    """Return all that a database holds, as statements."""
    with closing(sqlite3.connect(database)) as connection:
        return list(connection.iterdump())


def files(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder but for the locks, with its content."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def rewritten(backup: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Write the members of a backup anew, changed; the archive itself is whole."""
    with zipfile.ZipFile(backup) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    other = backup.with_name("other.zip")
    with zipfile.ZipFile(other, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return other


def test_a_restored_base_is_the_one_that_was_backed_up(backup: Path, settings: Settings, tmp_path: Path) -> None:
    before = rows(settings.data_dir / DATABASE)
    other = replace(settings, data_dir=tmp_path / "other")

    restored = restore_backup(other, backup)

    assert rows(other.data_dir / DATABASE) == before
    assert (other.data_dir / "places.tsv").read_text() == NO_COMMUNES
    assert (other.data_dir / "evaluations" / "2026-11-27T10-00-00" / "settings.json").is_file()
    assert (other.data_dir / "pages" / "legal.fr.md").read_text(encoding="utf-8") == "# Mentions légales"
    assert restored.asked == "Où déclarer mon activité de girouettes ?"
    assert restored.aside is None
    assert not [path.name for path in other.data_dir.iterdir() if path.name.startswith(".restoring")]


def test_a_backup_under_writes_is_one_state_of_the_base(filled: Settings, tmp_path: Path) -> None:
    stop, database = threading.Event(), tmp_path / "out" / DATABASE

    def write() -> None:  # two rows in each transaction: a copy of two states would hold an odd number
        with closing(sqlite3.connect(filled.data_dir / DATABASE, timeout=30)) as connection:
            number = 0
            while not stop.is_set():
                number += 1
                with connection:
                    connection.executemany("INSERT INTO pairs VALUES (?, ?)", [(number, "x" * 3_000)] * 2)

    with closing(sqlite3.connect(filled.data_dir / DATABASE)) as connection:
        connection.execute("CREATE TABLE pairs (number INTEGER, filling TEXT)")
    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [make_backup(filled, tmp_path / f"{number}.zip") for number in range(5)]
    finally:
        stop.set()
        writer.join()

    for copy in made:
        with zipfile.ZipFile(copy.path) as archive:
            archive.extract(DATABASE, database.parent)
        with closing(sqlite3.connect(database)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            counts = connection.execute("SELECT count(*) FROM pairs GROUP BY number").fetchall()
        assert set(counts) <= {(2,)}
        database.unlink()


def test_a_backup_taken_under_questions_and_approvals_gives_the_same_answers(filled: Settings, tmp_path: Path) -> None:
    noa, stop = open_noa(filled), threading.Event()
    questions = [Ask(f"Où déclarer mon activité de {subject} ?") for subject in (*SUBJECTS, "tambours")]

    def ask() -> None:
        while not stop.is_set():
            for question in questions:
                noa.ask(question)

    visitor = threading.Thread(target=ask)
    visitor.start()
    noa.records.entries.add_versions([a_new_version("tambours", question="Où déclarer mes tambours ?")])
    noa.refresh()
    made = make_backup(filled, tmp_path / "taken.zip")
    stop.set()
    visitor.join()
    there = replace(filled, data_dir=tmp_path / "there")
    restore_backup(there, made.path)

    restored = open_noa(there)
    with restored.records.database.reading() as connection:
        recorded = list(connection.execute(select(answers_given.c.question_id)).scalars())[-20:]
    assert recorded
    for question_id in recorded:
        assert answer_again(restored.records, question_id) == answer_again(noa.records, question_id)
    for question in questions:
        assert restored.ask(question).entry == noa.ask(question).entry
    restored.close()
    noa.close()


def test_what_was_there_stays_aside_and_its_journal_does_not_touch_what_is_restored(
    backup: Path, settings: Settings
) -> None:
    backed_up = rows(settings.data_dir / DATABASE)
    later = sqlite3.connect(settings.data_dir / DATABASE)  # dies with what it wrote in the journal alone
    later.execute("PRAGMA wal_autocheckpoint = 0")
    later.execute("UPDATE agencies SET name = 'later'")
    later.commit()

    restored = restore_backup(settings, backup)
    later.close()

    assert rows(settings.data_dir / DATABASE) == backed_up
    assert restored.aside is not None
    with closing(sqlite3.connect(restored.aside / DATABASE)) as connection:
        assert connection.execute("SELECT DISTINCT name FROM agencies").fetchall() == [("later",)]


def test_a_folder_that_a_service_uses_is_refused_and_left_alone(backup: Path, settings: Settings) -> None:
    records = open_records(settings)
    before = files(settings.data_dir)

    with pytest.raises(NoaError, match="is in use: stop the service"):
        restore_backup(settings, backup)

    assert files(settings.data_dir) == before
    records.close()
    restore_backup(settings, backup)


def _cut(backup: Path) -> Path:
    backup.write_bytes(backup.read_bytes()[: backup.stat().st_size // 2])
    return backup


def _newer(backup: Path) -> Path:
    def change(members: dict[str, bytes]) -> None:
        manifest = json.loads(members[MANIFEST])
        manifest["state"]["schema"], manifest["noa"] = "0999_of_tomorrow", "9.0"
        members[MANIFEST] = json.dumps(manifest).encode()

    return rewritten(backup, change)


def _of_development(backup: Path) -> Path:
    def change(members: dict[str, bytes]) -> None:
        manifest = json.loads(members[MANIFEST])
        manifest["state"]["schema"] = "0030"
        members[MANIFEST] = json.dumps(manifest).encode()

    return rewritten(backup, change)


def _changed(backup: Path) -> Path:
    return rewritten(backup, lambda members: members.update({"places.tsv": b"other"}))


def _climbing(backup: Path) -> Path:
    def change(members: dict[str, bytes]) -> None:
        members["../places.tsv"] = members.pop("places.tsv")
        members[MANIFEST] = members[MANIFEST].replace(b'"places.tsv"', b'"../places.tsv"')

    return rewritten(backup, change)


def damaged(backup: Path, member: str) -> Path:
    """Turn one byte over in the middle of a member, whose name may be cut after a beginning that no other has."""
    with zipfile.ZipFile(backup) as archive:
        (file,) = [file for file in archive.infolist() if file.filename.startswith(member)]
    content = bytearray(backup.read_bytes())
    content[file.header_offset + 30 + len(file.filename) + file.compress_size // 2] ^= 0x01
    backup.write_bytes(content)
    return backup


def _damaged_database(backup: Path) -> Path:
    return damaged(backup, DATABASE)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_cut, "cut short"),
        (_newer, "made by Noa 9.0, a newer one"),
        (_of_development, "noa knowledge export DIR"),
        (_changed, "places.tsv in the backup is not what was backed up"),
        (_climbing, "outside of the data folder"),
        (_damaged_database, "damaged"),
        (lambda backup: backup.with_name("missing.zip"), "cannot be read: No such file"),
    ],
)
def test_a_backup_that_cannot_be_trusted_is_told_and_changes_nothing(
    spoil: Callable[[Path], Path], told: str, backup: Path, settings: Settings
) -> None:
    before = files(settings.data_dir)

    with pytest.raises(NotABackup, match=told):
        restore_backup(settings, spoil(backup))

    assert files(settings.data_dir) == before


@pytest.mark.parametrize("spoil", [damaged, lambda backup, cache: rewritten(backup, partial(_emptied, cache))])
def test_a_damaged_cache_is_left_out_of_what_is_restored_and_made_anew(
    spoil: Callable[[Path, str], Path], backup: Path, settings: Settings, tmp_path: Path
) -> None:
    before = rows(settings.data_dir / DATABASE)
    CountingEmbedder.passage_count = 0
    other = replace(settings, data_dir=tmp_path / "other")

    restored = restore_backup(other, spoil(backup, "index/vectors-"))

    assert rows(other.data_dir / DATABASE) == before
    assert restored.asked == "Où déclarer mon activité de girouettes ?"
    assert CountingEmbedder.passage_count > 0
    assert sum(path.name.startswith("vectors-") for path in (other.data_dir / "index").glob("*.db")) == 1


def _emptied(beginning: str, members: dict[str, bytes]) -> None:
    members.update({name: b"" for name in members if name.startswith(beginning)})


def test_a_base_whose_texts_are_not_those_that_were_approved_is_not_restored(filled: Settings, tmp_path: Path) -> None:
    with closing(sqlite3.connect(filled.data_dir / DATABASE)) as connection, connection:
        connection.execute("DROP TRIGGER entry_versions_no_update")
        connection.execute("UPDATE entry_versions SET content = replace(content, 'ruches', 'cruches')")
    made = make_backup(filled, tmp_path)
    before = files(filled.data_dir)

    with pytest.raises(NotProven, match="the text of version 1 of `ruches` is not the one that was approved"):
        restore_backup(filled, made.path)

    assert files(filled.data_dir) == before


def test_a_damaged_database_is_not_backed_up_as_if_it_were_sound(filled: Settings, tmp_path: Path) -> None:
    path = filled.data_dir / DATABASE
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 8_192] = b"\xa5" * 8_192
    path.write_bytes(content)

    with pytest.raises(StorageUnavailable, match=r"damaged|cannot be copied"):
        make_backup(filled, tmp_path)

    assert not list(tmp_path.glob("*.zip"))
    assert not list(tmp_path.glob(".noa-backup-*"))


def test_a_backup_never_replaces_a_file(filled: Settings, tmp_path: Path) -> None:
    (tmp_path / "kept.zip").write_text("kept")

    with pytest.raises(NoaError, match="exists already"):
        make_backup(filled, tmp_path / "kept.zip")

    assert (tmp_path / "kept.zip").read_text() == "kept"


@pytest.mark.parametrize("backend", [engine for engine in BACKENDS if engine != "sqlite"])
def test_a_base_on_postgresql_comes_back_in_an_empty_database(backend: str, settings: Settings, tmp_path: Path) -> None:
    with empty_database(backend, tmp_path) as first, empty_database(backend, tmp_path) as other:
        source = replace(settings, database_url=first)
        records = open_records(source)
        fill(records, *SUBJECTS)
        head = records.audit.head()
        made = make_backup(source, tmp_path)

        with pytest.raises(NoaError, match="Make an empty one"):
            restore_backup(replace(source, data_dir=tmp_path / "other"), made.path)
        restored = restore_backup(replace(source, data_dir=tmp_path / "other", database_url=other), made.path)

        records.close()
        assert restored.asked
        there = open_records(replace(source, data_dir=tmp_path / "other", database_url=other))
        assert there.audit.head() == head
        there.close()
