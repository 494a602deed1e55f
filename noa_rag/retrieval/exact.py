"""Dense retrieval without Chroma, for an index that is only tried out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from noa_rag.domain.entry import EntryId
from noa_rag.retrieval.passages import SearchedText

Vectors = NDArray[np.float32]


class ExactIndex:
    """The vectors of all searched texts in memory, compared one by one; answers as a DenseIndex does."""

    def __init__(self) -> None:
        self._texts: Sequence[SearchedText] = ()
        self._vectors: Vectors = np.empty((0, 0), np.float32)

    def sync(self, texts: Sequence[SearchedText], vectors: Vectors) -> None:
        self._texts, self._vectors = texts, vectors

    def clear(self) -> None:
        self._texts, self._vectors = (), np.empty((0, 0), np.float32)

    def nearest(self, vector: Vectors, limit: int) -> list[tuple[EntryId, float]]:
        """Return the entries of the `limit` nearest texts, one item a text, with cosine similarities, best first."""
        if not len(self._texts):
            return []
        # einsum stays on one thread: those of a matrix product fight with the embedding model's, and take longer.
        similarities = np.einsum("ij,j->i", self._vectors, vector)
        near = np.arange(len(similarities))
        if limit < len(near):
            near = np.argpartition(-similarities, limit)[:limit]  # sorting all of them takes three times as long
        order = near[np.lexsort((near, -similarities[near]))]
        return [(self._texts[at].entry_id, float(similarities[at])) for at in order]

    def missing(self, texts: Sequence[SearchedText], vectors: Vectors) -> list[str]:
        """Return nothing: what is compared one by one cannot be missed."""
        return []
