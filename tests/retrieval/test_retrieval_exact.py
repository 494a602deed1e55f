"""Vectors compared one by one: the promises of an index in Chroma, without Chroma."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from noa_rag.retrieval.chroma_store import ChromaStore
from noa_rag.retrieval.dense import DenseIndex, ExactIndex
from tests.retrieval.retrieval_helpers import numbered_texts, random_vectors

TEXTS, VECTORS = numbered_texts(40), random_vectors(40)
QUESTION = random_vectors(1, seed=99)[0]


@pytest.fixture(params=["exact", "chroma"])
def dense(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ExactIndex | DenseIndex]:
    if request.param == "exact":
        yield ExactIndex()
    else:
        store = ChromaStore(tmp_path / "chroma")
        yield DenseIndex(store, "model", VECTORS.shape[1])
        store.close()


def test_nothing_is_near_in_an_empty_index(dense: ExactIndex | DenseIndex) -> None:
    assert dense.nearest(QUESTION, 10) == []


def test_the_nearest_texts_are_those_with_the_largest_sums_of_products(dense: ExactIndex | DenseIndex) -> None:
    dense.sync(TEXTS, VECTORS)
    cosines = {
        text.entry_id: sum(float(one) * float(other) for one, other in zip(vector, QUESTION, strict=True))
        for text, vector in zip(TEXTS, VECTORS, strict=True)
    }
    expected = sorted(cosines, key=lambda entry_id: -cosines[entry_id])

    found = dense.nearest(QUESTION, 7)

    assert [entry_id for entry_id, _ in found] == expected[:7]
    assert [cosine for _, cosine in found] == pytest.approx([cosines[one] for one in expected[:7]], abs=1e-5)


def test_no_more_is_found_than_there_is(dense: ExactIndex | DenseIndex) -> None:
    dense.sync(TEXTS[:3], VECTORS[:3])

    assert len(dense.nearest(QUESTION, 10)) == 3


def test_an_entry_is_named_once_for_each_of_its_texts(dense: ExactIndex | DenseIndex) -> None:
    two = [TEXTS[0], replace(TEXTS[0], number=1)]
    dense.sync(two, VECTORS[:2])

    assert [entry_id for entry_id, _ in dense.nearest(QUESTION, 10)] == ["e0", "e0"]


def test_the_last_sync_counts(dense: ExactIndex | DenseIndex) -> None:
    dense.sync(TEXTS[:20], VECTORS[:20])
    dense.sync(TEXTS[10:30], VECTORS[10:30])

    assert {entry_id for entry_id, _ in dense.nearest(QUESTION, 40)} == {f"e{number}" for number in range(10, 30)}
    assert dense.missing(TEXTS[10:30], VECTORS[10:30]) == []


def test_nothing_is_found_after_clearing(dense: ExactIndex | DenseIndex) -> None:
    dense.sync(TEXTS, VECTORS)

    dense.clear()

    assert dense.nearest(QUESTION, 10) == []


def test_texts_equally_near_keep_their_order() -> None:
    exact = ExactIndex()
    exact.sync(numbered_texts(3), np.array([[0, 1], [1, 0], [1, 0]], dtype=np.float32))

    assert exact.nearest(np.array([1, 0], dtype=np.float32), 3) == [("e1", 1.0), ("e2", 1.0), ("e0", 0.0)]


@pytest.mark.parametrize("limit", range(1, 60))
def test_a_longer_list_begins_with_the_shorter_one_whatever_is_equally_near(limit: int) -> None:
    rows = np.repeat(np.array([[1, 0], [0, 1], [1, 0]], dtype=np.float32), 20, axis=0)
    exact = ExactIndex()
    exact.sync(numbered_texts(60), rows)
    question = np.array([1, 0], dtype=np.float32)

    assert exact.nearest(question, limit) == exact.nearest(question, 60)[:limit]


def test_what_is_foreseen_for_many_questions_is_what_each_finds() -> None:
    questions = (np.abs(VECTORS[:70]) + np.eye(len(VECTORS[0]), dtype=np.float32)[0]).astype(np.float32)
    one_by_one, foreseen = ExactIndex(), ExactIndex()
    for exact in (one_by_one, foreseen):
        exact.sync(TEXTS, VECTORS)
    foreseen.foresee(questions, 8)

    assert len(foreseen._foreseen) == len({one.tobytes() for one in questions})
    for question in questions:
        for limit in (3, 8, 12):  # more than was foreseen is looked for anew
            expected, found = one_by_one.nearest(question, limit), foreseen.nearest(question, limit)
            assert [entry_id for entry_id, _ in found] == [entry_id for entry_id, _ in expected]
            assert [cosine for _, cosine in found] == pytest.approx([cosine for _, cosine in expected], abs=1e-6)


def test_what_was_foreseen_is_forgotten_with_the_texts() -> None:
    exact = ExactIndex()
    exact.foresee(np.stack([QUESTION]), 5)
    exact.sync(TEXTS, VECTORS)
    exact.foresee(np.stack([QUESTION]), 5)

    exact.sync(TEXTS[:2], VECTORS[:2])

    assert {entry_id for entry_id, _ in exact.nearest(QUESTION, 5)} == {"e0", "e1"}
