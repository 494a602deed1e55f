"""How well one question's matches are ordered, best first; an entry is right or not, without degrees.

A question that no entry answers has no right order: its figures are 0, and means should leave it out.
"""

from collections.abc import Collection, Sequence
from math import log2

from noa_rag.domain.entry import EntryId


def hit_at(matches: Sequence[EntryId], expected: Collection[EntryId], k: int) -> bool:
    """Return whether any expected entry is among the first k matches."""
    return any(one in expected for one in matches[:k])


def reciprocal_rank(matches: Sequence[EntryId], expected: Collection[EntryId]) -> float:
    """Return 1 / the rank of the first expected entry, ranks from 1; 0 when none was found.

    Its mean over questions is the MRR (Voorhees 1999, "The TREC-8 question answering track report").
    """
    return next((1 / rank for rank, one in enumerate(matches, start=1) if one in expected), 0.0)


def ndcg_at(matches: Sequence[EntryId], expected: Collection[EntryId], k: int) -> float:
    """Return the discounted gain of the first k matches over that of the ideal order, 0 to 1.

    Gains are 1 or 0, discounted by log2(rank + 1); the ideal order has min(k, n) of the n expected entries in front
    (Järvelin & Kekäläinen 2002, "Cumulated gain-based evaluation of IR techniques").
    """
    gain = sum(_discount(rank) for rank, one in enumerate(matches[:k], start=1) if one in expected)
    ideal = sum(_discount(rank) for rank in range(1, min(k, len(expected)) + 1))
    return gain / ideal if ideal else 0.0


def _discount(rank: int) -> float:
    return 1 / log2(rank + 1)
