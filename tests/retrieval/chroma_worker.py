"""Run as a module: puts 1,100 vectors in a Chroma folder, as a process of the service does, and says what is missing.

Chroma writes its vector files from 1,000 vectors on.
"""

import sys
from pathlib import Path

from noa_rag.retrieval.chroma_store import ChromaStore
from noa_rag.retrieval.dense import DenseIndex
from tests.retrieval.retrieval_helpers import numbered_texts, random_vectors

COUNT = 1_100
SAMPLED = 25  # every 25th is asked for


def main(folder: Path) -> None:
    texts, vectors = numbered_texts(COUNT), random_vectors(COUNT)
    store = ChromaStore(folder)
    dense = DenseIndex(store, "model", vectors.shape[1])
    dense.sync(texts, vectors)
    missing = dense.missing(texts[::SAMPLED], vectors[::SAMPLED])
    store.close()
    sys.stdout.write(f"{store.where} misses {len(missing)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
