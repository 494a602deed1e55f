"""Groups made day by day beside groups made all at once."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from sklearn.metrics import adjusted_rand_score

from evals.lab.grouping.labelled import Labelled
from noa_rag.domain.failure import Asked, Failure, FailureKind, QuestionGroup
from noa_rag.domain.question import Language
from noa_rag.review.grouping import Grouper, grown
from noa_rag.review.likeness import Landscape, Vectors

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
ORDERS = 10
DAYS = 20


@dataclass(frozen=True, slots=True)
class Stability:
    """Means over random orders of the questions: agreement of day-by-day groups with labels, and with one batch."""

    ari_day_by_day: float
    ari_at_once: float
    agreement: float
    split_count: int


def failure(text: str, number: int) -> Failure:
    """Return a recorded question that was refused, one a minute."""
    at = START + timedelta(minutes=number)
    return Failure(
        Asked(f"{number:032}", f"c{number}", at, text, text, Language.FRENCH, "abstained"), FailureKind.ABSTAINED
    )


def stability(drawn: Labelled, vectors: Mapping[str, Vectors], landscape: Landscape) -> Stability:
    """Return how steady groups are when the questions come on twenty days, in ten random orders."""
    grouper = Grouper(lambda texts: np.stack([vectors[text] for text in texts]), landscape)
    found = []
    split_count = 0
    for seed in range(ORDERS):
        order = random.Random(seed).sample(range(len(drawn.texts)), len(drawn.texts))
        new = [failure(drawn.texts[at], number) for number, at in enumerate(order)]
        labels = [drawn.clusters[at] for at in order]
        at_once = _numbers(grouper.assign([], new, now=START).new_groups, len(new))
        groups: list[QuestionGroup] = []
        for day in np.array_split(np.arange(len(new)), DAYS):
            before = [{one.asked.question_id for one in group.failures} for group in groups]
            groups = day_after(grouper, groups, [new[at] for at in day])
            now = [{one.asked.question_id for one in group.failures} for group in groups]
            split_count += sum(not any(members <= other for other in now) for members in before)
        day_by_day = _numbers(groups, len(new))
        found.append(
            [
                adjusted_rand_score(labels, day_by_day),
                adjusted_rand_score(labels, at_once),
                adjusted_rand_score(at_once, day_by_day),
            ]
        )
    means = np.mean(found, axis=0)
    return Stability(float(means[0]), float(means[1]), float(means[2]), split_count)


def day_after(grouper: Grouper, groups: Sequence[QuestionGroup], new: Sequence[Failure]) -> list[QuestionGroup]:
    """Return the groups as they are once a day's failures have joined them."""
    found = grouper.assign(groups, new, now=START)
    joined = {one.group.id: grown(one.group, one) for one in found.joins}
    return [joined.get(group.id, group) for group in groups] + list(found.new_groups)


def _numbers(groups: Sequence[QuestionGroup], count: int) -> list[int]:
    numbers = [-1] * count
    for number, group in enumerate(groups):
        for one in group.failures:
            numbers[int(one.asked.question_id)] = number
    return numbers
