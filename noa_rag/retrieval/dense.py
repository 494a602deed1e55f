"""Dense retrieval: vectors in Chroma, asked through llama-index; in memory for an index that is only tried out."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import StaleIndex
from noa_rag.retrieval.chroma_store import ChromaStore, told_as_stale
from noa_rag.retrieval.embedding import Vectors
from noa_rag.retrieval.passages import SearchedText

SCHEMA = 2  # raise when node ids, metadata or the form in which texts are embedded change
ADDED_AT_ONCE = 500  # texts in one call; half a second, far from the deadline of a call to a server
ASKED_AT_ONCE = 100  # texts queried with their own vectors in one call; 50 ms
NEAREST_PROBED = 10  # nearest texts among which a text must find itself
SAME_COSINE = 0.9999
PROBED = 12  # texts that must find themselves after a change; others look later, see `SearchIndex.check`
# Queries look at this many graph nodes; at 11,000 vectors the true nearest is then missed less than once in 1,000.
SEARCH_WIDTH = 200
LARGE = 10_000  # texts, from which on a sound collection may miss one of a hundred: among 190,000 it missed some
_COMPARED_AT_ONCE = 64  # questions; with 14,000 texts 4 MB of similarities


class DenseIndex:
    """The vectors of all searched texts, one Chroma collection for one model and schema.

    Any error of Chroma is raised as StaleIndex; the next call then opens the collection again, since a server that came
    back may have another one, or none.
    """

    def __init__(self, store: ChromaStore, fingerprint: str, dimension: int) -> None:
        self._store = store
        self._name = collection_name(fingerprint, dimension)
        self._collection: Any = None
        self._nodes: Any = None
        self._is_empty = True

    def sync(self, texts: Sequence[SearchedText], vectors: Vectors, *, is_anew: bool = False) -> None:
        """Make the collection hold exactly these texts; `is_anew` drops the old one first.

        Raises StaleIndex when even a rebuilt collection does not find its texts.
        """
        with self._using():
            if is_anew:
                self.clear()
            changed = self._apply(texts, vectors)
            # Files not checked yet are probed for every text: one that was cut short may have lost any of them.
            step = 1 if self._store.is_unknown else max(1, len(texts) // PROBED)
            probed, held = (texts[::step], vectors[::step]), len(texts)
            if (changed or self._store.is_unknown) and self.lost(*probed, held=held):
                self.clear()
                self._apply(texts, vectors)
                if self.lost(*probed, held=held):
                    raise StaleIndex(
                        f"The vector index in {self._store.where} does not return what was put in."
                        " Stop the service, delete that folder, and start again."
                    )
            self._store.mark_sound()

    def clear(self) -> None:
        """Forget every vector."""
        with self._using():
            self._store.client.delete_collection(self._name)
            self._open()

    def reopen(self) -> None:
        """Let go of what Chroma has open; the next call opens it anew, and drops a damaged folder."""
        self._collection = self._nodes = None
        self._store.reopen()

    def holds(self, count: int) -> bool:
        """Whether the collection has so many texts, or more: another worker may be ahead. Raises StaleIndex."""
        with self._using():
            return bool(self._collection.count() >= count)

    def absent(self, texts: Sequence[SearchedText]) -> list[str]:
        """Return the ids of texts that the collection does not have. Raises StaleIndex."""
        with self._using():
            known = set(self._collection.get(include=[])["ids"])
        return [text.id for text in texts if text.id not in known]

    def has_damaged_files(self) -> bool:
        """Whether Chroma's database is damaged, as far as it is a file of ours."""
        return self._store.has_damaged_database()

    def nearest(self, vector: Vectors, limit: int) -> list[tuple[EntryId, float]]:
        """Return the entries of the `limit` nearest texts, one item a text, with cosine similarities, best first."""
        from llama_index.core.vector_stores.types import VectorStoreQuery

        with self._using():
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
        """Return the ids of texts that a query with their own vectors misses: `count` and `get` would not notice."""
        lost: list[str] = []
        for start in range(0, len(texts), ASKED_AT_ONCE):
            asked = texts[start : start + ASKED_AT_ONCE]
            with self._using():
                if self._is_empty:
                    lost += [text.id for text in asked]
                    continue
                found = self._collection.query(
                    query_embeddings=vectors[start : start + ASKED_AT_ONCE],
                    n_results=NEAREST_PROBED,
                    include=["distances"],
                )
                several = zip(asked, found["ids"], found["distances"], strict=True)
                lost += [text.id for text, ids, distances in several if not _finds(text, ids, distances)]
        return lost

    def lost(self, texts: Sequence[SearchedText], vectors: Vectors, *, held: int) -> list[str]:
        """Return the ids of texts that are missed, none where a sound collection of `held` texts may miss as many."""
        missed = self.missing(texts, vectors)
        tolerated = 0 if held < LARGE else max(1, len(texts) // 100)
        return missed if len(missed) > tolerated else []

    @contextmanager
    def _using(self) -> Iterator[None]:
        try:
            with told_as_stale(self._store.where):
                if self._collection is None:
                    self._open()
                yield
        except StaleIndex:
            self._collection = self._nodes = None
            raise

    def _open(self) -> None:
        from llama_index.vector_stores.chroma import ChromaVectorStore

        collection = self._store.client.get_or_create_collection(
            self._name, configuration={"hnsw": {"space": "cosine", "ef_search": SEARCH_WIDTH}}, embedding_function=None
        )
        self._is_empty = collection.count() == 0
        self._nodes = ChromaVectorStore(chroma_collection=collection)
        self._collection = collection

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


def _finds(text: SearchedText, ids: Sequence[str], distances: Sequence[float]) -> bool:
    # Many entries may ask the very same question: one that is crowded out by its equals is not lost.
    is_crowded_out = len(ids) == NEAREST_PROBED and 1.0 - distances[-1] > SAME_COSINE
    return is_crowded_out or text.id in ids


def collection_name(fingerprint: str, dimension: int) -> str:
    """Return a name that changes with model, dimension, metric and schema: Chroma silently keeps an old metric."""
    described = f"{fingerprint}|{dimension}|cosine|{SCHEMA}"
    return f"noa-{hashlib.sha256(described.encode()).hexdigest()[:32]}"


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
                order = highest(similarities, limit)
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
    return [(texts[at].entry_id, float(similarities[at])) for at in highest(similarities, limit)]


def highest(figures: NDArray[np.float32], limit: int) -> NDArray[np.int64]:
    """Return the places of the highest figures, the highest first and equal ones in their order."""
    near = np.arange(len(figures))
    if limit < len(near):  # sorting all of them takes three times as long
        least = -np.partition(-figures, limit - 1)[limit - 1]
        near = np.flatnonzero(figures >= least)  # with all that equal the last: which are taken is settled below
    order: NDArray[np.int64] = near[np.lexsort((near, -figures[near]))][:limit]
    return order
