"""How good a confidence is: discrimination (AUROC), calibration, and risk at each coverage."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean

import numpy as np


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """Answering from `threshold` up: the share of cases answered, and the share of those that is wrong; 0 to 1."""

    coverage: float
    risk: float
    threshold: float


def curve(confidences: Sequence[float], is_right: Sequence[bool]) -> list[RiskPoint]:
    """Return one point for each distinct confidence, the highest first.

    One confidence and one claim a case. El-Yaniv & Wiener 2010, "On the foundations of noise-free selective
    classification".
    """
    return list(_points(sorted(zip(confidences, is_right, strict=True), reverse=True)))


def area(confidences: Sequence[float], is_right: Sequence[bool]) -> float:
    """Return the area under the curve (AURC), 0 to 1, less is better; 0 of nothing.

    It is the mean, over cases, of the risk when the case's own confidence is the threshold (Geifman & El-Yaniv 2017,
    "Selective classification for deep neural networks").
    """
    total, covered = 0.0, 0.0
    for point in curve(confidences, is_right):
        total += (point.coverage - covered) * point.risk
        covered = point.coverage
    return total


def _points(ordered: Sequence[tuple[float, bool]]) -> Iterator[RiskPoint]:
    answered = wrong = 0
    for threshold, cases in groupby(ordered, key=lambda case: case[0]):
        claims = [right for _, right in cases]
        answered += len(claims)
        wrong += claims.count(False)
        yield RiskPoint(answered / len(ordered), wrong / answered, threshold)


@dataclass(frozen=True, slots=True)
class Bin:
    """The cases whose confidence is above `low` (0 itself is in the first bin) and at most `high`; all from 0 to 1."""

    low: float
    high: float
    mean_confidence: float
    share_right: float
    count: int


def reliability(confidences: Sequence[float], is_right: Sequence[bool], bins: int = 10) -> list[Bin]:
    """Return bins of equal width with the cases that fall in them, the least confident first; empty ones are left out.

    One confidence, 0 to 1, and one claim a case (Guo et al. 2017, "On calibration of modern neural networks").
    """
    inner_edges = [at / bins for at in range(1, bins)]
    inside: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for confidence, right in zip(confidences, is_right, strict=True):
        inside[bisect_left(inner_edges, confidence)].append((confidence, right))
    return [
        Bin(
            low=at / bins,
            high=(at + 1) / bins,
            mean_confidence=fmean(confidence for confidence, _ in inside[at]),
            share_right=fmean(right for _, right in inside[at]),
            count=len(inside[at]),
        )
        for at in sorted(inside)
    ]


def expected_calibration_error(confidences: Sequence[float], is_right: Sequence[bool], bins: int = 10) -> float:
    """Return the mean distance, 0 to 1, between confidence and share right over bins, weighted by count; 0 of nothing.

    Naeini, Cooper & Hauskrecht 2015, "Obtaining well calibrated probabilities using Bayesian binning". It is never
    below 0, so that small samples make it too large; compare it only between runs of the same cases.
    """
    buckets = reliability(confidences, is_right, bins)
    distance = sum(bucket.count * abs(bucket.mean_confidence - bucket.share_right) for bucket in buckets)
    return distance / len(confidences) if buckets else 0.0


def auroc(scores: Sequence[float], is_positive: Sequence[bool]) -> float | None:
    """Return the chance, 0 to 1, that a positive case scores above a negative one, half for a tie; 0.5 is no better.

    None when all cases are of one sort. One score and one claim a case (Hanley & McNeil 1982, "The meaning and use of
    the area under a receiver operating characteristic curve").
    """
    from scipy.stats import rankdata

    claims, ranks = np.asarray(is_positive, dtype=bool), rankdata(scores)  # equal scores share the mean of their ranks
    positives, negatives = int(claims.sum()), int((~claims).sum())
    if not positives or not negatives:
        return None
    return float((ranks[claims].sum() - positives * (positives + 1) / 2) / (positives * negatives))
