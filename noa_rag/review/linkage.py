"""Average linkage over near pairs: the two most alike are put together until none are alike enough."""

import heapq
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from noa_rag.review.likeness import Vectors, likeness
from noa_rag.review.neighbours import Pairs


def gathered(
    places: Vectors, sizes: NDArray[np.int64], pairs: Pairs, *, fixed: int, threshold: float
) -> list[list[int]]:
    """Return the rows put together, as sorted lists in order; rows before `fixed` are never put together.

    A row stands for `sizes` questions through the mean of their places, and so does whatever is made of
    rows: the likeness of two means is the mean of all likenesses between them.
    """
    return _Gathering(places, sizes, pairs, fixed, threshold).run()


class _Gathering:
    """What is put together lives under a new number; the two that it was made of are forgotten."""

    def __init__(self, places: Vectors, sizes: NDArray[np.int64], pairs: Pairs, fixed: int, threshold: float) -> None:
        count = len(places)
        self._threshold = threshold
        self._places = np.empty((2 * count, places.shape[1]), np.float32)
        self._places[:count] = places
        self._sizes = np.concatenate([sizes, np.zeros(count, np.int64)])
        self._rows: dict[int, list[int]] = {at: [at] for at in range(count)}
        self._is_fixed = {at: at < fixed for at in range(count)}
        self._near: dict[int, set[int]] = {at: set() for at in range(count)}
        for left, right in pairs.tolist():
            self._near[left].add(right)
            self._near[right].add(left)
        self._heap: list[tuple[float, int, int]] = []
        self._next = count

    def run(self) -> list[list[int]]:
        for at in range(self._next):
            self._push(at, (other for other in self._near[at] if other > at))
        while self._heap:
            _, left, right = heapq.heappop(self._heap)
            if left in self._rows and right in self._rows:
                self._put_together(left, right)
        return sorted(sorted(rows) for rows in self._rows.values())

    def _put_together(self, left: int, right: int) -> None:
        made, self._next = self._next, self._next + 1
        sizes = self._sizes[left], self._sizes[right]
        self._sizes[made] = sum(sizes)
        self._places[made] = (self._places[left] * sizes[0] + self._places[right] * sizes[1]) / sum(sizes)
        self._rows[made] = self._rows.pop(left) + self._rows.pop(right)
        self._is_fixed[made] = self._is_fixed[left] or self._is_fixed[right]
        near = (self._near.pop(left) | self._near.pop(right)) - {left, right}
        for other in near:
            self._near[other] -= {left, right}
        if self._is_fixed[made]:
            near = {other for other in near if not self._is_fixed[other]}
        for other in near:
            self._near[other].add(made)
        self._near[made] = near
        self._push(made, near)

    def _push(self, at: int, others: Iterable[int]) -> None:
        listed = sorted(others)
        if not listed:
            return
        found = likeness(self._places[at : at + 1], self._places[listed])[0]
        for other, alike in zip(listed, found.tolist(), strict=True):
            if alike >= self._threshold:
                heapq.heappush(self._heap, (-alike, min(at, other), max(at, other)))
