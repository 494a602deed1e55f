"""Groups made day by day beside groups made all at once, and what they cost as questions grow."""

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from sklearn.metrics import adjusted_rand_score

from evals.lab.grouping.quality import Labelled
from noa_rag.domain.failure import Asked, Failure, FailureKind, QuestionGroup
from noa_rag.domain.question import Language
from noa_rag.review.grouping import Grouper, grown
from noa_rag.review.likeness import COMPARED_IN_ALL, Landscape, Vectors, near_pairs
from noa_rag.review.thresholds import ALIKE_ENOUGH

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
ORDERS = 10
DAYS = 20
SIZES = (1_000, 2_000, 5_000, 10_000, 20_000)
PER_TOPIC = 5
A_DAY = 200
SHAKE = 0.25  # length of the noise on a topic's vector, of length one: phrasings of a topic lie about so far apart


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


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds of `assign`, embedding left out.

    `recall` is the share of near pairs that are looked at, `ari` how the groups agree with the topics.
    """

    question_count: int
    group_count: int
    batch_seconds: float
    day_seconds: float
    recall: float
    ari: float


def made_up(vectors: Vectors, count: int) -> Vectors:
    """Return vectors of made-up questions: topics halfway between two real ones, with five noisy phrasings each."""
    chance = np.random.default_rng(count)
    topics = -(-count // PER_TOPIC)
    ends = vectors[chance.integers(len(vectors), size=(2, topics))]
    mixed = np.repeat(_unit(ends.sum(axis=0)), PER_TOPIC, axis=0)[:count]
    # The shake lies in the directions in which real questions differ.
    start = chance.integers(len(vectors), size=count)
    moves = vectors[start] - vectors[(start + chance.integers(1, len(vectors), size=count)) % len(vectors)]
    return _unit(mixed + SHAKE * _unit(moves + 1e-6))


def costs(vectors: Vectors, landscape: Landscape, sizes: Sequence[int] = SIZES) -> list[Cost]:
    """Return the cost at each size."""
    found = []
    for count in sizes:
        every = made_up(vectors, count + A_DAY)
        rows = {f"question {number}": row for number, row in enumerate(every)}
        new = [failure(text, number) for number, text in enumerate(rows)]
        grouper = Grouper(lambda texts, rows=rows: np.stack([rows[text] for text in texts]), landscape)  # type: ignore[misc]
        groups, batch_seconds = _timed(grouper, [], new[:count])
        _, day_seconds = _timed(grouper, groups, new[count:])
        numbers = [number for number, group in enumerate(groups) for _ in group.failures]
        topics = [int(one.asked.question_id) // PER_TOPIC for group in groups for one in group.failures]
        ari = float(adjusted_rand_score(topics, numbers))
        recall = _recall(landscape.placed(every[:count]))
        found.append(Cost(count, len(groups), batch_seconds, day_seconds, recall, ari))
    return found


def exponent(counts: Sequence[int], seconds: Sequence[float]) -> float:
    """Return the slope of the log-log regression line: 1 is linear, 2 quadratic."""
    return float(np.polyfit(np.log(counts), np.log(seconds), 1)[0])


def n_log_n_exponent(counts: Sequence[int]) -> float:
    """Return the slope that n log n itself has over these sizes."""
    return exponent(counts, [count * float(np.log(count)) for count in counts])


def _timed(
    grouper: Grouper, groups: Sequence[QuestionGroup], new: Sequence[Failure]
) -> tuple[Sequence[QuestionGroup], float]:
    start = time.process_time()
    found = grouper.assign(groups, new, now=START)
    return found.new_groups, time.process_time() - start


def _recall(places: Vectors) -> float:
    """Return the share of near pairs that are found where not all pairs are compared; 1 where all are."""
    if len(places) ** 2 <= COMPARED_IN_ALL:
        return 1.0
    found = {tuple(pair) for pair in near_pairs(places, fixed=0, floor=ALIKE_ENOUGH).tolist()}
    chance = np.random.default_rng(0)
    asked = np.sort(chance.choice(len(places), 500, replace=False))
    alike = places[asked, :-1] @ places[:, :-1].T - (places[asked, -1][:, None] + places[:, -1][None]) / 2
    alike[np.arange(len(asked)), asked] = -1
    pairs = [(min(int(asked[row]), int(other)), max(int(asked[row]), int(other)))
             for row in range(len(asked)) for other in np.argsort(-alike[row])[:PER_TOPIC - 1]
             if alike[row, other] >= ALIKE_ENOUGH]  # fmt: skip
    return sum(pair in found for pair in pairs) / len(pairs)


def _unit(vectors: Vectors) -> Vectors:
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit
