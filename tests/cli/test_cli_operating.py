"""`noa setup`, `noa doctor` and `noa index`, on sound and on damaged data folders."""

import multiprocessing
import os
import re
import shutil
import socket
import sqlite3
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect

from noa_rag.cli import doctor
from noa_rag.domain.entry import EntryId
from noa_rag.knowledge.pack import Pack, write_pack
from noa_rag.retrieval.bundled_model import bundled_model_folder
from noa_rag.retrieval.calibration import read_calibration
from noa_rag.service.downloads import htmx_path, places_path
from noa_rag.service.records import open_records
from noa_rag.settings import Settings
from noa_rag.storage.database import Database
from tests import databases
from tests.factories import a_new_version, a_theme, an_agency, an_entry_content

Command = Any
NOBODY = 65_534
pytestmark = pytest.mark.usefixtures("fake_model")


def calibrate_on(monkeypatch: pytest.MonkeyPatch, *names: str, **figures: object) -> None:
    """Let the calibration know these entries."""
    known = tuple(EntryId(name) for name in names)
    calibration = replace(read_calibration(), known_entries=known, figures=figures)
    monkeypatch.setattr("noa_rag.cli.doctor.read_calibration", lambda: calibration)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the doctor take its time on a machine that is busy."""
    monkeypatch.setattr("noa_rag.cli.doctor.LOOK_SECONDS", None)


@pytest.fixture(autouse=True)
def fetched(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the data folder hold what set-up fetches and unpacks."""
    for path in (htmx_path(settings), places_path(settings), bundled_model_folder(settings.models_dir) / "model"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("places 1 here\nannecy\t-;Annecy|FR-74|130000\n")
    monkeypatch.setattr("noa_rag.cli.doctor.find_damage", lambda folder, thorough: [])


def fill(settings: Settings, *names: str) -> None:
    records = open_records(settings)
    records.directory.save([an_agency()], [a_theme()])
    records.entries.add_versions([a_new_version(name, question=f"Qu'est-ce que {name} ?") for name in names])
    records.close()


@pytest.fixture
def filled(noa: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`noa` over a base that one entry fills, set up."""
    calibrate_on(monkeypatch, "deposer-une-marque")
    entries = (("deposer-une-marque", an_entry_content()),)
    write_pack(Pack((an_agency(),), (a_theme(),), entries), tmp_path / "pack")  # type: ignore[arg-type]
    monkeypatch.setenv("NOA_KNOWLEDGE", str(tmp_path / "pack"))
    assert noa("setup").status == 0
    return noa


@pytest.mark.parametrize("command", [["ask", "Comment déposer une marque ?"], ["setup"], ["index", "check"]])
def test_a_general_contact_that_is_no_agency_of_the_base_stops_the_command(
    filled: Command, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("NOA_GENERAL_CONTACT", "ministere")

    outcome = filled(*command)

    assert outcome.status == 1
    assert "noa: NOA_GENERAL_CONTACT is 'ministere'; use one of inpi.\n" in outcome.err


def state_of(folder: Path) -> dict[str, object]:
    return {
        str(path): (path.stat().st_mtime_ns, path.is_file() and path.read_bytes())
        for path in (folder, *folder.rglob("*"))
    }


def line_of(noa: Command, part: str) -> str:
    (line,) = [line for line in noa("doctor").out.splitlines() if f"  {part}: " in line]
    return str(line.strip())


@pytest.mark.parametrize("leftover", [False, True])
def test_doctor_changes_nothing(filled: Command, settings: Settings, leftover: bool) -> None:
    if leftover:  # of a service that was killed
        records = open_records(settings)
        records.banners.switch_off(actor="test")
        for path in settings.data_dir.glob("noa.db*"):
            shutil.copy2(path, settings.data_dir.parent)
        records.close()
        for path in settings.data_dir.parent.glob("noa.db*"):
            shutil.copy2(path, settings.data_dir)
    before = state_of(settings.data_dir)

    assert filled("doctor").status == 0
    assert state_of(settings.data_dir) == before


def test_doctor_says_what_to_do_in_a_folder_that_was_not_set_up(noa: Command, settings: Settings) -> None:
    settings.data_dir.rename(settings.data_dir.with_name("elsewhere"))
    missing = noa("doctor")
    settings.data_dir.mkdir()
    empty = noa("doctor")

    assert (missing.status, empty.status) == (1, 1)
    (line,) = missing.out.splitlines()
    assert "NOT WELL  data folder: The data folder" in line
    assert "is missing: `noa setup` makes one" in line
    for part in ("embedding model", "htmx", "places"):
        assert re.search(rf"NOT WELL  {part}: .*`noa setup`", empty.out)
    assert list(settings.data_dir.iterdir()) == []


@pytest.mark.sqlite
def test_doctor_says_in_one_line_that_the_folder_is_another_accounts(
    filled: Command, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOA_KNOWLEDGE", "")
    if os.geteuid() == 0:
        settings.data_dir.chmod(0o700)
        os.seteuid(NOBODY)
    else:
        settings.data_dir.chmod(0)
    try:
        outcome = filled("doctor")
    finally:
        os.seteuid(os.getuid())
        settings.data_dir.chmod(0o700)

    assert outcome.status == 1
    (line,) = outcome.out.splitlines()
    assert line.startswith("NOT WELL  data folder: The data folder")
    assert "run this as the account that runs Noa" in line


@pytest.mark.sqlite
@pytest.mark.parametrize("is_empty", [False, True])
def test_a_lost_base_is_not_taken_for_a_new_one(filled: Command, settings: Settings, is_empty: bool) -> None:
    assert filled("backup", settings.data_dir.parent / "kept.zip").status == 0
    for path in settings.data_dir.glob("noa.db*"):
        path.unlink()
    if is_empty:  # what an earlier release's doctor left
        Database(settings.effective_database_url).close()
    before = state_of(settings.data_dir)

    line, setting_up = line_of(filled, "database"), filled("setup")
    asking = filled("ask", "Comment déposer une marque ?")

    assert line.startswith(f"NOT WELL  database: The base is missing in sqlite:///{settings.data_dir}/noa.db")
    assert "`noa restore FILE`" in line
    for outcome in (setting_up, asking):
        assert outcome.status == 1
        assert "index/served" in outcome.err
        assert "Nothing was filled in." in outcome.err
    made = {Path(path).name for path in state_of(settings.data_dir).keys() - before.keys()}
    assert made <= {"reserve", "in-use.lock", "noa.db.lock", "noa.db.setup.lock", "noa.db-wal", "noa.db-shm"}
    assert filled("restore", settings.data_dir.parent / "kept.zip").status == 0
    assert filled("ask", "Comment déposer une marque ?").status == 0


@pytest.mark.parametrize("backend", databases.POSTGRESQL)
def test_doctor_makes_no_tables_and_a_lost_base_gets_none_on_a_server(
    noa: Command, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (settings.data_dir / "noa-audit-heads.txt").write_text("of a base")
    with databases.empty_database("postgresql", tmp_path) as url:
        monkeypatch.setenv("NOA_DATABASE_URL", url)
        line, outcome = line_of(noa, "database"), noa("setup")
        engine = create_engine(url)
        tables = inspect(engine).get_table_names()
        engine.dispose()

    assert line.startswith("NOT WELL  database: The base is missing in postgresql")
    assert (outcome.status, tables) == (1, [])
    assert "there was one: noa-audit-heads.txt" in outcome.err


@pytest.mark.sqlite
def test_doctor_leaves_a_base_of_an_earlier_release_as_it_is(
    filled: Command, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("noa_rag.storage.database.newest_schema", lambda: "second")
    before = state_of(settings.data_dir)

    outcome = filled("doctor")

    assert outcome.status == 0
    assert re.search(r"unknown  database: .*\(migration pending\): `noa serve` brings it up to date", outcome.out)
    assert state_of(settings.data_dir) == before


@pytest.mark.sqlite
def test_doctor_says_how_to_leave_a_base_of_a_development_version(filled: Command, settings: Settings) -> None:
    with closing(sqlite3.connect(settings.data_dir / "noa.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0009'")
    before = state_of(settings.data_dir)

    outcome = filled("doctor")

    assert outcome.status == 1
    assert re.search(r"database: .*left as it is: .*`noa knowledge export DIR`", outcome.out)
    assert state_of(settings.data_dir) == before


def test_doctor_looks_at_every_part(filled: Command) -> None:
    outcome = filled("doctor")

    assert outcome.status == 0
    parts = [line.split("ok", 1)[1].split(":")[0].strip() for line in outcome.out.splitlines()]
    assert parts == [
        "data folder",
        "database",
        "bundled pack",
        "embedding model",
        "reranker",
        "calibration",
        "htmx",
        "places",
        "index",
        "limits",
        "pages",
        "digest",
        "language model",
    ]
    assert "1 entries, 0 library texts" in outcome.out
    assert "2 texts find themselves" in outcome.out


def test_doctor_says_what_it_did_not_look_at_when_its_time_is_over(
    filled: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setattr("noa_rag.cli.doctor.LOOK_SECONDS", 1.0)  # from the start of this process: long over
    monkeypatch.setattr("noa_rag.cli.doctor._index", lambda settings: time.sleep(60 if tempfile.mkdtemp() else 0))
    start = time.monotonic()

    outcome = filled("doctor")

    assert time.monotonic() - start < 30
    assert outcome.status == 0
    assert "unknown  index: not looked at: that takes too long here; run `noa doctor --whole`" in outcome.out
    assert multiprocessing.active_children() == []
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("is_there", [True, False])
def test_doctor_knows_whether_a_model_server_answers_before_anything_is_loaded(
    filled: Command, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    monkeypatch.setattr("noa_rag.cli.doctor.LEAST_SECONDS", 10.0)
    monkeypatch.setattr("noa_rag.cli.doctor.LOOK_SECONDS", 1.0)
    monkeypatch.setattr("noa_rag.cli.doctor.language_model_in_words", lambda settings, entries: time.sleep(60))
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("NOA_LLM", f"http://127.0.0.1:{server.getsockname()[1]}/v1")
        monkeypatch.setenv("NOA_LLM_MODEL", "a-model")
        if not is_there:
            server.close()

        output = filled("doctor").out

    assert "unknown  language model" not in output
    if is_there:
        assert "ok  language model: a-model at http://127.0.0.1:" in output
    else:
        assert "NOT WELL  language model: a-model cannot be reached ([Errno 111] Connection refused)" in output


def test_doctor_names_the_pages_that_the_operator_has_yet_to_write(noa: Command, settings: Settings) -> None:
    folder = settings.data_dir / "pages"
    folder.mkdir(parents=True)
    (folder / "privacy.fr.md").write_text("# Données", encoding="utf-8")

    first = noa("doctor").out
    for name in ("legal", "accessibility"):
        (folder / f"{name}.fr.md").write_text("# Texte", encoding="utf-8")

    assert "accessibility.fr.md, legal.fr.md to write in" in first
    assert "legal notice, personal data and accessibility are yours" in noa("doctor").out


@pytest.mark.parametrize(
    ("variables", "health", "words"),
    [
        ({}, {}, "ok  limits: 60 questions a minute from an address, counted for one process"),
        ({"workers": 4}, {}, "counted for the workers of this machine together"),
        ({"workers": 4}, {"limits": "process", "failing": []}, "counted for one process"),
        ({"rate_limit": 0}, {}, "ok  limits: none by address"),
        (
            {"database_url": "postgresql+psycopg://noa@db/noa"},
            {"limits": "postgresql", "failing": []},
            "counted for all machines over the database together",
        ),
        (
            {"database_url": "postgresql+psycopg://noa@db/noa"},
            {"limits": "machine", "failing": [{"task": "limits"}]},
            "NOT WELL  limits: requests are counted for the workers of this machine together, because the database",
        ),
    ],
)
def test_doctor_says_who_counts_requests_together(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, variables: Any, health: Any, words: str
) -> None:
    monkeypatch.setattr(doctor, "_served_health", lambda _: health)
    on_sqlite = replace(settings, database_url="")

    examined = doctor._looked_at("limits", lambda: doctor._limits(replace(on_sqlite, **variables)))

    assert words in f"{'ok' if examined.is_well else 'NOT WELL'}  {examined.part}: {examined.words}"


ELEVEN = [f"entree-{number}" for number in range(11)]


def calibration_line(noa: Command) -> str:
    (line,) = [line for line in noa("doctor").out.splitlines() if "calibration:" in line]
    return str(line.strip())


def test_doctor_is_not_content_when_many_entries_came_after_the_calibration(
    noa: Command, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(settings, *ELEVEN)
    calibrate_on(monkeypatch, *ELEVEN[:9], "une-autre")  # 2 of 11 are more than a tenth

    line = calibration_line(noa)

    assert line.startswith("NOT WELL  calibration: 2 of 11 entries were not there")
    assert "(first: entree-10)" in line
    assert line.endswith("and `noa eval calibrate --own-base` to calibrate on this base.")
    assert noa("doctor").status == 1


def test_index_check_and_rebuild_count_the_texts(filled: Command) -> None:
    assert filled("index", "check").out == "2 of 2 texts find themselves.\n"
    assert filled("index", "rebuild").out == "2 texts indexed.\n"
    assert filled("index", "check").out == "2 of 2 texts find themselves.\n"


@pytest.mark.parametrize("damage", ["deleted", "cache"])
def test_a_damaged_index_is_built_again(filled: Command, settings: Settings, damage: str) -> None:
    index = settings.data_dir / "index"
    if damage == "deleted":
        for path in sorted(index.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    else:
        for path in index.glob("vectors-*.db"):
            path.write_bytes(b"damaged " * 1_000)

    outcome = filled("index", "check")

    assert (outcome.status, outcome.out) == (0, "2 of 2 texts find themselves.\n")


def readable_by_others(folder: Path) -> list[str]:
    paths = [folder, *folder.rglob("*")]
    return [str(path) for path in paths if not path.is_symlink() and path.stat().st_mode & 0o077]


@pytest.mark.sqlite
def test_what_is_written_is_for_the_account_alone_whatever_the_umask(
    filled: Command, settings: Settings, tmp_path: Path
) -> None:
    shutil.rmtree(settings.data_dir)
    before = os.umask(0o022)
    try:
        assert filled("setup").status == 0
        assert filled("backup", tmp_path / "backup.zip").status == 0
        assert filled("restore", tmp_path / "backup.zip").status == 0
        records = open_records(Settings(data_dir=tmp_path / "another"))  # not by a command
        others = [path.name for path in (tmp_path / "another").glob("noa.db*") if path.stat().st_mode & 0o077]
        records.close()
    finally:
        os.umask(before)

    assert readable_by_others(settings.data_dir) == []
    assert (tmp_path / "backup.zip").stat().st_mode & 0o077 == 0
    assert ((tmp_path / "another").stat().st_mode & 0o077, others) == (0, [])


@pytest.mark.sqlite
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can write for another account")
def test_what_root_leaves_in_the_data_folder_belongs_to_its_owner(filled: Command, settings: Settings) -> None:
    shutil.rmtree(settings.data_dir)
    settings.data_dir.mkdir()
    (settings.data_dir / "of-root").touch()
    os.chown(settings.data_dir, NOBODY, NOBODY)

    assert filled("ask", "Comment déposer une marque ?").status == 0

    made = {path: (path.lstat().st_uid, path.lstat().st_gid) for path in settings.data_dir.rglob("*")}
    assert made.pop(settings.data_dir / "of-root") == (0, 0)
    assert made
    assert set(made.values()) == {(NOBODY, NOBODY)}
