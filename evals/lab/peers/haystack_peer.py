"""haystack: its hybrid pipeline over the in-memory store, joined by reciprocal rank fusion."""

import os
from typing import Any

from evals.lab.peers.peer import Passages, best_places, named
from noa_rag.domain.entry import EntryId


class HaystackPeer:
    """BM25L and exact vector search. It cuts words by a regular expression; no language has stems or stop words."""

    def __init__(self, passages: Passages) -> None:
        os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"  # read once, when the library is imported
        from haystack import Document, Pipeline
        from haystack.components.joiners import DocumentJoiner
        from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
        from haystack.document_stores.in_memory import InMemoryDocumentStore

        self.name = named("haystack-ai", "haystack")
        self._embedder = passages.embedder
        self._store: Any = InMemoryDocumentStore(shared=False)
        self._store.write_documents(
            [
                Document(
                    id=text.id,
                    content=text.embedded_text,
                    meta={"entry_id": str(text.entry_id)},
                    embedding=vector.tolist(),
                )
                for text, vector in zip(passages.texts, passages.vectors, strict=True)
            ]
        )
        self._pipeline: Any = Pipeline()
        self._pipeline.add_component("lexical", InMemoryBM25Retriever(self._store, top_k=passages.depth))
        self._pipeline.add_component("dense", InMemoryEmbeddingRetriever(self._store, top_k=passages.depth))
        self._pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
        self._pipeline.connect("lexical", "joiner")
        self._pipeline.connect("dense", "joiner")

    def rank(self, question: str) -> list[EntryId]:
        vector = self._embedder.embed_queries([question])[0]
        found = self._pipeline.run({"lexical": {"query": question}, "dense": {"query_embedding": vector.tolist()}})
        return best_places(one.meta["entry_id"] for one in found["joiner"]["documents"])

    def close(self) -> None:
        self._store.shutdown()
