"""How well a score tells two sorts of cases apart, whatever the threshold."""

from collections.abc import Sequence


def auroc(scores: Sequence[float], is_positive: Sequence[bool]) -> float | None:
    """Return the chance, 0 to 1, that a positive case scores above a negative one, half for a tie; 0.5 is no better.

    None when all cases are of one sort. One score and one claim a case; by ranks (Mann & Whitney 1947; Hanley &
    McNeil 1982, "The meaning and use of the area under a receiver operating characteristic curve").
    """
    from scipy.stats import rankdata

    ranks = rankdata(scores)  # from 1; equal scores share the mean of their ranks
    positive_ranks = [rank for rank, positive in zip(ranks, is_positive, strict=True) if positive]
    positives, negatives = len(positive_ranks), len(ranks) - len(positive_ranks)
    if not positives or not negatives:
        return None
    above = sum(positive_ranks) - positives * (positives + 1) / 2
    return float(above / (positives * negatives))
