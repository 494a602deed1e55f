"""Dense retrieval without Chroma, for an index that is only tried out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from noa_rag.domain.entry import EntryId
from noa_rag.retrieval.passages import SearchedText

Vectors = NDArray[np.float32]
_COMPARED_AT_ONCE = 64  # questions; with 14,000 texts 4 MB of similarities


@dataclass(frozen=True, slots=True)
class Nearest:
    """The places of the nearest texts of one question, up to a limit, with their similarities."""

    limit: int
    order: NDArray[np.int64]
    similarities: Vectors


class ExactIndex:
    """The vectors of all searched texts in memory, compared one by one; answers as a DenseIndex does."""

    def __init__(self) -> None:
        self._texts: Sequence[SearchedText] = ()
        self._vectors: Vectors = np.empty((0, 0), np.float32)
        self._foreseen: dict[bytes, Nearest] = {}

    def sync(self, texts: Sequence[SearchedText], vectors: Vectors) -> None:
        self._texts, self._vectors, self._foreseen = texts, vectors, {}

    def clear(self) -> None:
        self._texts, self._vectors, self._foreseen = (), np.empty((0, 0), np.float32), {}

    def foresee(self, vectors: Vectors, limit: int) -> None:
        """Look for the nearest texts of many questions at once, in a fifth of the time that one by one takes."""
        if not len(self._texts):
            return
        for start in range(0, len(vectors), _COMPARED_AT_ONCE):
            several = vectors[start : start + _COMPARED_AT_ONCE]
            for vector, similarities in zip(several, several @ self._vectors.T, strict=True):
                order = _best(similarities, limit)
                self._foreseen[vector.tobytes()] = Nearest(limit, order, similarities[order])

    def nearest(self, vector: Vectors, limit: int) -> list[tuple[EntryId, float]]:
        """Return the entries of the `limit` nearest texts, one item a text, with cosine similarities, best first."""
        if not len(self._texts):
            return []
        known = self._foreseen.get(vector.tobytes()) if self._foreseen else None
        if known is not None and known.limit >= limit:
            found = zip(known.order[:limit].tolist(), known.similarities[:limit].tolist(), strict=True)
            return [(self._texts[at].entry_id, similarity) for at, similarity in found]
        return nearest(self._texts, self._vectors, vector, limit)

    def missing(self, texts: Sequence[SearchedText], vectors: Vectors) -> list[str]:
        """Return nothing: what is compared one by one cannot be missed."""
        return []


def nearest(
    texts: Sequence[SearchedText], vectors: Vectors, vector: Vectors, limit: int
) -> list[tuple[EntryId, float]]:
    """Return the entries of the `limit` nearest of these texts, with cosine similarities, best first."""
    # einsum stays on one thread: those of a matrix product fight with the embedding model's, and take longer.
    similarities = np.einsum("ij,j->i", vectors, vector)
    return [(texts[at].entry_id, float(similarities[at])) for at in _best(similarities, limit)]


def _best(similarities: Vectors, limit: int) -> NDArray[np.int64]:
    """Return the places of the highest figures, the highest first and equal ones in their order."""
    near = np.arange(len(similarities))
    if limit < len(near):  # sorting all of them takes three times as long
        least = -np.partition(-similarities, limit - 1)[limit - 1]
        near = np.flatnonzero(
            similarities >= least
        )  # with all that equal the last one: which are taken is settled below
    order: NDArray[np.int64] = near[np.lexsort((near, -similarities[near]))][:limit]
    return order
