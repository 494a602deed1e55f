"""The order of matches, worked by hand and beside scikit-learn's figures."""

from math import log2

import numpy as np
import pytest
from sklearn.metrics import label_ranking_average_precision_score, ndcg_score

from evals.metrics.answering import ndcg_at, reciprocal_rank
from noa_rag.domain.entry import EntryId

A, B, C, D = (EntryId(letter) for letter in "abcd")


def test_gains_are_discounted_by_the_logarithm_of_their_rank() -> None:
    # Expected at ranks 2 and 4; the ideal order has them at 1 and 2.
    assert ndcg_at([A, B, C, D], (B, D), 10) == pytest.approx((1 / log2(3) + 1 / log2(5)) / (1 / log2(2) + 1 / log2(3)))


def test_scikit_learn_finds_the_same() -> None:
    drawn = np.random.default_rng(1)
    entries = [EntryId(str(number)) for number in range(10)]
    for expected_count in (1, 3):
        ranking = list(drawn.permutation(entries))
        expected = {EntryId(entry_id) for entry_id in drawn.choice(entries, size=expected_count, replace=False)}
        relevant = [[entry_id in expected for entry_id in ranking]]
        scores = [list(range(10, 0, -1))]

        assert ndcg_at(ranking, expected, 5) == pytest.approx(ndcg_score(relevant, scores, k=5))
        if expected_count == 1:
            theirs = label_ranking_average_precision_score(relevant, scores)
            assert reciprocal_rank(ranking, expected) == pytest.approx(theirs)
