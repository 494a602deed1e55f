"""How alike two questions are, and clusters of many by average linkage."""

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# The model's vectors share a few directions that every text has; dividing by the fourth root of their spread keeps
# those from drowning the rest. Chosen, like NEAREST, on questions that no figure is reported for.
FLATTENING = 0.25
NEAREST = 10  # texts of the base that tell how crowded a subject is
TEXTS_COMPARED = 20_000  # All of pack and fiches. With a third of them the best threshold was .05 higher.
FEWEST_TEXTS = 100  # A base with fewer says nothing about directions or crowds.
USUAL_CROWD = 0.45  # The median over the shared questions, for a base too small to tell.
Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]
_AT_ONCE = 512  # questions against all texts of the base: ten megabytes
Pairs = NDArray[np.int64]
NEIGHBOURS = 12  # of each question; with six, or with all, the groups of the measured questions are the same
COMPARED_AT_ONCE = 4_000_000  # pairs: 16 megabytes


@dataclass(frozen=True, slots=True)
class Landscape:
    """The vector space of a base: the mean question, the scaled principal axes, and the texts projected on them."""

    middle: Vectors
    axes: Vectors
    texts: Vectors

    @classmethod
    def over(cls, questions: Vectors, texts: Vectors) -> "Landscape":
        """Return the landscape of a base: its questions determine the axes, all its texts how crowded a place is."""
        dimension = texts.shape[1] if texts.ndim == 2 else questions.shape[1]
        if len(questions) < FEWEST_TEXTS:
            plain = np.zeros(dimension, np.float32)
            return cls(plain, np.eye(dimension, dtype=np.float32), np.empty((0, dimension), np.float32))
        middle: Vectors = questions.mean(axis=0)
        spread, axes = np.linalg.eigh(np.cov(questions - middle, rowvar=False))
        spread = np.maximum(spread, spread[-1] * 1e-4)  # a small base leaves directions without any spread
        axes = (axes / spread ** (FLATTENING / 2)).astype(np.float32)
        step = max(1, -(-len(texts) // TEXTS_COMPARED))
        return cls(middle, axes, _unit((texts[::step] - middle) @ axes))

    def placed(self, vectors: Vectors) -> Vectors:
        """Return one row for each vector: its direction, then how crowded it is there."""
        directions = _unit((vectors - self.middle) @ self.axes)
        return np.hstack([directions, self._crowds(directions)[:, None]]).astype(np.float32)

    def _crowds(self, directions: Vectors) -> Vectors:
        if len(self.texts) < NEAREST:
            return np.full(len(directions), USUAL_CROWD, np.float32)
        crowds = np.empty(len(directions), np.float32)
        for start in range(0, len(directions), _AT_ONCE):
            likenesses: Vectors = directions[start : start + _AT_ONCE] @ self.texts.T
            crowds[start : start + len(likenesses)] = np.partition(likenesses, -NEAREST, axis=1)[:, -NEAREST:].mean(
                axis=1
            )
        return crowds


def likeness(places: Vectors, others: Vectors) -> Vectors:
    """Return the likeness of each place to each of the others, shape (places, others).

    It is the cosine, minus the mean of both sides' cosines with their ten nearest texts of the base: 0 means that two
    questions are as near to each other as each is to the texts about its subject. For a mean of places it is the mean
    of their likenesses, so that a group is compared through one row.
    """
    distances = places[:, :-1] @ others[:, :-1].T - np.add.outer(places[:, -1], others[:, -1]) / 2
    return distances.astype(np.float32, copy=False)


def _unit(vectors: NDArray[Any]) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
    return unit


def gathered(
    places: Vectors, sizes: NDArray[np.int64], pairs: Pairs, *, fixed: int, threshold: float
) -> list[list[int]]:
    """Return the clusters of rows, as sorted lists in order; rows before `fixed` are never merged with one another.

    A row is the mean of the places of `sizes` questions, and so is a cluster: the likeness of two means is the mean of
    all likenesses between them.
    """
    return _Gathering(places, sizes, pairs, fixed, threshold).run()


class _Gathering:
    """Merges clusters: each merge gets a new number, and the numbers of its two parts are dropped."""

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
        likenesses = likeness(self._places[at : at + 1], self._places[listed])[0]
        for other, alike in zip(listed, likenesses.tolist(), strict=True):
            if alike >= self._threshold:
                heapq.heappush(self._heap, (-alike, min(at, other), max(at, other)))


def near_pairs(places: Vectors, *, fixed: int, floor: float) -> Pairs:
    """Return sorted pairs (smaller, larger) at least as alike as `floor`, none of them between two before `fixed`.

    Of each new row the NEIGHBOURS nearest are taken; it is compared with all others, a block of rows at a time.
    """
    count = len(places)
    if fixed >= count or count < 2:
        return np.empty((0, 2), np.int64)
    rows = max(1, COMPARED_AT_ONCE // count)
    blocks = [np.arange(start, min(start + rows, count)) for start in range(fixed, count, rows)]
    pairs = np.concatenate([_nearest(places, block, floor) for block in blocks])
    codes = np.unique(pairs.min(axis=1) * count + pairs.max(axis=1))
    return np.stack([codes // count, codes % count], axis=1)


def _nearest(places: Vectors, rows: NDArray[np.int64], floor: float) -> Pairs:
    """Return the nearest few others of each row that are no less alike than `floor`."""
    alike = likeness(places[rows], places)
    alike[np.arange(len(rows)), rows] = -np.inf
    best = np.argpartition(-alike, min(NEIGHBOURS, len(places)) - 1, axis=1)[:, :NEIGHBOURS]
    row, rank = np.nonzero(np.take_along_axis(alike, best, axis=1) >= floor)
    return np.stack([rows[row], best[row, rank]], axis=1)
