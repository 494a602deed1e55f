"""A damaged Chroma folder is found out from a child process, dropped and filled again; the service never dies of it."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from os import truncate
from pathlib import Path

import pytest

from noa_rag.retrieval import chroma_store
from noa_rag.retrieval.chroma_store import ChromaStore, drop_if_damaged
from noa_rag.retrieval.dense import DenseIndex
from tests.retrieval.chroma_worker import COUNT
from tests.retrieval.retrieval_helpers import numbered_texts, random_vectors
from tests.shared_model import REPOSITORY


def run_worker(folder: Path) -> str:
    """Return what a process of its own says after it opened the folder and brought it up to date."""
    command = [sys.executable, "-m", "tests.retrieval.chroma_worker", str(folder)]
    outcome = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False)
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout.splitlines()[-1]  # the log comes before it


@pytest.fixture(scope="module")
def sound_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that was filled by one process, and looked at by the next."""
    folder = tmp_path_factory.mktemp("sound") / "chroma"
    run_worker(folder)
    run_worker(folder)
    return folder


@pytest.fixture
def folder(sound_folder: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    shutil.copytree(sound_folder, tmp_path / "chroma")
    return tmp_path / "chroma"


def segment(folder: Path) -> Path:
    return next(path.parent for path in folder.rglob("header.bin"))


def cut_short(name: str) -> Callable[[Path], None]:
    def cut(folder: Path) -> None:
        path = segment(folder) / name
        assert path.stat().st_size > 3
        truncate(path, path.stat().st_size // 3)

    return cut


def without_the_end(name: str) -> Callable[[Path], None]:
    def cut(folder: Path) -> None:
        path = segment(folder) / name
        truncate(path, path.stat().st_size - 16)

    return cut


def delete_the_segment(folder: Path) -> None:
    shutil.rmtree(segment(folder))


def cut_the_database(folder: Path) -> None:
    truncate(folder / "chroma.sqlite3", 5_000)


def overwrite_the_database(folder: Path) -> None:
    (folder / "chroma.sqlite3").write_bytes(b"not a database" * 1_000)


def delete_the_database(folder: Path) -> None:
    (folder / "chroma.sqlite3").unlink()


DAMAGES = {
    "header.bin cut short": cut_short("header.bin"),
    "link_lists.bin cut short": cut_short("link_lists.bin"),
    "data_level0.bin cut short": cut_short("data_level0.bin"),
    "data_level0.bin without its last vector": without_the_end("data_level0.bin"),
    "link_lists.bin without its end": without_the_end("link_lists.bin"),
    "header.bin without its end": without_the_end("header.bin"),
    "index_metadata.pickle cut short": cut_short("index_metadata.pickle"),
    "segment folder deleted": delete_the_segment,
    "database cut short": cut_the_database,
    "database overwritten": overwrite_the_database,
    "database deleted": delete_the_database,
}


def test_a_sound_folder_is_opened_without_a_child_process(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chroma_store, "_opens_in_a_child", lambda folder: pytest.fail("looked from a child"))

    store = ChromaStore(folder)

    assert [collection.count() for collection in store.client.list_collections()] == [1_100]
    store.close()


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_folder_is_filled_again_and_nothing_is_missing(folder: Path, damage: Callable[[Path], None]) -> None:
    damage(folder)

    assert run_worker(folder) == f"{folder} misses 0"


@pytest.mark.parametrize("damage", ["header.bin", "link_lists.bin", "data_level0.bin"])
def test_damage_done_while_the_folder_was_open_is_found_at_the_next_start(folder: Path, damage: str) -> None:
    """What was written afterwards must not vouch for the files as they were left."""
    texts, vectors = numbered_texts(COUNT + 1), random_vectors(COUNT + 1)
    store = ChromaStore(folder)
    dense = DenseIndex(store, "model", vectors.shape[1])
    dense.sync(texts[:COUNT], vectors[:COUNT])
    cut_short(damage)(folder)

    dense.sync(texts, vectors)
    store.close()

    assert run_worker(folder) == f"{folder} misses 0"


@pytest.mark.parametrize("probed", [10, 10_000], ids=["of a large base some vectors", "every vector"])
@pytest.mark.parametrize("damage", ["header.bin cut short", "data_level0.bin cut short", "database cut short"])
def test_a_damaged_folder_is_dropped_before_a_server_opens_it(
    folder: Path, damage: str, probed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chroma_store, "VECTORS_PROBED", probed)

    assert not drop_if_damaged(folder)
    assert folder.exists()
    DAMAGES[damage](folder)

    assert drop_if_damaged(folder)
    assert not folder.exists()
    assert not drop_if_damaged(folder)


def test_a_folder_without_a_note_of_its_sizes_is_looked_at_and_kept(folder: Path) -> None:
    (folder / "manifest.json").unlink()

    store = ChromaStore(folder)

    assert [collection.count() for collection in store.client.list_collections()] == [1_100]
    store.close()


def test_a_child_that_never_ends_counts_as_damage(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "manifest.json").unlink()
    monkeypatch.setattr(chroma_store, "PROBE_SECONDS", 0.01)

    store = ChromaStore(folder)

    assert store.client.list_collections() == []
    store.close()
