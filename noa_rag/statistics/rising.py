"""Subjects whose share of the questions rose against the period before, beyond what chance explains."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log2

from noa_rag.domain.figures import GroupCount

MIN_COUNT = 3  # two people who ask the same are not yet a subject
# Of what is shown as rising, at most this share is chance, on average (Benjamini and Hochberg 1995).
FALSE_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Rise:
    """A subject that rose: its counts, how many doublings its share made, and how likely that is by chance."""

    key: str
    now: int
    before: int
    doublings: float
    p_value: float


def rising(now: Mapping[str, int], before: Mapping[str, int], *, total: int, total_before: int) -> tuple[Rise, ...]:
    """Return what rose, the steepest first; nothing where there is no period before to compare with."""
    if not total_before:
        return ()
    rises = [
        _rise(key, count, before.get(key, 0), total, total_before) for key, count in now.items() if count >= MIN_COUNT
    ]
    candidates = sorted((one for one in rises if one.doublings > 0), key=lambda one: (one.p_value, one.key))
    kept = 0
    for place, one in enumerate(candidates, start=1):
        if one.p_value <= FALSE_SHARE * place / len(rises):
            kept = place
    return tuple(sorted(candidates[:kept], key=lambda one: (-one.doublings, -one.now, one.key)))


def _rise(key: str, now: int, before: int, total: int, total_before: int) -> Rise:
    # Half a question is added on both sides, so that a new subject has a finite rise (Haldane 1956, Anscombe 1956).
    doublings = log2((now + 0.5) / (total + 0.5)) - log2((before + 0.5) / (total_before + 0.5))
    return Rise(key, now, before, doublings, chance_of(now, before, total=total, total_before=total_before))


def chance_of(now: int, before: int, *, total: int, total_before: int) -> float:
    """Return how likely so many, or more, of both periods' questions fall into this one if the share is the same.

    The exact test for two Poisson counts (Przyborowski and Wilenski 1940): given their sum, the
    count of the period is binomial.
    """
    from scipy.special import bdtrc

    return float(bdtrc(now - 1, now + before, total / (total + total_before)))


def by_wording(groups: Iterable[GroupCount]) -> Counter[str]:
    """Count failures by the wording that names their group; two groups may be named alike."""
    counted: Counter[str] = Counter()
    for one in groups:
        counted[one.canonical] += one.count
    return counted
