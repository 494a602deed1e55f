"""The vectors in a real Chroma: in step, true to numpy, and never owned by two."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from noa_rag.domain.errors import StaleIndex
from noa_rag.retrieval.chroma_store import ChromaStore
from noa_rag.retrieval.dense import LARGE, DenseIndex, collection_name
from tests.retrieval.retrieval_helpers import numbered_texts, random_vectors

TEXTS, VECTORS = numbered_texts(40), random_vectors(40)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ChromaStore]:
    store = ChromaStore(tmp_path / "chroma")
    yield store
    store.close()


@pytest.fixture
def dense(store: ChromaStore) -> DenseIndex:
    dense = DenseIndex(store, "model", VECTORS.shape[1])
    dense.sync(TEXTS, VECTORS)
    return dense


def found_ids(dense: DenseIndex, at: int, limit: int = 40) -> set[str]:
    return {entry_id for entry_id, _ in dense.nearest(VECTORS[at], limit)}


def test_an_empty_index_finds_nothing(store: ChromaStore) -> None:
    assert DenseIndex(store, "model", 64).nearest(VECTORS[0], 10) == []


def test_similarities_are_cosines_as_numpy_works_them_out(dense: DenseIndex) -> None:
    question = random_vectors(1, seed=99)[0]

    found = dense.nearest(question, 10)

    expected = VECTORS @ question
    best = np.argsort(-expected)[:10]
    assert [entry_id for entry_id, _ in found] == [f"e{at}" for at in best]
    np.testing.assert_allclose([cosine for _, cosine in found], expected[best], atol=1e-5)


def test_texts_at_right_angles_and_opposite_score_nought_and_minus_one(store: ChromaStore) -> None:
    dense = DenseIndex(store, "axes", 2)
    dense.sync(numbered_texts(3), np.array([[1, 0], [0, 1], [-1, 0]], dtype=np.float32))

    found = dict(dense.nearest(np.array([1, 0], dtype=np.float32), 3))

    assert found == pytest.approx({"e0": 1.0, "e1": 0.0, "e2": -1.0}, abs=1e-5)


def test_each_text_finds_itself(dense: DenseIndex) -> None:
    assert dense.missing(TEXTS, VECTORS) == []


def test_syncing_adds_what_is_new_and_deletes_what_is_gone(dense: DenseIndex) -> None:
    dense.sync(TEXTS[10:], VECTORS[10:])
    assert found_ids(dense, 0) == {f"e{at}" for at in range(10, 40)}

    dense.sync(TEXTS[:20], VECTORS[:20])
    assert found_ids(dense, 0) == {f"e{at}" for at in range(20)}


def test_syncing_to_nothing_empties_the_index(dense: DenseIndex) -> None:
    dense.sync([], VECTORS[:0])

    assert dense.nearest(VECTORS[0], 10) == []


def test_a_lost_text_is_missing_although_the_rest_answers(dense: DenseIndex) -> None:
    dense._collection.delete(ids=[TEXTS[7].id])

    assert dense.missing(TEXTS, VECTORS) == [TEXTS[7].id]
    assert dense.absent(TEXTS) == [TEXTS[7].id]
    assert dense.lost(TEXTS, VECTORS, held=len(TEXTS)) == [TEXTS[7].id]
    assert dense.lost(TEXTS, VECTORS, held=LARGE) == []  # a sound one of that size may miss one


def test_texts_with_the_very_same_words_do_not_count_as_lost(store: ChromaStore) -> None:
    dense = DenseIndex(store, "same", 64)
    same = np.repeat(VECTORS[:1], 30, axis=0)

    dense.sync(TEXTS[:30], same)

    assert dense.missing(TEXTS[:30], same) == []


def test_clearing_forgets_every_vector(dense: DenseIndex) -> None:
    dense.clear()

    assert dense.missing(TEXTS, VECTORS) == [text.id for text in TEXTS]


def test_what_was_stored_is_there_after_a_restart(tmp_path: Path) -> None:
    first = ChromaStore(tmp_path / "chroma")
    DenseIndex(first, "model", 64).sync(TEXTS, VECTORS)
    first.close()

    second = ChromaStore(tmp_path / "chroma")
    try:
        assert DenseIndex(second, "model", 64).missing(TEXTS, VECTORS) == []
    finally:
        second.close()


def test_an_index_that_does_not_answer_is_rebuilt_once(dense: DenseIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = iter([["1"], []])
    monkeypatch.setattr(dense, "lost", lambda texts, vectors, held: next(lost))

    dense.sync(TEXTS[:30], VECTORS[:30])

    assert dense.missing(TEXTS[:30], VECTORS[:30]) == []


def test_an_index_that_does_not_answer_even_when_rebuilt_is_told(
    dense: DenseIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense, "lost", lambda texts, vectors, held: ["1"])

    with pytest.raises(StaleIndex, match="delete that folder"):
        dense.sync(TEXTS[:30], VECTORS[:30])


def test_the_collection_changes_its_name_with_model_and_dimension() -> None:
    names = {collection_name("one", 64), collection_name("other", 64), collection_name("one", 384)}

    assert len(names) == 3
    assert collection_name("one", 64) in names
    assert all(3 <= len(name) <= 512 for name in names)


def test_two_models_never_see_each_others_vectors(store: ChromaStore, dense: DenseIndex) -> None:
    assert DenseIndex(store, "another model", 64).nearest(VECTORS[0], 10) == []


def test_a_second_owner_gets_memory_and_leaves_the_folder_alone(tmp_path: Path, dense: DenseIndex) -> None:
    second = ChromaStore(tmp_path / "chroma")
    try:
        assert second.where == "memory"
        DenseIndex(second, "model", 64).sync(TEXTS[:1], VECTORS[:1])
        assert dense.missing(TEXTS, VECTORS) == []
    finally:
        second.close()


def test_a_folder_locked_by_another_process_is_not_even_opened(tmp_path: Path) -> None:
    with FileLock(tmp_path / "chroma.lock"):
        store = ChromaStore(tmp_path / "chroma")
        try:
            assert store.where == "memory"
            assert not (tmp_path / "chroma").exists()
        finally:
            store.close()


def test_the_folder_is_free_again_once_closed(tmp_path: Path) -> None:
    ChromaStore(tmp_path / "chroma").close()

    second = ChromaStore(tmp_path / "chroma")
    second.close()

    assert second.where == str(tmp_path / "chroma")


def test_a_server_that_does_not_answer_is_told_with_its_address(tmp_path: Path) -> None:
    store = ChromaStore(tmp_path / "chroma", "http://127.0.0.1:9")

    with pytest.raises(StaleIndex, match=r"http://127\.0\.0\.1:9 does not answer: ConnectionRefusedError.* Start it"):
        DenseIndex(store, "model", 64).sync(TEXTS, VECTORS)
    store.close()
