"""Merging what the retrievers found into one order; each retriever's own figures are kept beside it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from noa_rag.domain.entry import EntryId

Scores = NDArray[np.float32]

RANK_OFFSET = 60  # Cormack et al. 2009; flattens the lead of first places. Ranks start at 1.

# First look over all entries, by BM25 alone, on its own scale; the learned order then ranks what both sides found.
FIRST_LOOK_WEIGHTS = {
    "passage": 1.5,
    "passage_expansion": 0.45,
    "question": 0.9,
    "question_expansion": 0.5,
    "whole": 1.0,
    "whole_expansion": 0.4,
    "passage_pairs": 0.2,
    "question_pairs": 0.2,
}
# BM25 grows with the length of the question: its figures are divided by the rarity of the question's words.
LEAST_RARITY = 4.0  # about one rare word


def first_look(scores: Mapping[str, Scores]) -> Scores:
    """Return the weighted sum of the lexical fields, one figure an entry."""
    total = np.zeros_like(scores["whole"])
    for name, weight in FIRST_LOOK_WEIGHTS.items():
        total += np.float32(weight) * scores[name]
    return total


def comparable(evidence: Mapping[str, float], rarity: float) -> dict[str, float]:
    """Return an entry's figures with the lexical ones made comparable between short and long questions."""
    scale = max(rarity, LEAST_RARITY)
    return {name: value / scale if name in FIRST_LOOK_WEIGHTS else value for name, value in evidence.items()}


def fused_score(figures: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Return the weighted sum that orders matches. The weights were learned from labelled questions."""
    return sum(weight * figures[name] for name, weight in weights.items())


def reciprocal_rank_fusion(rankings: Sequence[Sequence[EntryId]]) -> list[EntryId]:
    """Merge rankings so that entries placed well by several retrievers come first; the yardstick of `make eval`."""
    scores: dict[EntryId, float] = defaultdict(float)
    for ranking in rankings:
        for rank, entry_id in enumerate(ranking, start=1):
            scores[entry_id] += 1 / (RANK_OFFSET + rank)
    return sorted(scores, key=lambda entry_id: (-scores[entry_id], entry_id))
