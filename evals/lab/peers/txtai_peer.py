"""txtai: its hybrid index, BM25 beside Faiss, merged by its own weighted sum."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from evals.lab.peers.peer import Passages, best_places, named
from noa_rag.domain.entry import EntryId
from noa_rag.retrieval.embedding import Vectors

# What `hybrid=True` stands for, but words are cut at apostrophes ("l'employeur" is one word to its own cut), and French
# stop words are left out: one more right first answer in a hundred. It has no stemmer.
SCORING = {"method": "bm25", "terms": True, "normalize": True}
WORDS = r"\w{2,}"


class TxtaiPeer:
    """BM25 and Faiss as `hybrid=True` makes them, with its tokenizer told how French is written."""

    def __init__(self, passages: Passages) -> None:
        from bm25s.stopwords import STOPWORDS_FRENCH
        from txtai import Embeddings

        self.name = named("txtai", "txtai")
        self._depth = passages.depth
        self._entry_ids = [text.entry_id for text in passages.texts]
        texts = [text.embedded_text for text in passages.texts]
        known = dict(zip(texts, passages.vectors, strict=True))

        def vectors_of(asked: Sequence[str]) -> Vectors:
            """The stored vectors while the index is built; afterwards, questions are embedded."""
            return np.stack([known[one] for one in asked]) if known else passages.embedder.embed_queries(asked)

        tokenizer = {"regexp": WORDS, "stopwords": list(STOPWORDS_FRENCH)}
        self._embeddings: Any = Embeddings(
            method="external", transform=vectors_of, dense=True, scoring=SCORING | {"tokenizer": tokenizer}
        )
        self._embeddings.index(enumerate(texts))
        known.clear()

    def rank(self, question: str) -> list[EntryId]:
        found = self._embeddings.search(question, self._depth)
        return best_places(self._entry_ids[at] for at, _ in found)

    def close(self) -> None:
        self._embeddings.close()
