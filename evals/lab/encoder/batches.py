"""Batches whose texts are each other's neighbours: the hardest wrong texts at no cost."""

import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evals.lab.encoder.pairs import Pair

BATCH = 32
CLUSTER = 8  # neighbours together; four such in a batch
SAME_TEXT = 0.965  # cosine of two texts by the model as it came, from which on one may answer the other's question


def neighbour_batches(pairs: Sequence[Pair], *, seed: int) -> list[list[int]]:
    """Return the places of all pairs in batches of `BATCH`, pairs of one kind together; a rest is left out.

    No batch holds two pairs of one group, nor two texts that say the same: either might answer the other's question.
    """
    drawn_by = random.Random(seed)
    vectors = np.stack([pair.vector for pair in pairs])
    batches = []
    for kind in sorted({pair.kind for pair in pairs}):
        places = [place for place, pair in enumerate(pairs) if pair.kind == kind]
        batches += _of_one_kind(pairs, vectors, places, drawn_by)
    drawn_by.shuffle(batches)
    return batches


def _of_one_kind(
    pairs: Sequence[Pair], vectors: NDArray[np.float32], places: Sequence[int], drawn_by: random.Random
) -> list[list[int]]:
    left = set(places)
    order = list(places)
    drawn_by.shuffle(order)
    batches: list[list[int]] = []
    batch: list[int] = []
    for first in order:
        if first not in left or not _fits(first, batch, pairs, vectors):
            continue
        near = np.asarray(sorted(left))
        near = near[np.argsort(-(vectors[near] @ vectors[first]), kind="stable")]
        chosen = 0
        for place in [first, *(int(one) for one in near)]:
            if chosen == CLUSTER or len(batch) == BATCH:
                break
            if place in left and _fits(place, batch, pairs, vectors):
                batch.append(place)
                left.discard(place)
                chosen += 1
        if len(batch) == BATCH:
            batches.append(batch)
            batch = []
    return batches


def _fits(place: int, batch: Sequence[int], pairs: Sequence[Pair], vectors: NDArray[np.float32]) -> bool:
    if not batch:
        return True
    group = pairs[place].group
    return all(pairs[one].group != group for one in batch) and bool(
        (vectors[list(batch)] @ vectors[place]).max() < SAME_TEXT
    )
