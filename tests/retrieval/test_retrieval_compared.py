"""Vectors compared one by one: the nearest texts in their order, without those of hidden entries."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from noa_rag.domain.entry import EntryId
from noa_rag.retrieval.index import Snapshot, compared
from tests.retrieval.retrieval_helpers import numbered_texts, random_vectors

VECTORS = random_vectors(40)
QUESTION = random_vectors(1, seed=99)[0]


def snapshot_of(vectors: Any) -> Snapshot:
    """Return what a search by meaning needs of a snapshot, with one text an entry."""
    texts = numbered_texts(len(vectors))
    spans = {text.entry_id: slice(at, at + 1) for at, text in enumerate(texts)}
    return cast(Snapshot, SimpleNamespace(texts=tuple(texts), vectors=vectors, spans=spans))


def test_the_nearest_texts_are_those_with_the_largest_sums_of_products() -> None:
    cosines = [sum(float(a) * float(b) for a, b in zip(row, QUESTION, strict=True)) for row in VECTORS]
    expected = [f"e{at}" for at in sorted(range(40), key=lambda at: -cosines[at])]

    assert compared(snapshot_of(VECTORS), QUESTION, 7) == expected[:7]
    assert compared(snapshot_of(VECTORS), QUESTION, 50) == expected
    hidden = {EntryId(name) for name in expected[:35]}
    assert compared(snapshot_of(VECTORS), QUESTION, 7, hidden) == expected[35:]


def test_nothing_is_near_in_an_empty_base_or_where_all_is_hidden() -> None:
    assert compared(snapshot_of(VECTORS[:0]), QUESTION, 7) == []
    assert compared(snapshot_of(VECTORS[:2]), QUESTION, 7, {EntryId("e0"), EntryId("e1")}) == []


@pytest.mark.parametrize("limit", [1, 19, 20, 21, 39, 40, 41, 59])
def test_texts_equally_near_keep_their_order_whatever_the_limit(limit: int) -> None:
    rows = np.repeat(np.array([[1, 0], [0, 1], [1, 0]], dtype=np.float32), 20, axis=0)
    in_order = [f"e{at}" for at in (*range(20), *range(40, 60), *range(20, 40))]

    assert compared(snapshot_of(rows), np.array([1, 0], dtype=np.float32), limit) == in_order[:limit]
