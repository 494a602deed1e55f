"""Dense retrieval: sentence vectors in Chroma, asked through llama-index."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import StaleIndex
from noa_rag.retrieval.chroma_store import ChromaStore
from noa_rag.retrieval.passages import SearchedText

Vectors = NDArray[np.float32]
SCHEMA = 1  # raise when node ids or metadata change
ADDED_AT_ONCE = 2_000  # Chroma takes 5,461 at most here
NEAREST_PROBED = 10  # texts among which one must find itself
SAME_COSINE = 0.9999
PROBED = 12  # texts that must find themselves after a change
# Queries look at this many graph nodes; at 11,000 vectors the true nearest is then missed less than once in 1,000.
SEARCH_WIDTH = 200


class DenseIndex:
    """The vectors of all searched texts, one Chroma collection for one model and schema."""

    def __init__(self, store: ChromaStore, fingerprint: str, dimension: int) -> None:
        self._store = store
        self._name = collection_name(fingerprint, dimension)
        self._open()

    def sync(self, texts: Sequence[SearchedText], vectors: Vectors) -> None:
        """Make the collection hold exactly these texts. Raises StaleIndex when even a rebuilt one does not answer."""
        changed = self._apply(texts, vectors)
        if changed and not self._answers(texts, vectors):
            self.clear()
            self._apply(texts, vectors)
            if not self._answers(texts, vectors):
                raise StaleIndex(
                    f"The vector index in {self._store.where} does not return what was put in."
                    " Stop the service, delete that folder, and start again."
                )
        if changed:
            self._store.mark_sound()

    def clear(self) -> None:
        """Forget every vector."""
        self._store.client.delete_collection(self._name)
        self._open()

    def nearest(self, vector: Vectors, limit: int) -> list[tuple[EntryId, float]]:
        """Return the entries of the `limit` nearest texts, one item a text, with cosine similarities, best first."""
        from llama_index.core.vector_stores.types import VectorStoreQuery

        if self._is_empty:
            return []
        found = self._nodes.query(VectorStoreQuery(query_embedding=vector.tolist(), similarity_top_k=limit))
        # llama-index scores a Chroma hit exp(-distance); the cosine is one minus the distance.
        return [
            (EntryId(node.metadata["entry_id"]), 1.0 + float(np.log(score)))
            for node, score in zip(found.nodes or (), found.similarities or (), strict=True)
            if "entry_id" in node.metadata  # gone from a text that is being deleted in this very moment
        ]

    def missing(self, texts: Sequence[SearchedText], vectors: Vectors) -> list[str]:
        """Return the ids of the texts that do not find themselves: `count` and `get` would not notice."""
        return [text.id for text, vector in zip(texts, vectors, strict=True) if not self._finds(text, vector)]

    def _open(self) -> None:
        from llama_index.vector_stores.chroma import ChromaVectorStore

        self._collection: Any = self._store.client.get_or_create_collection(
            self._name, configuration={"hnsw": {"space": "cosine", "ef_search": SEARCH_WIDTH}}, embedding_function=None
        )
        self._nodes: Any = ChromaVectorStore(chroma_collection=self._collection)
        self._is_empty = self._collection.count() == 0

    def _apply(self, texts: Sequence[SearchedText], vectors: Vectors) -> bool:
        from llama_index.core.schema import TextNode

        position = {text.id: at for at, text in enumerate(texts)}
        known = set(self._collection.get(include=[])["ids"])
        stale = sorted(known - position.keys())
        fresh = [at for text_id, at in position.items() if text_id not in known]
        for start in range(0, len(stale), ADDED_AT_ONCE):
            self._collection.delete(ids=stale[start : start + ADDED_AT_ONCE])
        for start in range(0, len(fresh), ADDED_AT_ONCE):
            self._nodes.add(
                [
                    TextNode(
                        id_=texts[at].id,
                        text="",
                        embedding=vectors[at].tolist(),
                        metadata={"entry_id": str(texts[at].entry_id)},
                    )
                    for at in fresh[start : start + ADDED_AT_ONCE]
                ]
            )
        self._is_empty = not texts
        return bool(stale or fresh)

    def _answers(self, texts: Sequence[SearchedText], vectors: Vectors) -> bool:
        step = max(1, len(texts) // PROBED)
        return not self.missing(texts[::step], vectors[::step])

    def _finds(self, text: SearchedText, vector: Vectors) -> bool:
        nearest = self.nearest(vector, limit=NEAREST_PROBED)
        # Many entries may ask the very same question: one that is crowded out by its equals is not lost.
        is_crowded_out = len(nearest) == NEAREST_PROBED and nearest[-1][1] > SAME_COSINE
        return is_crowded_out or any(entry_id == text.entry_id for entry_id, _ in nearest)


def collection_name(fingerprint: str, dimension: int) -> str:
    """Return a name that changes with model, dimension, metric and schema: Chroma silently keeps an old metric."""
    described = f"{fingerprint}|{dimension}|cosine|{SCHEMA}"
    return f"noa-{hashlib.sha256(described.encode()).hexdigest()[:32]}"
