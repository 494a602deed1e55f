"""llama-index: its BM25 and Chroma retrievers under its own QueryFusionRetriever."""

from typing import Any
from uuid import uuid4

from evals.lab.peers.peer import Passages, best_places, named
from noa_rag.domain.entry import EntryId
from noa_rag.retrieval.passages import SearchedText


class LlamaIndexPeer:
    """BM25 with French stems and stop words beside Chroma as it comes, merged by reciprocal rank."""

    def __init__(self, passages: Passages) -> None:
        import Stemmer
        from llama_index.core.llms import MockLLM
        from llama_index.core.retrievers import QueryFusionRetriever
        from llama_index.core.schema import TextNode
        from llama_index.retrievers.bm25 import BM25Retriever

        self.name = named("llama-index-core", "llama-index")
        self._embedder = passages.embedder
        nodes = [
            TextNode(embedding=vector.tolist(), **_described(text))
            for text, vector in zip(passages.texts, passages.vectors, strict=True)
        ]
        lexical = BM25Retriever.from_defaults(
            nodes=nodes, stemmer=Stemmer.Stemmer("french"), language="fr", similarity_top_k=passages.depth
        )
        self._fusion: Any = QueryFusionRetriever(
            [self._vector_retriever(nodes, passages), lexical],
            llm=MockLLM(),  # never asked, but without one it looks for OpenAI's
            mode="reciprocal_rerank",
            num_queries=1,  # the question alone; more would be written by a language model
            similarity_top_k=2 * passages.depth,
        )

    def rank(self, question: str) -> list[EntryId]:
        from llama_index.core.schema import QueryBundle

        vector = self._embedder.embed_queries([question])[0]
        found = self._fusion.retrieve(QueryBundle(question, embedding=vector.tolist()))
        return best_places(one.node.metadata["entry_id"] for one in found)

    def close(self) -> None:
        self._client.delete_collection(self._collection)

    def _vector_retriever(self, nodes: list[Any], passages: Passages) -> Any:
        import chromadb
        from chromadb.config import Settings
        from llama_index.core import StorageContext, VectorStoreIndex
        from llama_index.core.embeddings import MockEmbedding
        from llama_index.vector_stores.chroma import ChromaVectorStore

        # In-memory clients of one process share their collections, hence a name of its own.
        self._client = chromadb.EphemeralClient(Settings(anonymized_telemetry=False))
        self._collection = f"peers-{uuid4().hex}"
        store = ChromaVectorStore(chroma_collection=self._client.create_collection(self._collection))
        index = VectorStoreIndex(
            nodes,
            storage_context=StorageContext.from_defaults(vector_store=store),
            embed_model=MockEmbedding(embed_dim=passages.vectors.shape[1]),  # nodes and questions bring their vectors
        )
        return index.as_retriever(similarity_top_k=passages.depth)


def _described(text: SearchedText) -> dict[str, Any]:
    # Ids are no words to search: without the exclusion they would stand before each text in BM25.
    return {
        "id_": text.id,
        "text": text.embedded_text,
        "metadata": {"entry_id": str(text.entry_id)},
        "excluded_embed_metadata_keys": ["entry_id"],
    }
