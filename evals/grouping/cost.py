"""What grouping costs as questions grow: all at once, and one day more on top of what there is."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import adjusted_rand_score

from evals.grouping.stability import START, failure
from noa_rag.domain.failure import Failure, QuestionGroup
from noa_rag.review.grouping import ALIKE_ENOUGH, Grouper
from noa_rag.review.likeness import COMPARED_IN_ALL, Landscape, Vectors, near_pairs

SIZES = (1_000, 2_000, 5_000, 10_000, 20_000)
PER_TOPIC = 5
A_DAY = 200
SHAKE = 0.25  # length of the noise on a topic's vector, of length one: phrasings of a topic lie about so far apart


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
    """Return vectors of questions nobody asked: topics halfway between two real ones, five shaken phrasings each."""
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
    """Return the slope of the line through the points in logarithms: 1 is linear, 2 is each with each."""
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
    """Return the share of near pairs found where not each is compared with each; 1 where each is."""
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
