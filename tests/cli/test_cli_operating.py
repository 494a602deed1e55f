"""`noa setup`, `noa doctor` and `noa index`, on sound and on damaged data folders."""

from pathlib import Path
from typing import Any

import pytest

from noa_rag.importing.pack import Pack, write_pack
from noa_rag.settings import Settings
from tests.factories import a_theme, an_agency, an_entry_content

Command = Any
pytestmark = pytest.mark.usefixtures("fake_model")


@pytest.fixture
def filled(noa: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`noa` over a base that one entry fills, set up."""
    entries = (("deposer-une-marque", an_entry_content()),)
    write_pack(Pack((an_agency(),), (a_theme(),), entries), tmp_path / "pack")  # type: ignore[arg-type]
    monkeypatch.setenv("NOA_KNOWLEDGE", str(tmp_path / "pack"))
    assert noa("setup").status == 0
    return noa


def test_setup_says_what_is_ready_and_where(filled: Command, settings: Settings) -> None:
    assert filled("setup").out == f"Ready: 1 entries in {settings.data_dir}.\n"


def test_doctor_finds_a_new_folder_well(noa: Command) -> None:
    outcome = noa("doctor")

    assert outcome.status == 0
    assert "empty base; it is filled at the first question" in outcome.out
    assert "NOT WELL" not in outcome.out


def test_doctor_looks_at_every_part(filled: Command) -> None:
    outcome = filled("doctor")

    assert outcome.status == 0
    parts = [line.split("ok", 1)[1].split(":")[0].strip() for line in outcome.out.splitlines()]
    assert parts == ["data folder", "database", "embedding model", "calibration", "htmx", "index"]
    assert "1 entries, 0 library texts" in outcome.out
    assert "2 texts find themselves" in outcome.out


def test_doctor_tells_a_damaged_database(filled: Command, settings: Settings) -> None:
    (settings.data_dir / "noa.db").write_bytes(b"damaged " * 1_000)
    for leftover in settings.data_dir.glob("noa.db-*"):
        leftover.unlink()

    outcome = filled("doctor")

    assert outcome.status == 1
    assert "NOT WELL  database: The database" in outcome.out
    assert "restore it from a backup" in outcome.out


def test_doctor_tells_a_folder_that_cannot_be_written(noa: Command, settings: Settings) -> None:
    settings.data_dir.write_text("a file where the folder should be")

    outcome = noa("doctor")

    assert outcome.status == 1
    assert "NOT WELL  data folder: The data folder" in outcome.out


def test_index_check_and_rebuild_count_the_texts(filled: Command) -> None:
    assert filled("index", "check").out == "2 of 2 texts find themselves.\n"
    assert filled("index", "rebuild").out == "2 texts indexed.\n"
    assert filled("index", "check").out == "2 of 2 texts find themselves.\n"


@pytest.mark.parametrize("damage", ["deleted", "database", "vectors", "cache"])
def test_a_damaged_index_is_built_again(filled: Command, settings: Settings, damage: str) -> None:
    index = settings.data_dir / "index"
    if damage == "deleted":
        for path in sorted(index.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    elif damage == "database":
        (index / "chroma" / "chroma.sqlite3").write_bytes(b"damaged " * 1_000)
    elif damage == "vectors":
        for path in index.rglob("*.bin"):
            path.write_bytes(b"\xff")
    else:
        for path in index.glob("vectors-*.db"):
            path.write_bytes(b"damaged " * 1_000)

    outcome = filled("index", "check")

    assert (outcome.status, outcome.out) == (0, "2 of 2 texts find themselves.\n")
