"""Figures as people read them; shares, ratios and means with intervals worked by hand and beside scipy's."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from evals.metrics.figure import Figure, Share, ratio_figure


@pytest.mark.parametrize(
    ("figure", "read"),
    [
        (Figure("a", 0.924, 342, 0.891, 0.948), "92.4 % (342 cases; 89.1 to 94.8)"),
        (Figure("a", 3.21, 342, 1.9, 5.44, "per hundred"), "3.2 per hundred (342 cases; 1.9 to 5.4)"),
        (Figure("a", 0.8124, 1, 0.78, 0.8436, "score"), "0.812 (1 case; 0.780 to 0.844)"),
        (Figure("a", 41.26, 342, 38, 45, "milliseconds"), "41.3 ms (342 cases; 38.0 to 45.0)"),
        (Figure("a", 0, 0, 0, 1), "not measured (0 cases)"),
    ],
)
def test_a_figure_reads_with_its_count_and_interval(figure: Figure, read: str) -> None:
    assert str(figure) == read


def test_a_share_becomes_a_figure_in_its_unit() -> None:
    half = Share(50, 100).as_figure("a")
    fifty = Share(50, 100).as_figure("a", unit="per hundred")

    assert (half.value, half.count, half.unit) == (0.5, 100, "share")
    # Resampled, the part is a binomial draw: 50 -+ 1.96 * sqrt(100 * 0.25) = 50 -+ 9.8 of 100.
    assert (half.low, half.high) == pytest.approx((0.40, 0.60), abs=0.02)
    assert (fifty.value, fifty.count, fifty.unit) == (50, 100, "per hundred")
    assert (fifty.low, fifty.high) == pytest.approx((40, 60), abs=2)


def test_a_ratio_divides_the_sums_and_not_case_by_case() -> None:
    figure = ratio_figure("a", parts=[1, 0, 2], wholes=[2, 1, 3], unit="share")

    assert figure.value == (1 + 0 + 2) / (2 + 1 + 3)
    assert figure.count == 3


@pytest.mark.parametrize(
    ("parts", "low", "high"),
    [
        ([1, 1, 1, 1], 4 / (4 + 1.96**2), 1.0),
        ([0, 0, 0, 0], 0.0, 1.96**2 / (4 + 1.96**2)),
    ],
)
def test_where_all_cases_agree_the_interval_is_wilson_s(parts: list[float], low: float, high: float) -> None:
    share = ratio_figure("a", parts, [1] * 4, unit="share")
    hundred = ratio_figure("a", parts, [1] * 4, unit="per hundred")

    assert (share.low, share.high) == pytest.approx((low, high), abs=1e-4)
    assert (hundred.low, hundred.high) == pytest.approx((100 * low, 100 * high), abs=1e-2)


def test_the_interval_agrees_with_scipy_s() -> None:
    drawn = np.random.default_rng(1)
    wholes = drawn.integers(0, 4, size=2_500)  # large enough to be drawn in several portions
    parts = drawn.binomial(wholes, 0.3)

    figure = ratio_figure("a", list(parts), list(wholes), unit="share")
    theirs = bootstrap(
        (parts, wholes),
        lambda part, whole, axis: part.sum(axis=axis) / whole.sum(axis=axis),
        paired=True,
        vectorized=True,
        method="percentile",
        n_resamples=2_000,
        batch=200,
        rng=2,
    ).confidence_interval

    # Both are drawn at random: the ends, 0.029 apart, differ by a few hundredths of that.
    assert (figure.low, figure.high) == pytest.approx((theirs.low, theirs.high), abs=0.002)
