"""The imported fiches on the shared questions: orders side by side, and outcomes by cross-validation."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from evals.calibration.asking import AskedCase
from evals.calibration.calibrate import keep_all_that_is_read
from evals.calibration.lessons import (
    LEARNING_LIMIT,
    CalibrationLesson,
    Features,
    Lessons,
    cross_validated,
    fiche_lessons,
)
from evals.metrics.answering import hit_at
from evals.metrics.confidence import auroc
from evals.metrics.figure import Figure, share, statistic_figure
from evals.suites.cases import CaseKind
from noa_rag.domain.entry import EntryId
from noa_rag.domain.ports import Progress
from noa_rag.retrieval.confidence import all_features, features
from noa_rag.retrieval.passages import Kind
from noa_rag.retrieval.retriever import reciprocal_rank_fusion
from noa_rag.service.noa import Noa

HITS_AT = (1, 5)
DEPTH = 50  # of each list that is fused by rank
REFUSED = 0.908  # share of out-of-scope questions refused where in-scope ones are counted


def figures(noa: Noa, progress: Progress) -> list[Figure]:
    """Return hit@1 and hit@5 of five orders, and how well right first fiches are told from near misses.

    Nothing of the order nor of the verifier was learned on a fiche. The confidence is fitted here, and each question
    is judged by a fit that saw none of its fiches.
    """
    progress("asking and reading the fiches", 0, 0)
    keep_all_that_is_read(noa)
    limit, noa.retriever.limit = noa.retriever.limit, LEARNING_LIMIT
    try:
        lessons = fiche_lessons(noa, noa.retriever.ranking)
    finally:
        noa.retriever.limit = limit
    asked_cases = [asked_case for asked_case in lessons.suite if asked_case.case.kind is CaseKind.IN_SCOPE]
    rates = []
    for name, order in orders(noa).items():
        ranked = [(asked_case, order(asked_case)) for asked_case in asked_cases]
        rates += [hit_figure(ranked, limit, name) for limit in HITS_AT]
    read = [
        lesson.asked
        for lesson in lessons.verified
        if lesson.asked.case.kind is CaseKind.IN_SCOPE and not lesson.is_twin
    ]
    rates += [
        hit_figure([(asked_case, _own_order(asked_case)) for asked_case in read], limit, "Noa") for limit in HITS_AT
    ]
    return [*rates, *_told_apart(lessons), *_scope(lessons)]


def orders(noa: Noa) -> dict[str, Callable[[AskedCase], Sequence[EntryId]]]:
    """Return the ways of ordering fiches that are compared, by name."""
    return {
        "BM25 alone": lambda asked_case: _lexical(noa, asked_case),
        "dense alone": lambda asked_case: _dense(noa, asked_case),
        "reciprocal rank fusion": lambda asked_case: reciprocal_rank_fusion(
            [_lexical(noa, asked_case)[:DEPTH], _dense(noa, asked_case)[:DEPTH]]
        ),
        "Noa before reading": _own_order,
    }


def _own_order(asked_case: AskedCase) -> list[EntryId]:
    return [match.entry_id for match in asked_case.retrieved.matches]


def hit_figure(ranked: Sequence[tuple[AskedCase, Sequence[EntryId]]], limit: int, name: str) -> Figure:
    """Return the share of questions with an expected fiche among the first `limit` of an order."""
    return share(hit_at(ids, asked_case.case.expected_entries, limit) for asked_case, ids in ranked).as_figure(
        f"{name}, hit@{limit}"
    )


def _told_apart(lessons: Lessons) -> list[Figure]:
    """Return the AUROC of right first fiches against those found with the right ones hidden."""
    return [
        _auroc_figure(lessons.answers, features, "right first told from hidden, by scores alone (AUROC)"),
        _auroc_figure(lessons.verified, all_features, "right first told from hidden, after reading (AUROC)"),
    ]


def _auroc_figure(lessons: Sequence[CalibrationLesson], seen: Features, name: str) -> Figure:
    chosen = [
        lesson
        for lesson in lessons
        if lesson.is_twin or (lesson.is_true and lesson.asked.case.kind is CaseKind.IN_SCOPE)
    ]
    labels = [not lesson.is_twin for lesson in chosen]
    chances = cross_validated(
        [lesson.asked for lesson in chosen], labels, [1.0] * len(chosen), [lesson.group for lesson in chosen], seen
    )
    return statistic_figure(name, auroc, chances.tolist(), labels)


def _scope(lessons: Lessons) -> list[Figure]:
    """Return the share of in-scope questions answered or offered where a share REFUSED of the others is refused."""
    chances = cross_validated(
        [lesson.asked for lesson in lessons.knows],
        [lesson.is_true for lesson in lessons.knows],
        [1.0] * len(lessons.knows),
        [lesson.group for lesson in lessons.knows],
    )
    outside = [chance for lesson, chance in zip(lessons.knows, chances, strict=True) if not lesson.is_true]
    threshold = float(np.quantile(outside, REFUSED))
    inside = [chance >= threshold for lesson, chance in zip(lessons.knows, chances, strict=True) if lesson.is_true]
    return [
        share(chance < threshold for chance in outside).as_figure("out of scope: refused"),
        share(inside).as_figure("in scope: answered or offered at that"),
    ]


def _lexical(noa: Noa, asked_case: AskedCase) -> list[EntryId]:
    lexical = noa.index.snapshot.lexical
    return _ordered(lexical.scores(lexical.understand(asked_case.question.normalised)), lexical.entry_ids)


def _dense(noa: Noa, asked_case: AskedCase) -> list[EntryId]:
    snapshot = noa.index.snapshot
    is_passage = np.array([text.kind is Kind.PASSAGE for text in snapshot.texts])
    similarities = np.where(is_passage, snapshot.vectors @ asked_case.vector, -1.0)
    starts = [snapshot.spans[entry_id].start for entry_id in snapshot.lexical.entry_ids]
    return _ordered(np.maximum.reduceat(similarities, starts), snapshot.lexical.entry_ids)


def _ordered(scores: NDArray[np.floating], entry_ids: Sequence[EntryId]) -> list[EntryId]:
    return [entry_ids[at] for at in np.argsort(-scores, kind="stable")[:DEPTH]]
