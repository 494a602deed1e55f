"""Two runs on the same cases: is the difference more than chance?"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paired:
    """How many cases hold in one run only and in the other only, and how likely chance would part them so (0 to 1)."""

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
