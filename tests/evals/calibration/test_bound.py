"""The threshold and the promise it makes: worked by hand, and kept on a population that is known."""

from math import comb, prod

import numpy as np
import pytest

from evals.calibration.profiles import FIRST_COVERAGE, ChosenThreshold, ErrorBound, chance_of_so_few, choose_threshold

DRAWS = 300
ASKED = 400
LOOSE = ErrorBound(wrong_at_most=1 / 3, probability=0.4)  # what a handful of questions can keep


def test_the_chance_of_so_few_wrong_is_counted_out() -> None:
    # 4 shown, 1 wrong. More than a quarter of the next 4 wrong is 2 at least: 3 wrong among 8 in all, of which the
    # first 4 got 0 or 1. Of the ways to choose the first 4: all from the 5 right ones, or 1 wrong and 3 right.
    assert chance_of_so_few(1, 4, 0.25) == pytest.approx((comb(5, 4) + 3 * comb(5, 3)) / comb(8, 4))


@pytest.mark.parametrize(
    ("shown", "wrong_at_most", "chance"),
    [
        # One wrong among the next breaks "none is wrong": half of the time it falls among them, not among the first.
        (1, 0.0, 1 / 2),
        (50, 0.0, 1 / 2),
        # More than 1 of 4 is 2 of 8 in all: both fell among the second 4 with 4/8 * 3/7.
        (4, 0.25, 4 / 8 * 3 / 7),
        # 0.29 * 100 is 28.999999999999996 in floating point; it takes 30 all the same to break it.
        (100, 0.29, prod((100 - at) / (200 - at) for at in range(30))),
    ],
)
def test_the_chance_of_none_wrong_is_that_all_fell_among_the_next(
    shown: int, wrong_at_most: float, chance: float
) -> None:
    assert chance_of_so_few(0, shown, wrong_at_most) == pytest.approx(chance)


def test_the_lowest_threshold_that_keeps_the_bound_is_chosen() -> None:
    # Ten questions, one more at each threshold; it passes while so few wrong have a chance of at most 1 - 0.4.
    #   1 or 2 shown, 0 wrong: 1 more would break the bound, 1/2. 3 shown: 2 would, 3/6 * 2/5.
    #   4 shown, 1 wrong: 2 more would, 3 in all among 8: (comb(5, 4) + 3 * comb(5, 3)) / comb(8, 4) = 0.5.
    #   5 shown, 2 wrong: 2 more would, 4 in all among 10: (comb(6, 5) + 4 * comb(6, 4) + 6 * comb(6, 3)) / comb(10, 5)
    #   = (6 + 60 + 120) / 252 = 0.74, too likely: the threshold before it is the lowest.
    chances = [0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5]
    is_right = [True, True, True, False, False, True, True, True, True, True]

    chosen = choose_threshold(chances, is_right, LOOSE)

    assert chosen == ChosenThreshold(threshold=0.8, shown=4, wrong=1, asked=10)


def test_the_first_failure_ends_the_search_even_if_later_thresholds_would_pass() -> None:
    is_right = [False] + [True] * 199
    chances = [1 - number / 200 for number in range(200)]
    bound = ErrorBound(wrong_at_most=0.05, probability=0.9)

    # The first threshold tried has 1 wrong of too few to tell. All 200 would keep the bound: 1 wrong where 11 break it.
    assert chance_of_so_few(1, round(FIRST_COVERAGE * 200), 0.05) > 1 - 0.9 > chance_of_so_few(1, 200, 0.05)
    assert choose_threshold(chances, is_right, bound) == ChosenThreshold(1.0, 0, 0, 200)


def test_where_nothing_keeps_the_bound_nothing_is_answered() -> None:
    # "None is wrong" cannot be promised with more than 1/2 by having seen none wrong, however many were seen.
    assert choose_threshold([0.9] * 50, [True] * 50, ErrorBound(0.0, 0.7)) == ChosenThreshold(1.0, 0, 0, 50)
    assert choose_threshold([0.9, 0.8], [False, False], ErrorBound(0.05, 0.9)) == ChosenThreshold(1.0, 0, 0, 2)


def test_questions_with_the_same_chance_are_answered_together_or_not_at_all() -> None:
    # Seven stand at 0.5, so that ten are answered there: 2 wrong, and 4 of the next 10 would break the bound, 6 in all
    # among 20, of which at most 2 fell among the first.
    few = (comb(14, 10) + 6 * comb(14, 9) + 15 * comb(14, 8)) / comb(20, 10)
    together = choose_threshold([0.9] * 3 + [0.5] * 7, [True] * 8 + [False] * 2, LOOSE)
    # One by one, the first five of these would have been let in.
    not_at_all = choose_threshold([0.9] * 10, [True] * 5 + [False] * 5, LOOSE)

    assert chance_of_so_few(2, 10, 1 / 3) == pytest.approx(few)
    assert few <= 1 - LOOSE.probability
    assert together == ChosenThreshold(0.5, shown=10, wrong=2, asked=10)
    assert not_at_all == ChosenThreshold(1.0, 0, 0, 10)


def test_the_promise_is_kept_as_often_as_it_says() -> None:
    bound = ErrorBound(wrong_at_most=0.1, probability=0.9)
    drawn = np.random.default_rng(0)
    shown_right, shown = 0, 0

    for _ in range(DRAWS):
        chosen = choose_threshold(*map(list, _asked(drawn)), bound)
        next_chances = drawn.uniform(chosen.threshold, 1, size=chosen.shown)  # as many answers again
        wrong = int((~_is_right(drawn, next_chances)).sum())
        shown_right += wrong <= bound.wrong_at_most * chosen.shown
        shown += chosen.shown

    assert shown_right / DRAWS >= bound.probability
    # It is not kept by answering little: a tenth is wrong above 0.07, and nine tenths of what stands there is answered.
    assert shown / DRAWS > 0.9 * (1 - 0.07) * ASKED


def _asked(drawn: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    chances = drawn.random(ASKED)
    return chances, _is_right(drawn, chances)


def _is_right(drawn: np.random.Generator, chances: np.ndarray) -> np.ndarray:
    """Right with 0.5 at the chance 0 up to 1 at the chance 0.5: above t, (0.5 - t)^2 / 2 of (1 - t) are wrong."""
    return drawn.random(len(chances)) < 0.5 + chances
