"""Shares with their counts; the score interval worked by hand, the bootstrap where it can be counted."""

import pytest

from evals.metrics.figure import Share, share


def test_a_share_carries_its_count_and_its_score_interval() -> None:
    half = share([True, False, True, False])

    # Wilson for 2 of 4, z = 1.96: middle 0.5, half-width 1.96 * sqrt(0.25/4 + 3.8415/64) / (1 + 3.8415/4) = 0.350
    assert half == Share(2, 4)
    assert half.rate == 2 / 4
    assert half.interval == pytest.approx((0.150, 0.850), abs=0.001)
    assert str(half) == "50.0 % (2/4; 15.0 to 85.0)"


def test_a_figure_s_interval_holds_95_of_a_hundred_resamples() -> None:
    # 5 of 10 drawn again: 0 or 1 right in (1 + 10) / 1024 = 1.1 % of the draws, 2 at most in (11 + 45) / 1024 = 5.5 %:
    # the place of the 2.5 % smallest is 2 of 10, and by symmetry 8 of 10.
    figure = Share(5, 10).as_figure("a")

    assert (figure.value, figure.low, figure.high) == (5 / 10, 2 / 10, 8 / 10)
    assert Share(5, 10).as_figure("a") == figure
