"""What was read of entries outlives the process; a file that cannot be used costs time, and nothing else."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from structlog.testing import capture_logs

from noa_rag.retrieval.verifier.token_cache import TokenCache, TokenStore

DIMENSION = 8


class CountingReader:
    """Gives a text as many vectors as it has letters, and remembers what it was asked."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def token_vectors(self, text: str, *, is_query: bool) -> NDArray[np.float32]:
        self.read.append(text)
        return np.random.default_rng(list(text.encode())).normal(size=(len(text), DIMENSION)).astype(np.float32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index" / "tokens-model.db"


def read(path: Path, *texts: str, is_kept: bool = True) -> list[str]:
    """Read texts as a process that has just started, and return those that the model was asked for."""
    reader = CountingReader()
    cache = TokenCache(reader, store=TokenStore(path))
    for text in texts:
        cache.tokens(text, is_query=False, is_kept=is_kept)
    cache.close()
    return reader.read


def test_a_text_is_not_read_again_after_a_start(path: Path) -> None:
    assert read(path, "marque", "brevet") == ["marque", "brevet"]
    assert read(path, "marque", "dessin") == ["dessin"]


def test_what_comes_from_disk_is_the_same_bit_for_bit(path: Path) -> None:
    fresh, again = (
        TokenCache(CountingReader(), store=TokenStore(path)).tokens("marque", is_query=True) for _ in range(2)
    )

    assert fresh.shape == (6, DIMENSION)
    assert fresh.dtype == again.dtype
    assert np.array_equal(fresh, again)


def test_what_a_visitor_asks_is_never_written(path: Path) -> None:
    secret = "Je suis Camille Dupont et je ferme"

    read(path, "marque")
    read(path, secret, is_kept=False)

    assert read(path, secret) == [secret]
    read(path, "brevet")
    everything = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"marque" not in everything  # not even the texts themselves: their hashes


def test_texts_that_are_no_longer_served_are_forgotten(path: Path) -> None:
    read(path, "marque", "brevet")

    TokenStore(path).keep_only([("marque", False)])

    assert read(path, "marque", "brevet") == ["brevet"]


def test_a_damaged_file_is_filled_again(path: Path) -> None:
    read(path, "marque")
    path.write_bytes(b"no database at all, by whatever accident" * 100)

    assert read(path, "marque", "brevet") == ["marque", "brevet"]
    assert read(path, "marque", "brevet") == []


def test_a_file_that_cannot_be_written_is_told_of_once_and_left_alone(path: Path) -> None:
    read(path, "marque")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("ALTER TABLE tokens RENAME COLUMN scales TO others")  # an error as of a full disk
    reader = CountingReader()
    cache = TokenCache(reader, store=TokenStore(path))

    with capture_logs() as logs:
        for text in ("brevet", "dessin", "modèle"):
            assert len(cache.tokens(text, is_query=False)) == len(text)
        cache.keep_only([])

    assert [log["event"] for log in logs] == ["token_vectors_not_kept"]
    assert reader.read == ["brevet", "dessin", "modèle"]


def test_another_process_that_writes_for_long_costs_no_more_than_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(path, "marque")
    monkeypatch.setattr("noa_rag.retrieval.verifier.token_cache.BUSY_SECONDS", 0.05)
    store = TokenStore(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with capture_logs() as logs:
            store.keep_only([])
            TokenCache(CountingReader(), store=store).tokens("brevet", is_query=False)
        other.execute("COMMIT")

    assert len(logs) == 1
    assert read(path, "marque") == []
