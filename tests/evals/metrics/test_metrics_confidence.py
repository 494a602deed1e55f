"""Confidence against what was right: calibration, risk by coverage, ranks; by hand and beside scikit-learn."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from evals.metrics.confidence import (
    Bin,
    RiskPoint,
    area,
    auroc,
    curve,
    expected_calibration_error,
    reliability,
)
from evals.metrics.figure import statistic_figure


def test_bins_hold_their_upper_edge_and_empty_ones_are_left_out() -> None:
    bins = reliability([0.0, 0.5, 0.9, 0.8, 1.0], [False, True, True, True, False], bins=2)

    assert bins == [
        Bin(0.0, 0.5, pytest.approx((0.0 + 0.5) / 2), 1 / 2, 2),
        Bin(0.5, 1.0, pytest.approx((0.9 + 0.8 + 1.0) / 3), pytest.approx(2 / 3), 3),
    ]
    assert [(bucket.low, bucket.count) for bucket in reliability([0.7, 0.05], [True, False])] == [(0.0, 1), (0.6, 1)]


def test_the_calibration_error_weighs_bins_by_their_cases() -> None:
    # Bins of 0 to 0.5 (mean 0.25, right 1/2) and 0.5 to 1 (mean 0.9, right 2/3).
    error = expected_calibration_error([0.0, 0.5, 0.9, 0.8, 1.0], [False, True, True, True, False], bins=2)

    assert error == pytest.approx(2 / 5 * abs(0.25 - 1 / 2) + 3 / 5 * abs(0.9 - 2 / 3))


CONFIDENCES = [0.6, 0.9, 0.8, 0.8]
IS_RIGHT = [False, True, True, False]


def test_the_curve_answers_the_surest_first_and_equals_together() -> None:
    # From 0.9: one answer, right. From 0.8: three, one wrong. From 0.6: four, two wrong.
    assert curve(CONFIDENCES, IS_RIGHT) == [
        RiskPoint(1 / 4, 0 / 1, 0.9),
        RiskPoint(3 / 4, 1 / 3, 0.8),
        RiskPoint(4 / 4, 2 / 4, 0.6),
    ]


def test_the_area_is_the_mean_risk_at_each_case_s_confidence() -> None:
    assert area(CONFIDENCES, IS_RIGHT) == pytest.approx((0 + 1 / 3 + 1 / 3 + 2 / 4) / 4)


def test_ranks_count_the_pairs_in_which_the_positive_case_is_above() -> None:
    # Positives 0.9 and 0.8 against negatives 0.6 and 0.8: above, above, above, equal.
    assert auroc(CONFIDENCES, IS_RIGHT) == (1 + 1 + 1 + 0.5) / 4
    assert auroc([0.1, 0.2], [True, False]) == 0


def test_cases_of_one_sort_cannot_be_told_apart() -> None:
    assert auroc([0.1, 0.2], [True, True]) is None
    assert auroc([0.1, 0.2], [False, False]) is None
    assert auroc([], []) is None


def test_scikit_learn_finds_the_same() -> None:
    drawn = np.random.default_rng(1)
    confidences = list(drawn.random(500).round(2) + 0.001)  # many equal ones, none on the edge of a bin
    confidences = [min(confidence, 1.0) for confidence in confidences]
    is_right = [bool(value) for value in drawn.random(500) < confidences]

    bins = reliability(confidences, is_right)
    shares, means = calibration_curve(is_right, confidences, n_bins=10)

    assert [bucket.share_right for bucket in bins] == pytest.approx(list(shares))
    assert [bucket.mean_confidence for bucket in bins] == pytest.approx(list(means))


def test_a_statistic_of_cases_has_an_interval_around_it() -> None:
    scores = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2]
    claims = [True, True, False, True, False, True, False, False]

    figure = statistic_figure("told apart", auroc, scores, claims)

    assert figure.value == pytest.approx(13 / 16)  # of the 4 x 4 pairs, three have the false one above
    assert 0.3 < figure.low < 13 / 16 < figure.high <= 1.0
    assert figure.count == 8


def test_a_statistic_that_does_not_exist_is_not_measured() -> None:
    assert statistic_figure("told apart", auroc, [0.9, 0.8], [True, True]).count == 0
