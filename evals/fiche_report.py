"""The imported fiches on the shared questions: four orders side by side, and outcomes by cross-validation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evals.asking import Asked, ask_with
from evals.bases import SHARED
from evals.calibrate import learn_profile
from evals.cases import CaseKind, read_shared_questions
from evals.lessons import LEARNING_LIMIT, fiche_lessons
from evals.metrics import Share, share
from noa_rag.assembly.service import Noa
from noa_rag.domain.entry import EntryId
from noa_rag.retrieval.fusion import reciprocal_rank_fusion
from noa_rag.retrieval.passages import Kind

DEPTH = 50  # of each list that is fused by rank


@dataclass(frozen=True, slots=True)
class Row:
    """One way of ordering fiches, with the share of questions whose fiche stands first, and among five."""

    name: str
    hit_at_1: Share
    hit_at_5: Share


def retrieval_table(noa: Noa) -> list[Row]:
    """Return BM25 alone, dense alone, their rank fusion, and Noa's own order, over all shared in-scope questions."""
    cases = read_shared_questions(SHARED / "questions" / "in_scope.jsonl", CaseKind.IN_SCOPE)
    asked = ask_with(noa.retriever, noa.index.embedder, cases)
    orders: dict[str, Callable[[Asked], Sequence[EntryId]]] = {
        "BM25 alone, best passage": lambda one: _lexical(noa, one),
        "dense alone, best passage": lambda one: _dense(noa, one),
        "reciprocal rank fusion of the two": lambda one: reciprocal_rank_fusion(
            [_lexical(noa, one)[:DEPTH], _dense(noa, one)[:DEPTH]]
        ),
        "Noa": lambda one: [match.entry_id for match in one.retrieved.matches],
    }
    return [
        Row(
            name,
            share(_is_hit(order(one), one, 1) for one in asked),
            share(_is_hit(order(one), one, 5) for one in asked),
        )
        for name, order in orders.items()
    ]


def outcomes(noa: Noa) -> dict[str, object]:
    """Return what would be answered, offered and refused, each question judged without its own fiche's labels."""
    limit, noa.retriever.limit = noa.retriever.limit, LEARNING_LIMIT
    try:
        _, figures = learn_profile("bare", *fiche_lessons(noa, noa.retriever.ranking))
    finally:
        noa.retriever.limit = limit
    return figures


def _is_hit(order: Sequence[EntryId], one: Asked, limit: int) -> bool:
    return any(entry_id in one.case.expected_entries for entry_id in order[:limit])


def _lexical(noa: Noa, one: Asked) -> list[EntryId]:
    lexical = noa.index.snapshot.lexical
    return _ordered(lexical.scores(lexical.understand(one.question.normalised))["passage"], lexical.entry_ids)


def _dense(noa: Noa, one: Asked) -> list[EntryId]:
    snapshot = noa.index.snapshot
    is_passage = np.array([text.kind is Kind.PASSAGE for text in snapshot.texts])
    similarities = np.where(is_passage, snapshot.vectors @ one.vector, -1.0)
    starts = [snapshot.spans[entry_id].start for entry_id in snapshot.lexical.entry_ids]
    return _ordered(np.maximum.reduceat(similarities, starts), snapshot.lexical.entry_ids)


def _ordered(scores: NDArray[np.floating], entry_ids: Sequence[EntryId]) -> list[EntryId]:
    return [entry_ids[at] for at in np.argsort(-scores, kind="stable")[:DEPTH]]
