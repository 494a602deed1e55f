"""Vectors kept by content hash: embedded once, and filled again when the file is damaged."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from noa_rag.domain.errors import StorageUnavailable
from noa_rag.retrieval.embedding import VectorCache
from tests.retrieval.retrieval_helpers import Vectors, random_vectors

HASHES = ["h0", "h1", "h2"]
ROWS = random_vectors(3, 8)


class Embedding:
    """Embeds by position and remembers which positions it was asked for."""

    def __init__(self, rows: Vectors = ROWS) -> None:
        self._rows = rows
        self.asked: list[int] = []

    def __call__(self, positions: Sequence[int]) -> Vectors:
        self.asked += positions
        return self._rows[list(positions)]


def filled(path: Path) -> VectorCache:
    cache = VectorCache(path, 8)
    cache.vectors(HASHES, Embedding())
    return cache


def test_a_text_is_embedded_once_even_by_a_later_process(tmp_path: Path) -> None:
    filled(tmp_path / "v.db")
    embedding = Embedding()

    vectors = VectorCache(tmp_path / "v.db", 8).vectors(HASHES, embedding)

    assert embedding.asked == []
    np.testing.assert_array_equal(vectors, ROWS)


def test_only_new_texts_are_embedded(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "v.db", 8)
    cache.vectors(HASHES[:1], Embedding())
    embedding = Embedding()

    vectors = cache.vectors(HASHES, embedding)

    assert embedding.asked == [1, 2]
    np.testing.assert_array_equal(vectors, ROWS)


def test_what_was_embedded_before_a_stop_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("noa_rag.retrieval.embedding._EMBEDDED_AT_ONCE", 1)

    def stopped_at_two(positions: Sequence[int]) -> Vectors:
        if 2 in positions:
            raise KeyboardInterrupt
        return ROWS[list(positions)]

    with pytest.raises(KeyboardInterrupt):
        VectorCache(tmp_path / "v.db", 8).vectors(HASHES, stopped_at_two)
    embedding = Embedding()
    VectorCache(tmp_path / "v.db", 8).vectors(HASHES, embedding)

    assert embedding.asked == [2]


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 4000])
def test_a_damaged_file_is_dropped_and_filled_again(tmp_path: Path, content: bytes) -> None:
    filled(tmp_path / "v.db")
    (tmp_path / "v.db").write_bytes(content)
    embedding = Embedding()

    vectors = VectorCache(tmp_path / "v.db", 8).vectors(HASHES, embedding)

    assert embedding.asked == [0, 1, 2]
    np.testing.assert_array_equal(vectors, ROWS)
    np.testing.assert_array_equal(VectorCache(tmp_path / "v.db", 8).vectors(HASHES, Embedding()), ROWS)


def test_a_file_damaged_while_in_use_is_dropped_and_filled_again(tmp_path: Path) -> None:
    cache = filled(tmp_path / "v.db")
    (tmp_path / "v.db").write_bytes(b"not a database at all" * 100)

    np.testing.assert_array_equal(cache.vectors(HASHES, Embedding()), ROWS)


MANY = 300
MANY_ROWS = random_vectors(MANY, 64)
CUTS = [share / 40 for share in range(40)]


@pytest.fixture(scope="module")
def large_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("large") / "v.db"
    VectorCache(path, 64).vectors([f"h{at}" for at in range(MANY)], Embedding(MANY_ROWS))
    return path.read_bytes()


@pytest.mark.parametrize("share", CUTS)
@pytest.mark.timeout(20)
def test_a_file_cut_anywhere_is_opened_at_once_and_filled_again(
    tmp_path: Path, large_file: bytes, share: float
) -> None:
    (tmp_path / "v.db").write_bytes(large_file[: int(len(large_file) * share) + 1])

    vectors = VectorCache(tmp_path / "v.db", 64).vectors([f"h{at}" for at in range(MANY)], Embedding(MANY_ROWS))

    np.testing.assert_array_equal(vectors, MANY_ROWS)
    again = Embedding(MANY_ROWS)
    VectorCache(tmp_path / "v.db", 64).vectors([f"h{at}" for at in range(MANY)], again)
    assert again.asked == []


@pytest.mark.parametrize(
    "blob",
    [np.ones(4, np.float32).tobytes(), np.full(8, np.nan, np.float32).tobytes(), bytes(32)],
    ids=["wrong width", "nan", "zeros"],
)
def test_a_vector_that_cannot_be_right_is_embedded_again(tmp_path: Path, blob: bytes) -> None:
    cache = filled(tmp_path / "v.db")
    with sqlite3.connect(tmp_path / "v.db") as connection:
        connection.execute("UPDATE vectors SET vector = ? WHERE hash = 'h1'", (blob,))
    embedding = Embedding()

    vectors = cache.vectors(HASHES, embedding)

    assert embedding.asked == [1]
    np.testing.assert_array_equal(vectors, ROWS)


class FullDisk:
    """A connection on which every insertion finds the disk full."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def __enter__(self) -> Any:
        return self._connection.__enter__()

    def __exit__(self, *problem: Any) -> Any:
        return self._connection.__exit__(*problem)

    def executemany(self, *_: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")


def test_vectors_that_cannot_be_kept_on_a_full_disk_are_used_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = filled(tmp_path / "v.db")
    connect = cache._connect
    with monkeypatch.context() as full:
        full.setattr(cache, "_connect", lambda: FullDisk(connect()))
        np.testing.assert_array_equal(cache.vectors(["new"], Embedding()), ROWS[:1])
    embedding = Embedding()

    cache.vectors([*HASHES, "new"], lambda positions: embedding([0 for _ in positions]))

    assert embedding.asked == [0]  # what was kept before is kept, the new one is made again


def test_vectors_that_cannot_be_read_are_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = filled(tmp_path / "v.db")

    def refuse() -> sqlite3.Connection:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(cache, "_connect", refuse)

    np.testing.assert_array_equal(cache.vectors(HASHES, Embedding()), ROWS)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(StorageUnavailable, match="Check free space and rights"):
        VectorCache(tmp_path / "file" / "v.db", 8)
