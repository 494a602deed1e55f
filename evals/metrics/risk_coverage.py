"""What a threshold on confidence buys: how many questions are answered, and how many of the answers are wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Point:
    """Answering from `threshold` up: the share of cases answered, and the share of those that is wrong; 0 to 1."""

    coverage: float
    risk: float
    threshold: float


def curve(confidences: Sequence[float], is_right: Sequence[bool]) -> list[Point]:
    """Return one point for each confidence that occurs, the highest first; cases with the same one come in together.

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


def excess_area(confidences: Sequence[float], is_right: Sequence[bool]) -> float:
    """Return how much larger the area is than if every right case were more confident than every wrong one.

    0 is the best possible order (Geifman, Uziel & El-Yaniv 2019, "Bias-reduced uncertainty estimation"; E-AURC).
    """
    best_order = range(len(is_right), 0, -1)
    return area(confidences, is_right) - area(best_order, sorted(is_right, reverse=True))


def _points(ordered: Sequence[tuple[float, bool]]) -> Iterator[Point]:
    answered = wrong = 0
    for threshold, cases in groupby(ordered, key=lambda case: case[0]):
        claims = [right for _, right in cases]
        answered += len(claims)
        wrong += claims.count(False)
        yield Point(answered / len(ordered), wrong / answered, threshold)
