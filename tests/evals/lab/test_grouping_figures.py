"""The figures of `make grouping`, on numbers worked out by hand."""

import numpy as np
import pytest

from evals.lab.grouping.__main__ import exponent, made_up, n_log_n_exponent
from evals.lab.grouping.quality import PHRASINGS, figures_of, grouped, labelled, split

FOUND = {f"cluster {number}": [f"{number}-{one}" for one in range(number % 15 + 1)] for number in range(60)}


def test_the_measured_clusters_choose_nothing() -> None:
    measured, others = split(FOUND)

    assert len(measured) == 40
    assert not set(measured) & set(others)
    assert set(measured) | set(others) == FOUND.keys()


def test_a_cluster_counts_with_ten_phrasings_at_most_the_first_ones_unless_drawn() -> None:
    first = labelled(FOUND, ["cluster 14"])

    assert first.texts == tuple(f"14-{one}" for one in range(10))
    assert len(labelled(FOUND, ["cluster 14"], seed=3).texts) == PHRASINGS
    assert labelled(FOUND, ["cluster 14"], seed=3) == labelled(FOUND, ["cluster 14"], seed=3)


def test_groups_that_agree_with_the_labels_score_one_and_one_group_for_all_scores_nothing() -> None:
    assert figures_of(["a", "a", "b"], [5, 5, 9]).ari == 1
    assert figures_of(["a", "a", "b"], [5, 5, 9]).v_measure == 1
    assert figures_of(["a", "a", "b", "b"], [1, 1, 1, 1]).ari == 0


def test_questions_are_grouped_at_the_threshold() -> None:
    # Two at a right angle to a third; crowds of .5, so that likeness is the cosine less .5.
    places = np.array([[1, 0, 0.5], [1, 0, 0.5], [0, 1, 0.5]], np.float32)

    assert grouped(places, 0.4) == [0, 0, 1]
    assert grouped(places, 0.6) == [0, 1, 2]


def test_the_exponent_of_squares_is_two_and_that_of_n_log_n_a_little_above_one() -> None:
    counts = [1_000, 2_000, 4_000]

    assert exponent(counts, [count**2 for count in counts]) == pytest.approx(2)
    assert 1.1 < n_log_n_exponent(counts) < 1.2


def test_made_up_questions_lie_nearer_to_their_topic_than_to_others() -> None:
    real = np.random.default_rng(1).standard_normal((300, 64)).astype(np.float32)

    made = made_up(real, 100)

    alike = made @ made.T
    own = np.kron(np.eye(20), np.ones((5, 5))).astype(bool)
    assert alike[own].min() > np.quantile(alike[~own], 0.99)
