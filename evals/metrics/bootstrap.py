"""Ratios and means over cases, with intervals from resampling the cases.

Efron & Tibshirani 1993, "An introduction to the bootstrap", chapter 13 (percentile intervals).
"""

from collections.abc import Callable, Sequence
from math import isclose

import numpy as np
from numpy.typing import NDArray

from evals.metrics.figure import LARGEST, Figure, not_measured, wilson_interval

DRAWS_AT_ONCE = 1_000_000  # cases drawn in one array: 8 MB, whatever the suite's size


def ratio_figure(
    name: str, parts: Sequence[float], wholes: Sequence[float], *, unit: str, resamples: int = 2_000, seed: int = 0
) -> Figure:
    """Return sum(parts) / sum(wholes), one part and one whole (at least 0) a case, with its 95 % percentile interval.

    The ratio is a share or a score from 0 to 1; "per hundred" makes it a hundred times as large; milliseconds stay.
    The count is that of cases with a whole; with none, nothing was measured, and resamples without any are left out.
    When every case says the same, as at 0 % and 100 %, all resamples do too and their interval would have no width:
    the Wilson interval for as many cases is given instead (none exists for milliseconds).
    """
    pairs = np.column_stack([np.asarray(parts, dtype=float), np.asarray(wholes, dtype=float)])
    count = int(np.count_nonzero(pairs[:, 1]))
    if not count:
        return not_measured(name, unit)
    part, whole = pairs.sum(axis=0)
    ratio = float(part / whole)
    low, high = np.percentile(_resampled_ratios(pairs, resamples, seed), [2.5, 97.5])
    if isclose(low, high) and unit in LARGEST:
        low, high = wilson_interval(ratio, count)
    scale = LARGEST.get(unit, 1.0)
    return Figure(name, scale * ratio, count, scale * float(low), scale * float(high), unit)


def mean_figure(name: str, values: Sequence[float], *, unit: str, resamples: int = 2_000, seed: int = 0) -> Figure:
    """Return the mean of one value a case, as `ratio_figure` does with every whole 1."""
    return ratio_figure(name, values, [1.0] * len(values), unit=unit, resamples=resamples, seed=seed)


def _resampled_ratios(pairs: NDArray[np.float64], resamples: int, seed: int) -> NDArray[np.float64]:
    """Return the ratio of each resample that has a whole; the same seed gives the same resamples."""
    generator = np.random.default_rng(seed)
    case_count = len(pairs)
    rows = max(1, DRAWS_AT_ONCE // case_count)
    parts, wholes = pairs.T
    ratios = []
    for start in range(0, resamples, rows):
        drawn = generator.integers(case_count, size=(min(rows, resamples - start), case_count))
        part, whole = parts[drawn].sum(axis=1), wholes[drawn].sum(axis=1)
        ratios.append(part[whole > 0] / whole[whole > 0])
    return np.concatenate(ratios)


def quantile_figure(
    name: str,
    values: Sequence[float],
    quantile: float,
    *,
    unit: str = "milliseconds",
    resamples: int = 400,
    seed: int = 0,
) -> Figure:
    """Return a quantile (0 to 1) of one value a case, with its 95 % percentile interval over resampled cases."""
    if not len(values):
        return not_measured(name, unit)
    measured = np.asarray(values, dtype=float)
    generator = np.random.default_rng(seed)
    found = [
        float(np.quantile(measured[generator.integers(len(measured), size=len(measured))], quantile))
        for _ in range(resamples)
    ]
    low, high = np.percentile(found, [2.5, 97.5])
    return Figure(name, float(np.quantile(measured, quantile)), len(measured), float(low), float(high), unit)


def statistic_figure(
    name: str,
    statistic: Callable[[list[float], list[bool]], float | None],
    scores: Sequence[float],
    claims: Sequence[bool],
    *,
    resamples: int = 400,
    seed: int = 0,
) -> Figure:
    """Return a statistic of one score and one claim a case, with its 95 % percentile interval over resampled cases.

    Resamples for which it does not exist are left out; the unit is "score". A calibration error is never below 0, so
    that its resamples, like all small samples, make it rather too large.
    """
    found = statistic(list(scores), list(claims)) if len(scores) else None
    if found is None:
        return not_measured(name, "score")
    generator = np.random.default_rng(seed)
    drawn = (generator.integers(len(scores), size=len(scores)).tolist() for _ in range(resamples))
    resampled = [statistic([scores[at] for at in case], [claims[at] for at in case]) for case in drawn]
    low, high = np.percentile([one for one in resampled if one is not None], [2.5, 97.5])
    return Figure(name, found, len(scores), min(float(low), found), max(float(high), found), "score")
