"""Other retrievers over given texts and vectors; `make bench PART=peers` runs this file where they are installed."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

DEPTH = 100  # texts asked of each list: many may be wordings of one entry, and the defaults (2, 10, 3) hold too few
WEIGHTS, PENALTY = (1.0, 0.5, 0.7, 0.35), 3.0  # of the small reader; set by hand on other messages


@dataclass(frozen=True)
class Asked:
    """Texts with the id of the entry of each, messages to learn from with theirs, and questions; rows of vectors."""

    texts: list[str]
    owners: list[str]
    is_question: list[bool]
    taught: list[str]
    questions: list[str]
    vectors: Any
    taught_vectors: Any
    question_vectors: Any


def small_reader(asked: Asked) -> Iterator[list[str]]:
    """Four scores of each entry, standardised and summed: nearest question, nearest passage, a classifier, and BM25."""
    import bm25s
    import Stemmer

    entries = list(dict.fromkeys(asked.owners))
    place = {entry: number for number, entry in enumerate(entries)}
    owners, taught = (np.array([place[entry] for entry in ids]) for ids in (asked.owners, asked.taught))
    questions = np.array(asked.is_question)
    wordings = np.r_[asked.vectors[questions], asked.taught_vectors], np.r_[owners[questions], taught]
    seen = np.c_[np.r_[asked.vectors, asked.taught_vectors], np.ones(len(owners) + len(taught))]
    wanted = np.full((len(seen), len(entries)), -1 / len(entries))
    wanted[np.arange(len(seen)), np.r_[owners, taught]] = 1
    classifier = np.linalg.solve(seen.T @ seen + PENALTY * np.eye(seen.shape[1]), seen.T @ wanted)
    documents = [
        " ".join(text for text, of in zip(asked.texts, asked.owners, strict=True) if of == entry) for entry in entries
    ]
    tokens = {"stopwords": "fr", "stemmer": Stemmer.Stemmer("french"), "return_ids": False, "show_progress": False}
    lexical = bm25s.BM25()
    lexical.index(bm25s.tokenize(documents, **tokens), show_progress=False)

    def nearest(row: Any, vectors: Any, of: Any) -> Any:
        best = np.full(len(entries), -1.0)
        np.maximum.at(best, of, vectors @ row)
        return best

    for row, words in zip(asked.question_vectors, bm25s.tokenize(asked.questions, **tokens), strict=True):
        scores = (
            nearest(row, *wordings),
            nearest(row, asked.vectors[~questions], owners[~questions]),
            np.append(row, 1.0) @ classifier,
            lexical.get_scores(words) if words else np.zeros(len(entries)),
        )
        standardised = [(each - each.mean()) / (each.std() + 1e-6) for each in scores]
        order = np.argsort(
            -sum(weight * each for weight, each in zip(WEIGHTS, standardised, strict=True)), kind="stable"
        )
        yield [entries[at] for at in order[:DEPTH]]


def llama_index(asked: Asked) -> Iterator[list[str]]:
    """Vectors and BM25 with French stems and stop words, merged by reciprocal rank."""
    import Stemmer
    from llama_index.core import VectorStoreIndex
    from llama_index.core.embeddings import MockEmbedding
    from llama_index.core.llms import MockLLM
    from llama_index.core.retrievers import QueryFusionRetriever
    from llama_index.core.schema import QueryBundle, TextNode
    from llama_index.retrievers.bm25 import BM25Retriever

    nodes = [
        # The entry is no word to search. Without it, the same text of two entries would count as the same result.
        TextNode(text=text, embedding=row.tolist(), metadata={"entry": entry}, excluded_embed_metadata_keys=["entry"])
        for text, entry, row in zip(asked.texts, asked.owners, asked.vectors, strict=True)
    ]
    index = VectorStoreIndex(nodes, embed_model=MockEmbedding(embed_dim=asked.vectors.shape[1]))  # never asked
    stemmer = Stemmer.Stemmer("french")
    words = BM25Retriever.from_defaults(nodes=nodes, stemmer=stemmer, language="fr", similarity_top_k=DEPTH)
    fusion = QueryFusionRetriever(
        [index.as_retriever(similarity_top_k=DEPTH), words],
        llm=MockLLM(),  # never asked, but without one it looks for OpenAI's
        mode="reciprocal_rerank",
        num_queries=1,  # the question alone; more would be written by a language model
        similarity_top_k=2 * DEPTH,
    )
    for question, row in zip(asked.questions, asked.question_vectors, strict=True):
        yield [hit.metadata["entry"] for hit in fusion.retrieve(QueryBundle(question, embedding=row.tolist()))]


def haystack(asked: Asked) -> Iterator[list[str]]:
    """Vectors and BM25, merged by reciprocal rank; it has no French stems or stop words."""
    os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"  # read once, when the library is imported
    from haystack import Document, Pipeline
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    store = InMemoryDocumentStore(embedding_similarity_function="cosine")
    rows = enumerate(zip(asked.texts, asked.owners, asked.vectors, strict=True))
    store.write_documents(
        [
            Document(id=str(number), content=text, meta={"entry": entry}, embedding=row.tolist())
            for number, (text, entry, row) in rows
        ]
    )
    pipeline = Pipeline()
    pipeline.add_component("words", InMemoryBM25Retriever(store, top_k=DEPTH))
    pipeline.add_component("meaning", InMemoryEmbeddingRetriever(store, top_k=DEPTH))
    pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
    pipeline.connect("words", "joiner")
    pipeline.connect("meaning", "joiner")
    for question, row in zip(asked.questions, asked.question_vectors, strict=True):
        joined = pipeline.run({"words": {"query": question}, "meaning": {"query_embedding": row.tolist()}})
        yield [hit.meta["entry"] for hit in joined["joiner"]["documents"]]


def txtai(asked: Asked) -> Iterator[list[str]]:
    """Its hybrid index as it comes: Faiss and BM25, scores added; it has no French stems or stop words."""
    from txtai import Embeddings

    vectors = dict(zip([*asked.texts, *asked.questions], [*asked.vectors, *asked.question_vectors], strict=True))
    index = Embeddings(
        method="external", transform=lambda texts: np.stack([vectors[text] for text in texts]), hybrid=True
    )
    index.index(enumerate(asked.texts))
    for question in asked.questions:
        yield [asked.owners[number] for number, _ in index.search(question, DEPTH)]


PEERS: dict[str, Callable[[Asked], Iterator[list[str]]]] = {
    "bm25s": small_reader,
    "llama-index-core": llama_index,
    "haystack-ai": haystack,
    "txtai": txtai,
}


def main(folder: Path) -> None:
    """Read what is asked from a folder and write each peer's entries for each question, best first, into it."""
    with np.load(folder / "vectors.npz") as stored:
        asked = Asked(**json.loads((folder / "asked.json").read_text(encoding="utf-8")), **stored)
    ranked = {
        f"{rank.__name__} ({package} {version(package)})": [list(dict.fromkeys(ids)) for ids in rank(asked)]
        for package, rank in PEERS.items()
    }
    (folder / "ranked.json").write_text(json.dumps(ranked))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
