"""How long answers took."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds that half, 95 and 99 of a hundred questions took at most; None where nothing was asked."""

    p50: float | None
    p95: float | None
    p99: float | None


def speed(ordered: Sequence[float]) -> Speed:
    """Return the percentiles of durations, given ascending."""
    if not ordered:
        return Speed(None, None, None)
    return Speed(*(percentile(ordered, number) for number in (50, 95, 99)))


def percentile(ordered: Sequence[float], number: int) -> float:
    """Return the smallest value that at least `number` in a hundred do not exceed."""
    return ordered[-(-len(ordered) * number // 100) - 1]
