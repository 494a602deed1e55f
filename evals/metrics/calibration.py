"""Whether a confidence of 0.9 is right nine times in ten."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean


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
    found = reliability(confidences, is_right, bins)
    distance = sum(one.count * abs(one.mean_confidence - one.share_right) for one in found)
    return distance / len(confidences) if found else 0.0
