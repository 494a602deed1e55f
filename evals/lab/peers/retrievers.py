"""The retrievers that are compared over the same passages and vectors: llama-index, haystack, txtai, and Noa's own."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol
from uuid import uuid4

import numpy as np

from noa_rag.answering.steps.screen import Screen
from noa_rag.answering.steps.understand import Understand
from noa_rag.answering.turn import Turn
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import InvalidQuestion, NoaError
from noa_rag.domain.ports import Match
from noa_rag.domain.question import Ask, Question
from noa_rag.retrieval.embedding import Embedder, Vectors
from noa_rag.retrieval.index import Snapshot
from noa_rag.retrieval.passages import Kind, SearchedText
from noa_rag.retrieval.reranker import Reranker
from noa_rag.retrieval.retriever import HybridRetriever
from noa_rag.retrieval.thresholds import NEAREST_LIMIT

# Passages asked of each list before fusion, as many as Noa takes from its own. The peers' defaults, 2, 10 and 3, may
# hold fewer than ten entries; from 20 to 100 the share of their right first answers moves by less than two points.
DEPTH = NEAREST_LIMIT
CANDIDATES_READ = 5  # entries, in the place of a stock cross-encoder
PACKAGES = ("llama-index-retrievers-bm25", "haystack-ai", "txtai")
INSTALLING = (
    "pip install -c constraints.txt -e '.[peers]' && "
    "pip install --no-deps llama-index-retrievers-bm25==0.8.0"  # it asks for PyStemmer below 3, and works with 3.1
)


class PeersMissing(NoaError):
    """The libraries that Noa is compared with are not installed."""


class Peer(Protocol):
    """A retriever that holds all passages and embeds each question itself, with the one embedder."""

    @property
    def name(self) -> str:
        """How it is called in the table, with its version."""

    def rank(self, question: str) -> list[EntryId]:
        """Return entries, each at the place of its best passage, best first."""

    def close(self) -> None:
        """Release what it holds."""


@dataclass(frozen=True, slots=True)
class Passages:
    """What every peer indexes: texts with a row of `vectors` each, and the model that made them."""

    texts: Sequence[SearchedText]
    vectors: Vectors
    embedder: Embedder

    @property
    def depth(self) -> int:
        """How many passages to ask of each list; never more than there are."""
        return min(DEPTH, len(self.texts))


def passages_of(snapshot: Snapshot, embedder: Embedder) -> Passages:
    """Return the passages of an index with the vectors they already have.

    The titles that Noa also searches by themselves are left out: each passage stands under its title, and with the
    titles as further texts every peer found up to two points fewer right first answers.
    """
    rows = [row for row, text in enumerate(snapshot.texts) if text.kind is Kind.PASSAGE]
    return Passages([snapshot.texts[row] for row in rows], snapshot.vectors[rows], embedder)


def best_places(entry_ids: Iterable[str]) -> list[EntryId]:
    """Return the entries of ranked passages, each once, where its best passage stands."""
    return [EntryId(entry_id) for entry_id in dict.fromkeys(entry_ids)]


def named(package: str, title: str) -> str:
    """Return a title with the installed version of its package."""
    return f"{title} {version(package)}"


def require_packages(packages: Sequence[str] = PACKAGES) -> None:
    """Raise PeersMissing, with the command that installs them, unless all packages of the peers are there."""
    missing = [package for package in packages if not _is_installed(package)]
    if missing:
        raise PeersMissing(f"To compare, {', '.join(missing)} must be installed. Run: {INSTALLING}")


def _is_installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


# What `hybrid=True` stands for, but words are cut at apostrophes ("l'employeur" is one word to its own cut), and French
# stop words are left out: one more right first answer in a hundred. It has no stemmer.
SCORING = {"method": "bm25", "terms": True, "normalize": True}
WORDS = r"\w{2,}"


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


class NoaPeer:
    """What the answer path finds for a question, as it would be asked on the page; nothing is read yet."""

    def __init__(self, retriever: HybridRetriever) -> None:
        self.name = f"Noa {version('noa')}"
        self._retriever = retriever

    def rank(self, question: str) -> list[EntryId]:
        understood = _understood(question, self._retriever)
        return [match.entry_id for match in self._retriever.retrieve(understood).matches] if understood else []

    def close(self) -> None:
        """Do nothing: whoever opened the base closes it."""


class ReadPeer:
    """A peer whose first candidates our reader puts in order, as its own library would let a stock cross-encoder do."""

    def __init__(self, peer: Peer, retriever: HybridRetriever, reader: Reranker) -> None:
        """`retriever` serves only to understand the question; it retrieves nothing here."""
        self.name = f"{peer.name}, read by Noa"
        self._peer, self._retriever, self._reader = peer, retriever, reader

    def rank(self, question: str) -> list[EntryId]:
        found = self._peer.rank(question)
        understood = _understood(question, self._retriever)
        if understood is None:
            return found
        first = [Match(one, 0, 0.0, place) for place, one in enumerate(found[:CANDIDATES_READ], start=1)]
        log_odds = self._reader.log_odds(understood, first)
        return [*sorted(log_odds, key=lambda one: -log_odds[one]), *(one for one in found if one not in log_odds)]

    def close(self) -> None:
        """Do nothing: whoever opened the peer closes it."""


def _understood(question: str, retriever: HybridRetriever) -> Question | None:
    understand = Understand(today_in_paris, retriever.written, retriever.is_borrowed)
    try:
        return understand(Screen()(Turn(Ask(question)))).understood
    except InvalidQuestion:
        return None
