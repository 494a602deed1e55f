"""Significance of the difference between two runs on the same cases."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evals.metrics.figure import RESAMPLES, SEED, Figure, not_measured, wilson_interval


@dataclass(frozen=True, slots=True)
class Paired:
    """How many cases hold in one run only and in the other only, with the p-value of that difference (0 to 1)."""

    only_one: int
    only_other: int
    p_value: float


def mcnemar(one: Sequence[bool], other: Sequence[bool]) -> Paired:
    """Compare two runs, one claim a case in the same order, by the exact two-sided test on the cases where they differ.

    McNemar 1947, "Note on the sampling error of the difference between correlated proportions or percentages". Without
    any difference the p-value is 1. Cases are taken as independent: variants of one question make it too small.
    """
    from scipy.stats import binomtest

    pairs = list(zip(one, other, strict=True))
    only_one = sum(a and not b for a, b in pairs)
    only_other = sum(b and not a for a, b in pairs)
    differing = only_one + only_other
    p_value = float(binomtest(only_one, differing).pvalue) if differing else 1.0
    return Paired(only_one, only_other, p_value)


def paired_difference(name: str, count: int, *, worse: int, better: int) -> Figure:
    """Return by how much the share of right cases grew from one run to the other, -1 to 1, with its 95 % interval.

    The interval is the percentile bootstrap over pairs: each resample draws how many cases got worse and better.
    Where none changed it would have no width: it then reaches as far, both ways, as the score interval of 0 % does.
    """
    if not count:
        return not_measured(name, "share")
    drawn = np.random.default_rng(SEED).multinomial(
        count, [worse / count, better / count, (count - worse - better) / count], size=RESAMPLES
    )
    low, high = np.percentile((drawn[:, 1] - drawn[:, 0]) / count, [2.5, 97.5])
    if not worse and not better:
        high = wilson_interval(0.0, count)[1]
        low = -high
    return Figure(name, (better - worse) / count, count, float(low), float(high))
