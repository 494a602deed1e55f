"""What tests keep of what they embed: nothing is embedded twice, and nothing is lost."""

from pathlib import Path

import numpy as np

from noa_rag.retrieval.embedding import VectorCache, Vectors
from noa_rag.retrieval.verifier.token_cache import Compressed, TokenStore
from tests.shared_model import share_tokens, vectors_kept

NAME = "vectors-a-model.db"


def embedded(data_dir: Path, shared: Path, *hashes: str) -> int:
    """Ask for vectors as an index does, and return how many had to be embedded."""
    made: list[int] = []

    def embed(positions: list[int]) -> Vectors:
        made.extend(positions)
        return np.tile(np.array([1, 0], np.float32), (len(positions), 1))

    with vectors_kept(data_dir, "pack", shared):
        VectorCache(data_dir / "index" / NAME, 2).vectors(hashes, embed)  # type: ignore[arg-type]
    return len(made)


def test_what_one_data_folder_embedded_the_next_finds(tmp_path: Path) -> None:
    shared = tmp_path / "shared"

    assert embedded(tmp_path / "one", shared, "a", "b") == 2
    assert embedded(tmp_path / "two", shared, "b", "c") == 1
    assert embedded(tmp_path / "three", shared, "a", "b", "c") == 0


def test_what_others_shared_meanwhile_stays(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    with vectors_kept(tmp_path / "slow", "another-pack", shared):
        assert embedded(tmp_path / "quick", shared, "a") == 1
        VectorCache(tmp_path / "slow" / "index" / NAME, 2).vectors(["b"], lambda _: np.array([[0, 1]], np.float32))

    assert embedded(tmp_path / "last", shared, "a", "b") == 0


def test_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    embedded(tmp_path / "one", shared, "a")
    (shared / NAME).write_bytes(b"damaged" * 1_000)

    assert embedded(tmp_path / "two", shared, "a") == 1
    assert embedded(tmp_path / "three", shared, "a") == 0


def test_tokens_that_were_read_of_a_pack_are_there_for_the_same_pack_alone(tmp_path: Path) -> None:
    shared, key = tmp_path / "shared", ("un texte", False)
    read = Compressed(np.ones((2, 3), np.int8), np.ones((2, 1), np.float32))

    def store(data_dir: Path) -> TokenStore:
        return TokenStore(data_dir / "index" / "tokens-a-model.db")

    with vectors_kept(tmp_path / "one", "pack", shared):
        store(tmp_path / "one").keep(key, read)
    with vectors_kept(tmp_path / "two", "pack", shared):
        tokens = store(tmp_path / "two").get(key)
        store(tmp_path / "two").keep(("un autre", False), read)
    share_tokens(tmp_path / "two", "pack", shared)
    with vectors_kept(tmp_path / "three", "pack", shared), vectors_kept(tmp_path / "other", "another-pack", shared):
        assert store(tmp_path / "three").get(("un autre", False)) is not None
        assert store(tmp_path / "other").get(key) is None

    assert tokens is not None
    assert np.array_equal(tokens.rows, read.rows)
