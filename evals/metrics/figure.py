"""Figures as they are kept in `figures.json` and read by people: values with their counts and 95 % intervals.

Intervals come from resampling the cases (Efron & Tibshirani 1993, "An introduction to the bootstrap", chapter 13,
percentile intervals), or are Wilson's.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isclose, sqrt

import numpy as np
from numpy.typing import NDArray

LARGEST = {"share": 1.0, "per hundred": 100.0, "score": 1.0}  # units with an end; milliseconds have none
Z_95 = 1.959964
RESAMPLES, SEED = 4_000, 0


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure with the count it rests on and its 95 % interval.

    `unit` is "share" (0 to 1, printed as a percentage), "per hundred" (0 to 100), "score" (0 to 1) or "milliseconds".
    `value`, `low` and `high` are in that unit. A figure whose count is 0 was not measured: its interval says nothing.
    """

    name: str
    value: float
    count: int
    low: float
    high: float
    unit: str = "share"

    def __str__(self) -> str:
        _, value, count, interval = as_row(self)
        cases = "case" if self.count == 1 else "cases"
        return f"{value} ({count} {cases}; {interval})" if self.count else "not measured (0 cases)"


def as_row(figure: Figure) -> tuple[str, str, str, str]:
    """Return the cells of a table: name, value with its unit, count, and the interval as "89.1 to 94.8"."""
    count = str(figure.count)
    if not figure.count:
        return (figure.name, "", count, "")
    value, low, high = (_number(number, figure.unit) for number in (figure.value, figure.low, figure.high))
    return (figure.name, f"{value}{_suffix(figure.unit)}", count, f"{low} to {high}")


def not_measured(name: str, unit: str) -> Figure:
    """Return the figure that rests on no case: 0, with its whole range for interval."""
    return Figure(name, 0.0, 0, 0.0, LARGEST.get(unit, 0.0), unit)


def _number(value: float, unit: str) -> str:
    match unit:
        case "share":
            return f"{100 * value:.1f}"
        case "score":
            return f"{value:.3f}"
        case _:
            return f"{value:.1f}"


def _suffix(unit: str) -> str:
    match unit:
        case "share":
            return " %"
        case "score":
            return ""
        case "milliseconds":
            return " ms"
        case _:
            return f" {unit}"


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    part: int
    whole: int

    @property
    def rate(self) -> float:
        """The share, 0 to 1; 0 of nothing is 0."""
        return self.part / self.whole if self.whole else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % score interval of the rate, 0 to 1 (`wilson_interval`)."""
        return wilson_interval(self.rate, self.whole)

    def as_figure(self, name: str, *, unit: str = "share") -> Figure:
        """Return the share under a name; in "per hundred", rate and interval are a hundred times as large.

        The interval is the percentile bootstrap over cases (Efron & Tibshirani 1993): the part of a resample of yes and
        no answers is a binomial draw. Where it has no width, at 0 % and 100 %, the score interval stands instead.
        """
        largest = LARGEST[unit]
        low, high = self._bootstrap_interval()
        if low == high:
            low, high = self.interval
        return Figure(name, largest * self.rate, self.whole, largest * low, largest * high, unit)

    def _bootstrap_interval(self) -> tuple[float, float]:
        if not self.whole:
            return (0.0, 1.0)
        drawn = np.random.default_rng(SEED).binomial(self.whole, self.rate, size=RESAMPLES) / self.whole
        low, high = np.percentile(drawn, [2.5, 97.5])
        return (float(low), float(high))

    def __str__(self) -> str:
        low, high = self.interval
        return f"{100 * self.rate:.1f} % ({self.part}/{self.whole}; {100 * low:.1f} to {100 * high:.1f})"


def share(claims: Iterable[bool]) -> Share:
    """Return the share of claims that hold."""
    listed = list(claims)
    return Share(sum(listed), len(listed))


def wilson_interval(rate: float, count: int) -> tuple[float, float]:
    """Return the 95 % score interval of a rate, both 0 to 1, which stays within 0 and 1 for small counts.

    Wilson 1927, "Probable inference, the law of succession, and statistical inference". Of nothing it is 0 to 1.
    """
    if not count:
        return (0.0, 1.0)
    middle = (rate + Z_95**2 / (2 * count)) / (1 + Z_95**2 / count)
    half = Z_95 * sqrt(rate * (1 - rate) / count + Z_95**2 / (4 * count * count)) / (1 + Z_95**2 / count)
    return (max(0.0, middle - half), min(1.0, middle + half))


def ratio_figure(name: str, parts: Sequence[float], wholes: Sequence[float], *, unit: str) -> Figure:
    """Return sum(parts) / sum(wholes), one part and one whole (at least 0) a case, with its 95 % percentile interval.

    The ratio is a share or a score from 0 to 1; "per hundred" makes it a hundred times as large; milliseconds stay.
    The count is that of cases with a whole; with none, nothing was measured, and resamples without any are left out.
    When every case says the same, as at 0 % and 100 %, all resamples do too and their interval would have no width:
    the Wilson interval for as many cases is given instead (none exists for milliseconds).
    """
    part, whole = np.asarray(parts, dtype=float), np.asarray(wholes, dtype=float)
    count = int(np.count_nonzero(whole))
    if not count:
        return not_measured(name, unit)
    ratio = float(part.sum() / whole.sum())
    times_drawn = np.random.default_rng(SEED).multinomial(len(whole), np.full(len(whole), 1 / len(whole)), size=2_000)
    parts_drawn, wholes_drawn = times_drawn @ part, times_drawn @ whole
    ratios = parts_drawn[wholes_drawn > 0] / wholes_drawn[wholes_drawn > 0]
    low, high = map(float, np.percentile(ratios, [2.5, 97.5]))
    if isclose(low, high) and unit in LARGEST:
        low, high = wilson_interval(ratio, count)
    scale = LARGEST.get(unit, 1.0)
    return Figure(name, scale * ratio, count, scale * low, scale * high, unit)


def mean_figure(name: str, values: Sequence[float], *, unit: str) -> Figure:
    """Return the mean of one value a case, as `ratio_figure` does with every whole 1."""
    return ratio_figure(name, values, [1.0] * len(values), unit=unit)


def quantile_figure(name: str, values: Sequence[float], quantile: float, *, unit: str = "milliseconds") -> Figure:
    """Return a quantile (0 to 1) of one value a case, with its 95 % percentile interval over resampled cases."""
    if not len(values):
        return not_measured(name, unit)
    measured = np.asarray(values, dtype=float)
    low, high = _resampled(len(measured), lambda drawn: float(np.quantile(measured[drawn], quantile)))
    return Figure(name, float(np.quantile(measured, quantile)), len(measured), low, high, unit)


def statistic_figure(
    name: str,
    statistic: Callable[[list[float], list[bool]], float | None],
    scores: Sequence[float],
    claims: Sequence[bool],
) -> Figure:
    """Return a statistic of one score and one claim a case, with its 95 % percentile interval over resampled cases.

    Resamples for which it does not exist are left out; the unit is "score". A calibration error is never below 0, so
    that its resamples, like all small samples, make it rather too large.
    """
    value = statistic(list(scores), list(claims)) if len(scores) else None
    if value is None:
        return not_measured(name, "score")
    low, high = _resampled(
        len(scores), lambda drawn: statistic([scores[at] for at in drawn], [claims[at] for at in drawn])
    )
    return Figure(name, value, len(scores), min(low, value), max(high, value), "score")


def _resampled(count: int, statistic: Callable[[NDArray[np.int64]], float | None]) -> tuple[float, float]:
    """Return the 95 % percentile interval of a statistic of resampled cases, given by their positions."""
    generator = np.random.default_rng(SEED)
    resampled = (statistic(generator.integers(count, size=count)) for _ in range(400))
    low, high = np.percentile([value for value in resampled if value is not None], [2.5, 97.5])
    return float(low), float(high)


@dataclass(frozen=True, slots=True)
class Paired:
    """How many cases hold in one run only and in the other only, with the p-value of that difference (0 to 1)."""

    only_one: int
    only_other: int
    p_value: float


def mcnemar(outcomes: Sequence[bool], other: Sequence[bool]) -> Paired:
    """Compare two runs, one claim a case in the same order, by the exact two-sided test on the cases where they differ.

    McNemar 1947, "Note on the sampling error of the difference between correlated proportions or percentages". Without
    any difference the p-value is 1. Cases are taken as independent: variants of one question make it too small.
    """
    from scipy.stats import binomtest

    pairs = list(zip(outcomes, other, strict=True))
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
