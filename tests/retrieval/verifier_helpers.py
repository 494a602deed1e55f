"""Pairs of drawn token vectors, and aligners with drawn weights."""

from pathlib import Path

import numpy as np
import torch

from evals.lab.verifier.network import AlignerNetwork, export_aligners
from noa_rag.retrieval.verifier.aligner import Pair

DIMENSION = 8


def a_network(seed: int = 0, *, width: int = 6, dimension: int = DIMENSION, dropout: float = 0.0) -> AlignerNetwork:
    torch.manual_seed(seed)
    return AlignerNetwork(dimension, width=width, dropout=dropout).eval()


def a_pair(asked: int, *lengths: int, seed: int = 1) -> Pair:
    """Return a pair of that many words: of the question, then of each segment of the entry."""
    drawn = np.random.default_rng(seed)
    question, entry = (drawn.normal(size=(n, DIMENSION)).astype(np.float16) for n in (asked, sum(lengths)))
    return Pair(question, entry, np.repeat(np.arange(len(lengths)), lengths))


def a_stored_aligner(folder: Path, model: str, *, dimension: int = DIMENSION) -> Path:
    """Return the file of an aligner for an embedding model."""
    path = folder / "aligner.onnx"
    export_aligners(path, [a_network(width=4, dimension=dimension)], {"model": model})
    return path
